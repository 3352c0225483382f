"""What counts as a video, what is done to it, and how files get into storage."""

import gzip
import io
import os
import shutil
import struct
import subprocess
import sys
import time
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
from PIL import Image

from generations import media
from generations.decoders.mp4 import boxes
from tests.factory import content_of
from tests.films import draw_film, frames_of, sound_alone
from tests.installation import ROOT
from tests.memory import linux_alone


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return draw_film(tmp_path / "film.mp4")


@pytest.fixture
def late_film(tmp_path: Path) -> Path:
    """Its index comes after its pictures."""
    return draw_film(tmp_path / "late.mp4", movflags="")


def kinds(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [box.kind for box in boxes(file, 0, path.stat().st_size)]


# Is it a video?


def test_a_video_tells_its_facts(film: Path) -> None:
    assert media.probe(film) == media.VideoFacts(
        width=96, height=64, seconds=1.0, fps=30.0, frames=30, codec="h264", faststart=True
    )


def test_a_late_index_is_noticed(late_film: Path) -> None:
    facts = media.probe(late_film)
    assert (facts.faststart, facts.frames) == (False, 30)


def test_a_fragmented_video_is_one_too(tmp_path: Path) -> None:
    path = draw_film(tmp_path / "f.mp4", movflags="frag_keyframe+empty_moov")
    facts = media.probe(path)
    assert (facts.width, facts.seconds, facts.faststart) == (96, 1.0, True)


def test_the_name_does_not_matter(film: Path, tmp_path: Path) -> None:
    assert media.probe(film.rename(tmp_path / "x.mp4.part")).codec == "h264"


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
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
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


# Faststart


def test_a_video_in_order_is_left_untouched(film: Path) -> None:
    before = film.read_bytes()
    assert media.faststart(film) == film
    assert film.read_bytes() == before


def test_a_late_index_moves_to_the_front_and_every_frame_stays(late_film: Path) -> None:
    before = late_film.read_bytes()
    ready = media.faststart(late_film)
    assert ready != late_film
    assert ready.parent == late_film.parent
    assert ready.suffix == ".part"
    assert kinds(ready).index(b"moov") < kinds(ready).index(b"mdat")
    assert media.probe(ready).faststart
    assert frames_of(ready) == frames_of(late_film)
    assert late_film.read_bytes() == before


def test_a_video_that_cannot_be_remuxed_stays_as_it_is(late_film: Path) -> None:
    late_film.write_bytes(late_film.read_bytes()[:-40])
    before = late_film.read_bytes()
    assert media.faststart(late_film) == late_film
    assert late_film.read_bytes() == before
    assert list(late_film.parent.glob("*.part")) == []


def test_a_copy_that_cannot_be_written_keeps_the_original(late_film: Path) -> None:
    late_film.with_name("late.faststart.part").symlink_to("/dev/full")
    before = late_film.read_bytes()
    assert media.faststart(late_film) == late_film
    assert late_film.read_bytes() == before


# Poster


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


def test_a_film_without_a_frame_has_no_poster(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(sound_alone())
    with pytest.raises(media.InvalidVideoError):
        media.poster(path, tmp_path / "p.webp")
    assert not (tmp_path / "p.webp").exists()


# Files


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return FileSystemStorage(tmp_path / "media", allow_overwrite=True)


def finished(storage: Storage, content: bytes = b"film") -> Path:
    path = media.temporary_path(storage, ".mp4")
    path.write_bytes(content)
    return path


def test_a_part_lies_beside_the_media_and_is_called_a_part(storage: Storage) -> None:
    path = media.temporary_path(storage, ".mp4")
    assert path.parent == Path(storage.path("parts"))
    assert path.name.endswith(".mp4.part")
    assert path.read_bytes() == b""


def test_a_finished_file_is_moved_into_place(storage: Storage) -> None:
    path = finished(storage)
    inode = path.stat().st_ino
    assert media.save_file(storage, "videos/ab/x.mp4", path) == "videos/ab/x.mp4"
    assert content_of("videos/ab/x.mp4", storage) == b"film"
    assert os.stat(storage.path("videos/ab/x.mp4")).st_ino == inode  # moved, never half there
    assert not path.exists()


def test_the_web_server_may_read_what_was_saved(storage: Storage) -> None:
    media.save_file(storage, "x.mp4", finished(storage))
    assert os.stat(storage.path("x.mp4")).st_mode & 0o444 == 0o444


def test_the_same_name_is_replaced_by_a_second_save(storage: Storage) -> None:
    media.save_file(storage, "videos/x.mp4", finished(storage, b"one"))
    assert media.save_file(storage, "videos/x.mp4", finished(storage, b"two")) == "videos/x.mp4"
    assert content_of("videos/x.mp4", storage) == b"two"
    assert storage.listdir("videos") == ([], ["x.mp4"])


def test_a_storage_without_paths_gets_an_upload() -> None:
    storage = InMemoryStorage()
    path = finished(storage)
    assert media.save_file(storage, "videos/x.mp4", path) == "videos/x.mp4"
    assert content_of("videos/x.mp4", storage) == b"film"
    assert not path.exists()


def test_only_parts_that_nobody_writes_to_are_swept(storage: Storage) -> None:
    old, new = finished(storage), finished(storage)
    other = old.with_name("notes.txt")
    other.touch()
    for path in (old, other):
        os.utime(path, times=(time.time() - 7200,) * 2)
    assert media.remove_stray_parts(storage, timedelta(hours=1)) == 1
    assert (old.exists(), new.exists(), other.exists()) == (False, True, True)


def test_before_a_bucket_parts_lie_in_a_folder_that_no_other_account_enters(settings: Any) -> None:
    parts = settings.MEDIA_ROOT / "parts"
    parts.mkdir(parents=True)
    parts.chmod(0o777)
    assert media.temporary_path(InMemoryStorage()).parent == parts
    assert parts.stat().st_mode & 0o777 == 0o700
    assert media.is_own(parts)


def test_before_a_bucket_a_link_to_another_folder_is_refused(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT.mkdir(parents=True)
    (settings.MEDIA_ROOT / "parts").symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="not a folder of this account"):
        media.temporary_path(InMemoryStorage())


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may make a folder of another account")
def test_before_a_bucket_a_folder_of_another_account_is_refused(settings: Any) -> None:
    parts = settings.MEDIA_ROOT / "parts"
    parts.mkdir(parents=True)
    shutil.chown(parts, "nobody")
    with pytest.raises(PermissionError, match="not a folder of this account"):
        media.temporary_path(InMemoryStorage())


def test_free_room_is_known_for_a_disk_only(storage: Storage) -> None:
    assert (media.free_bytes(storage) or 0) > 0
    assert media.free_bytes(InMemoryStorage()) is None


def test_a_local_disk_keeps_its_reserve_and_a_bucket_needs_none(
    storage: Storage, settings: Any
) -> None:
    assert media.save_bytes(storage, "a", b"picture") == "a"
    settings.WANSTUDIO_DISK_RESERVE_MB = 10**9
    with pytest.raises(media.DiskFullError):
        media.save_bytes(storage, "b", b"picture")
    assert not storage.exists("b")
    assert media.save_bytes(InMemoryStorage(), "b", b"picture") == "b"


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert media.sha256(tmp_path / "x") == expected
