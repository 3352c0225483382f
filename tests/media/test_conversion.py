"""A conversion that cannot be made names the clip that stops it."""

from pathlib import Path

import pytest

from generations.media import ConversionError, convert
from tests.films import draw_film, draw_webm


def refused(tmp_path: Path, *clips: Path) -> tuple[str, int]:
    with pytest.raises(ConversionError) as caught:
        convert("join", clips, tmp_path / "joined.mp4")
    return caught.value.reason, caught.value.place


def test_the_clip_that_does_not_fit_is_named(tmp_path: Path) -> None:
    one = draw_film(tmp_path / "one.mp4")
    small = draw_film(tmp_path / "small.mp4", size=(64, 64))
    webm = draw_webm(tmp_path / "film.webm")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(one.read_bytes()[:-3000])
    assert refused(tmp_path, one, one, small) == ("size", 3)
    assert refused(tmp_path, one, webm) == ("kind", 2)
    assert refused(tmp_path, webm, one)[1] == 1
    assert refused(tmp_path, one, broken) == ("damaged", 2)
