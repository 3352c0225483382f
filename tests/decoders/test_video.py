"""What counts as a video, and its poster."""

import gzip
import io
import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from generations import media
from generations.decoders.mp4 import boxes
from tests.films import draw_film, sound_alone
from tests.installation import ROOT
from tests.memory import linux_alone


def test_a_video_tells_its_facts(film: Path) -> None:
    assert media.probe(film) == media.VideoFacts(
        width=96, height=64, seconds=1.0, fps=30.0, frames=30, faststart=True
    )


def test_a_late_index_is_noticed(late_film: Path) -> None:
    facts = media.probe(late_film)
    assert (facts.faststart, facts.frames) == (False, 30)


def test_a_fragmented_video_is_one_too(tmp_path: Path) -> None:
    path = draw_film(tmp_path / "f.mp4", movflags="frag_keyframe+empty_moov")
    facts = media.probe(path)
    assert (facts.width, facts.seconds, facts.faststart) == (96, 1.0, True)


def test_the_name_does_not_matter(film: Path, tmp_path: Path) -> None:
    assert media.probe(film.rename(tmp_path / "x.mp4.part")).width == 96


@pytest.mark.parametrize("fixture", ["film", "late_film"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.5, 0.9, 0.99, -1])
def test_a_truncated_video_is_refused(
    fixture: str, kept: float, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(fixture)
    content = path.read_bytes()
    path.write_bytes(content[: -1 if kept < 0 else int(len(content) * kept)])
    with pytest.raises(media.InvalidVideoError):
        media.probe(path)


@pytest.mark.parametrize("end", ["first", "last"])
def test_a_video_that_does_not_decode_at_one_end_is_refused(film: Path, end: str) -> None:
    content = bytearray(film.read_bytes())
    with film.open("rb") as file:
        mdat = next(box for box in boxes(file, 0, len(content)) if box.kind == b"mdat")
    length = mdat.end - mdat.body
    start = mdat.body if end == "first" else mdat.end - length // 4
    content[start : start + length // 4] = bytes(length // 4)
    film.write_bytes(content)
    with pytest.raises(media.InvalidVideoError):
        media.probe(film)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 40,
        b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + b"\0\0\0\x10free" + b"\0" * 8,
        b"\0\0\0\x18ftypisom\0\0\0\0isommp41",
        b"<!DOCTYPE html><html><body>403 Forbidden</body></html>",
        b'{"code":"AccessDenied"}' * 20,
        gzip.compress(b"film" * 1000, mtime=0),
        b"#EXTM3U\nfile:///etc/passwd\n",
        b"\x1aE\xdf\xa3" + b"\0" * 200,
        b"\0\0\0\x18ftypisom\0\0\0\0isommp41\0\0\0\0moov" + b"\xff" * 300,
        b"\0\0\0\x01ftyp" + b"\xff" * 300,
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises(media.InvalidVideoError) as refusal:
        media.probe(path)
    assert str(refusal.value)


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(sound_alone())
    with pytest.raises(media.InvalidVideoError, match="no picture"):
        media.probe(path)


def test_a_still_that_calls_itself_mp4_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    try:
        Image.new("RGB", (400, 400)).save(path, "AVIF")
    except (KeyError, OSError):
        pytest.skip("this Pillow writes no AVIF")
    with pytest.raises(media.InvalidVideoError):
        media.probe(path)


def test_bytes_after_a_whole_video_do_not_make_it_lost(film: Path) -> None:
    with film.open("ab") as file:
        file.write(b"trailing")
    assert media.probe(film).frames == 30


def test_a_video_of_giant_pictures_is_refused_before_one_is_decoded(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "f.mp4", size=(4112, 2320), frames=1)
    with pytest.raises(media.InvalidVideoError, match="4112x2320"):
        media.probe(film)
    with pytest.raises(media.InvalidVideoError):
        media.poster(film, tmp_path / "p.webp")


PROBE = """
import sys
from generations import media
from tests.memory import peak
before = peak()
try:
    media.probe(sys.argv[1])
except media.InvalidVideoError:
    print(peak() - before)
"""


def grown(path: Path) -> float:
    """MB of memory that refusing `path` took, in a process of its own."""
    line = [sys.executable, "-c", PROBE, str(path)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)
    return float(done.stdout)


@linux_alone
def test_a_video_that_promises_endless_samples_costs_no_memory(film: Path) -> None:
    content = bytearray(film.read_bytes())
    struct.pack_into(">II", content, content.index(b"stsz") + 8, 1, 20_000_000)  # of a byte each
    struct.pack_into(">I", content, content.index(b"stsc") + 16, 20_000_000)  # in the first chunk
    film.write_bytes(content)
    assert grown(film) < 100


def test_a_video_of_many_minutes_is_refused(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "f.mp4", frames=21, fps=Fraction(1, 40))
    with pytest.raises(media.InvalidVideoError, match="length is 840 s"):
        media.probe(film)


def test_a_poster_is_a_small_webp_of_the_first_frame(film: Path, tmp_path: Path) -> None:
    content = media.poster(film, tmp_path / "p.webp")
    assert (tmp_path / "p.webp").read_bytes() == content
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("WEBP", (96, 64))
        red, green, blue = image.convert("RGB").getpixel((10, 20))
        assert red > 200 > green > blue


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1920, 1080), (640, 360)), ((1080, 1920), (540, 960)), ((1440, 1440), (640, 640))],
)
def test_a_poster_is_never_wider_than_640(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    film = draw_film(tmp_path / "f.mp4", size=size, frames=3)
    content = media.poster(film, tmp_path / "p.webp")
    assert Image.open(io.BytesIO(content)).size == expected
    assert len(content) <= 40_000


def test_a_film_that_begins_black_shows_its_first_picture(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "f.mp4", frames=40, blank=12)
    image = Image.open(io.BytesIO(media.poster(film, tmp_path / "p.webp")))
    assert image.convert("L").getextrema()[1] > 100


def test_a_film_that_stays_black_has_a_poster_all_the_same(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "f.mp4", blank=30)
    assert media.poster(film, tmp_path / "p.webp")


def test_a_busy_picture_is_made_to_fit(tmp_path: Path) -> None:
    from generations.decoders.video import _webp

    assert len(_webp(Image.effect_noise((640, 960), 250).convert("RGB"), 40_000)) <= 40_000


def test_a_picture_that_fits_at_no_quality_is_made_smaller_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from generations.decoders.video import _webp

    tried: list[tuple[int, int]] = []
    save = Image.Image.save

    def noted(image: Image.Image, *args: Any, **options: Any) -> None:
        tried.append(image.size)
        save(image, *args, **options)

    monkeypatch.setattr(Image.Image, "save", noted)
    _webp(Image.effect_noise((640, 360), 100).convert("RGB"), 40_000)
    assert tried == [(640, 360), (320, 180)]


def test_a_film_without_a_frame_has_no_poster(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(sound_alone())
    with pytest.raises(media.InvalidVideoError):
        media.poster(path, tmp_path / "p.webp")
    assert not (tmp_path / "p.webp").exists()


def blanked(film: Path, kind: bytes) -> None:
    """Fill a part of the film with zeros."""
    content = bytearray(film.read_bytes())
    with film.open("rb") as file:
        part = next(box for box in boxes(file, 0, len(content)) if box.kind == kind)
    content[part.body : part.end] = bytes(part.end - part.body)
    film.write_bytes(content)


@pytest.mark.parametrize("kind", [b"mdat", b"moov"])
def test_a_film_without_a_picture_that_decodes_has_no_poster(
    film: Path, tmp_path: Path, kind: bytes
) -> None:
    blanked(film, kind)
    with pytest.raises(media.InvalidVideoError):
        media.poster(film, tmp_path / "poster.webp")
    assert not (tmp_path / "poster.webp").exists()


def test_an_index_that_is_larger_than_any_real_one_is_not_read(film: Path) -> None:
    with film.open("ab") as file:
        size = 9 * 1024 * 1024
        file.write(size.to_bytes(4) + b"moov" + bytes(size - 8))
    with pytest.raises(media.InvalidVideoError, match="index is too large"):
        media.probe(film)
