"""The films of the sandbox: their size, their label, their camera, their picture."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from generations import media
from generations.providers.sandbox.render import LABEL, TIER_PIXELS, render
from generations.sizes import TEXT_SIZES
from tests.films import still
from tests.pictures import drawn, encoded


def rendered(folder: Path, **how: Any) -> Path:
    path = folder / "film.mp4"
    render(path, **{"size": "480x832", "recipe": "a cat on the moon"} | how)
    return path


@pytest.fixture(scope="module")
def film_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The film of a size, drawn once for all who only look."""
    return cache(lambda size: rendered(tmp_path_factory.mktemp("film"), size=size))


@pytest.fixture
def film(film_of: Callable[[str], Path]) -> Path:
    return film_of("480x832")


@pytest.mark.parametrize("size", TEXT_SIZES)
def test_a_film_has_exactly_the_size_asked(size: str, film_of: Callable[[str], Path]) -> None:
    path = film_of(size)
    facts = media.probe(path)
    assert f"{facts.width}x{facts.height}" == size
    assert (facts.seconds, facts.fps, facts.frames) == (5.0, 30.0, 150)
    assert facts.faststart
    assert path.stat().st_size < 2_000_000


def test_a_film_plays_everywhere_and_says_what_it_is(film: Path) -> None:
    with av.open(str(film)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        assert container.metadata["title"] == LABEL


def test_a_film_moves_and_its_end_leads_to_its_beginning(film: Path) -> None:
    def difference(one: int, other: int) -> float:
        pixels = ImageChops.difference(still(film, one), still(film, other))
        return sum(ImageStat.Stat(pixels).sum)

    assert difference(0, 75) > 5 * difference(0, 149)


def letters(image: Image.Image, box: tuple[int, int, int, int]) -> int:
    """How many pixels in `box` are nearly white."""
    return sum(value > 215 for value in image.convert("L").crop(box).tobytes())


def test_the_label_is_in_the_picture_from_first_to_last(film: Path) -> None:
    for number in (0, 75, 149):
        assert letters(still(film, number), (0, 0, 400, 60)) > 200


def test_the_mark_is_there_only_when_asked_for(film: Path, tmp_path: Path) -> None:
    corner = (480 - 70, 832 - 60, 480, 832)
    marked = rendered(tmp_path, mark=True)
    assert letters(still(marked), corner) > letters(still(film), corner) + 30


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ("480P", (1000, 700)),
        ("480P", (360, 2000)),
        ("480P", (2000, 360)),
        ("480P", (1001, 999)),
        ("720P", (1000, 700)),
    ],
)
def test_a_film_keeps_the_shape_of_its_picture(
    size: str, shape: tuple[int, int], tmp_path: Path
) -> None:
    facts = media.probe(rendered(tmp_path, size=size, picture=encoded(drawn(size=shape), "PNG")))
    assert facts.width / facts.height == pytest.approx(shape[0] / shape[1], rel=0.05)
    assert facts.width * facts.height == pytest.approx(TIER_PIXELS[size], rel=0.06)
    assert facts.width % 2 == facts.height % 2 == 0
    assert facts.frames == 150


def test_an_unreadable_picture_is_replaced(tmp_path: Path) -> None:
    assert media.probe(rendered(tmp_path, size="480P", picture=b"no picture")).frames == 150


def test_a_picture_of_noise_makes_no_giant_file(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.effect_noise((1280, 720), 200).convert("RGB").save(file, "JPEG")
    path = rendered(tmp_path, size="720P", picture=file.getvalue())
    assert path.stat().st_size < 6_000_000
