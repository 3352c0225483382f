"""A clip as an animated image."""

from pathlib import Path
from typing import Any

from PIL import Image

from generations.media import convert
from tests.films import draw_film


def test_an_animation_repeats_and_has_fifteen_pictures_a_second(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "film.mp4", size=(832, 480), frames=60)
    convert("animation", [film], tmp_path / "film.webp")
    with Image.open(tmp_path / "film.webp") as picture:
        moving: Any = picture
        assert (picture.format, picture.size) == ("WEBP", (480, 277))
        assert (moving.n_frames, moving.info["loop"]) == (30, 0)
