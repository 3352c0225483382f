"""Single frames of a film: the one that a player shows, and the last one."""

import io
from pathlib import Path

import av
import pytest
from PIL import Image

from generations.media import InvalidVideoError, frame_png
from tests.films import draw_film, draw_webm


def image(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def shades(path: Path) -> Path:
    """A film of 30 frames, each with a grey of its own: 8 × its number."""
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=30, options={"g": "10", "qp": "0", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(30):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 64), (8 * number,) * 3))
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("seconds", "number"),
    [(0, 0), (0.032, 0), (0.033, 1), (0.5, 15), (0.3333, 10), (0.965, 28), (0.967, 29), (None, 29),
     (99, 29), (-1, 0)],
)  # fmt: skip
def test_the_frame_is_the_one_that_a_player_shows(
    tmp_path: Path, seconds: float | None, number: int
) -> None:
    found = image(frame_png(shades(tmp_path / "film.mp4"), seconds))
    assert (found.format, found.size) == ("PNG", (64, 64))
    assert abs(found.convert("L").getpixel((32, 32)) - 8 * number) <= 3


def test_a_webm_has_frames_too(tmp_path: Path) -> None:
    assert image(frame_png(draw_webm(tmp_path / "film.webm", live=True))).size == (96, 64)


def test_a_film_that_is_no_film_has_no_frame(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(1000))
    with pytest.raises(InvalidVideoError):
        frame_png(path)


def test_colours_of_a_large_film_that_does_not_tell_them_are_those_of_a_browser(
    tmp_path: Path,
) -> None:
    """Green as BT.709 writes it: read as BT.601 it would be darker and bluer."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=30, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        frame = av.VideoFrame(1280, 720, "yuv420p")
        for plane, value in zip(frame.planes, (173, 42, 26), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        for number in range(3):
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    red, green, blue = image(frame_png(path)).getpixel((640, 360))
    assert (red < 12, green > 243, blue < 12) == (True, True, True), (red, green, blue)


def test_the_last_frame_of_a_five_second_film(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "film.mp4", size=(832, 480), frames=150)
    assert frame_png(film) == frame_png(film, 149 / 30)
