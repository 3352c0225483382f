"""How files get into storage, and what is left of those that do not."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage

from generations import media
from tests.factory import content_of


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
    media.remove_stray_parts(storage)
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
