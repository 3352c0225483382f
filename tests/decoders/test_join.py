"""Clips joined to one film: every frame, in their order, and the labels of the first."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from generations.media import ConversionError, animate, join, probe
from tests.films import draw_film, draw_webm, frames_of


@pytest.mark.parametrize("movflags", ["+faststart", ""])
def test_every_frame_of_all_clips_is_there_in_their_order(tmp_path: Path, movflags: str) -> None:
    one = draw_film(tmp_path / "one.mp4", frames=30, movflags=movflags)
    two = draw_film(tmp_path / "two.mp4", frames=20, blank=20)
    target = tmp_path / "joined.mp4"
    join([one, two, one], target)
    assert frames_of(target) == frames_of(one) + frames_of(two) + frames_of(one)
    facts = probe(target)
    assert (facts.frames, facts.faststart) == (80, True)
    assert abs(facts.seconds - 80 / 30) < 0.01
    with av.open(str(target)) as film:
        times = [frame.time for frame in film.decode(video=0)]
    steps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert max(steps) - min(steps) < 0.001
    assert not list(tmp_path.glob("*.part"))


def test_labels_of_an_ai_stay(tmp_path: Path) -> None:
    flags = "+faststart+use_metadata_tags"
    one = draw_film(tmp_path / "one.mp4", movflags=flags, metadata={"AIGC": "by a model"})
    join([one, one], tmp_path / "joined.mp4")
    with av.open(str(tmp_path / "joined.mp4")) as film:
        assert film.metadata["AIGC"] == "by a model"


def refused(tmp_path: Path, *clips: Path) -> tuple[str, int]:
    with pytest.raises(ConversionError) as caught:
        join(clips, tmp_path / "joined.mp4")
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


def test_another_rate_keeps_its_own_length(tmp_path: Path) -> None:
    one = draw_film(tmp_path / "one.mp4", frames=30)
    slow = draw_film(tmp_path / "slow.mp4", frames=16, fps=Fraction(16))
    target = tmp_path / "joined.mp4"
    try:
        join([one, slow], target)
    except ConversionError as error:
        assert (error.reason, error.place) == ("kind", 2)
    else:
        assert abs(probe(target).seconds - 2) < 0.05


def test_an_animation_repeats_and_has_fifteen_pictures_a_second(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "film.mp4", size=(832, 480), frames=60)
    animate([film], tmp_path / "film.webp")
    with Image.open(tmp_path / "film.webp") as picture:
        moving: Any = picture
        assert (picture.format, picture.size) == ("WEBP", (480, 277))
        assert (moving.n_frames, moving.info["loop"]) == (30, 0)
