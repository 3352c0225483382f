"""An S3 bucket that fails as a disk does: with `OSError`, which callers turn into sentences."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

READ_AT_ONCE = 1024 * 1024  # bytes of a file that are asked for in one request

# A bucket that hangs must not hold a page: the SDK's own limits are a minute each, five times.
LIMITS = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2})

# Servers that are not Amazon's (Alibaba OSS and Tencent COS among them) refuse the checksums that
# boto3 adds to every request since 1.36, or the trailers in which they travel.
AS_BEFORE = Config(
    request_checksum_calculation="when_required", response_checksum_validation="when_required"
)


@contextmanager
def as_os_error() -> Iterator[None]:
    """Raise what the SDK raises as `OSError`; its text names codes and hosts, never a key."""
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as error:
        raise OSError(f"the bucket does not answer as it should: {error}") from error


def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        with as_os_error():
            return method(*args, **kwargs)

    return call


class RangeReader(io.RawIOBase):
    """A stored file, of which each read fetches its own bytes. Nothing is kept on a disk."""

    def __init__(self, storage: Bucket, name: str, size: int) -> None:
        self.storage, self.name, self.size, self.at = storage, name, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        end = min(self.at + len(buffer), self.size)
        if end <= self.at:
            return 0
        with as_os_error():
            found = self.storage.bucket.Object(self.name).get(Range=f"bytes={self.at}-{end - 1}")
            piece: bytes = found["Body"].read()
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        """In one request, not in Python's small pieces."""
        rest = bytearray(max(0, self.size - self.at))
        self.readinto(rest)
        return bytes(rest)


class Bucket(S3Storage):
    """`FileNotFoundError` for what is not there, `OSError` for everything else that goes wrong."""

    client_config: Config

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = self.client_config.merge(LIMITS)
        if self.endpoint_url:
            self.client_config = self.client_config.merge(AS_BEFORE)

    exists = guarded(S3Storage.exists)
    delete = guarded(S3Storage.delete)
    listdir = guarded(S3Storage.listdir)
    size = guarded(S3Storage.size)
    get_modified_time = guarded(S3Storage.get_modified_time)
    url = guarded(S3Storage.url)
    _save = guarded(S3Storage._save)

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """For reading. Raises `FileNotFoundError` at once, `OSError` at each read."""
        key = self._normalize_name(name)
        reader = RangeReader(self, key, self.size(name))
        return File(io.BufferedReader(reader, READ_AT_ONCE), name)
