"""Where files are while they are made, and how a finished one gets into the storage."""

import errno
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.db.models.fields.files import FieldFile

PARTS = "parts"
MEGABYTE = 1024 * 1024


class DiskFullError(OSError):
    """The disk would have less free space than its reserve."""

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, os.strerror(errno.ENOSPC))


class _Finished(File):  # type: ignore[type-arg]  # it takes no argument at run time
    """A local file that Django's file system storage may move instead of copy."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def temporary_path(storage: Storage, suffix: str = ".mp4") -> Path:
    """An empty file with a real name, on the storage's own file system where it has one.

    The caller moves or deletes it; what a killed process leaves, `remove_stray_parts` takes.
    """
    handle, name = tempfile.mkstemp(suffix=f"{suffix}.part", dir=parts_directory(storage))
    os.close(handle)
    return Path(name)


@contextmanager
def temporary_file(storage: Storage, suffix: str) -> Iterator[Path]:
    """A `temporary_path`, deleted at the end unless it was moved."""
    path = temporary_path(storage, suffix)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def save_file(storage: Storage, name: str, path: Path | str) -> str:
    """Put the finished local file at `path` into storage, and return the name it got there.

    Locally it is synced and moved into place in one step, so a half file is never seen under
    the final name; elsewhere it is uploaded. The local file is gone afterwards.
    """
    path = Path(path)
    with _Finished(path.open("rb"), name=str(path)) as file:
        local = _root_of(storage) is not None
        if local:
            os.fsync(file.fileno())
        stored = storage.save(name, file)
    path.unlink(missing_ok=True)
    if local:
        _sync_directory(Path(storage.path(stored)).parent)
    return stored


def save_bytes(storage: Storage, name: str, content: bytes) -> str:
    """Put these bytes into storage, and return the name they got there.

    Raises `DiskFullError` where a local disk would keep less than `WANSTUDIO_DISK_RESERVE_MB`.
    """
    free = free_bytes(storage)
    if free is not None and free - len(content) < settings.WANSTUDIO_DISK_RESERVE_MB * MEGABYTE:
        raise DiskFullError
    return storage.save(name, ContentFile(content))


@contextmanager
def local_file(file: FieldFile) -> Iterator[Path]:
    """The stored file where decoders can open it; of a bucket's, a copy for as long.

    Raises OSError if it cannot be read.
    """
    if _root_of(file.storage) is not None:
        yield Path(file.storage.path(str(file.name)))
        return
    with temporary_file(file.storage, Path(str(file.name)).suffix) as path:
        with file.open("rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield path


def remove_stray_parts(storage: Storage) -> None:
    """Delete unfinished files that were not written to for an hour."""
    for path in parts_directory(storage).glob("*.part"):
        with suppress(FileNotFoundError):  # its owner was faster
            if path.stat().st_mtime < time.time() - 3600:
                path.unlink()


def can_write(folder: Path) -> bool:
    """True if `folder` is writable, or can be created."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def keeps_reserve(folder: Path) -> bool:
    """True if the disk of `folder`, which may not exist yet, keeps its reserve."""
    while not folder.is_dir():
        folder = folder.parent
    return shutil.disk_usage(folder).free >= settings.WANSTUDIO_DISK_RESERVE_MB * MEGABYTE


def free_bytes(storage: Storage) -> int | None:
    """The free space of the storage's disk; None if there is no such disk."""
    root = _root_of(storage)
    if root is None:
        return None
    root.mkdir(mode=0o750, parents=True, exist_ok=True)
    return shutil.disk_usage(root).free


def disk_shortage(storage: Storage, more: int = 0) -> str:
    """How much is free and wanted where one more video, and `more` bytes, would not fit.

    The disk keeps its reserve.

    Empty where there is room. Raises OSError if the disk does not answer.
    """
    free = shutil.disk_usage(parts_directory(storage)).free // MEGABYTE
    wanted = settings.WANSTUDIO_MAX_VIDEO_MB + settings.WANSTUDIO_DISK_RESERVE_MB
    wanted += more // MEGABYTE
    return f"{free} MB free, {wanted} MB wanted" if free < wanted else ""


def parts_directory(storage: Storage) -> Path:
    """Where unfinished files lie: in the storage's own folder, or in `MEDIA_ROOT` before a bucket.

    Made when missing, for this account alone. Raises PermissionError if, with a bucket, the folder
    belongs to another account: who made it could put another file in place of a paid one.
    """
    root = _root_of(storage)
    directory = (root or Path(settings.MEDIA_ROOT)) / PARTS
    directory.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    if root is None:  # some network file systems name other owners: a storage there still works
        if not is_own(directory):
            raise PermissionError(errno.EPERM, "not a folder of this account", str(directory))
        directory.chmod(0o700)
    return directory


def is_own(directory: Path) -> bool:
    """True for a folder of this account; False for a link to one."""
    found = directory.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _root_of(storage: Storage) -> Path | None:
    return Path(storage.location) if isinstance(storage, FileSystemStorage) else None


def _sync_directory(directory: Path) -> None:
    """Sync the folder, so that the new name survives a power failure."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
