"""An S3 bucket that raises `OSError` like a disk; callers turn it into messages."""

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

from generations.media.range_reader import RangeReader

READ_AT_ONCE = 1024 * 1024  # bytes per request

# A bucket that hangs must not block a page. The SDK's defaults are one minute per try, five times.
LIMITS = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2})

# Servers other than Amazon's (Alibaba OSS and Tencent COS among them) refuse the checksums that
# boto3 adds to every request since 1.36, or the trailers that carry them.
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


class BucketReader(RangeReader):
    """A stored file; each read requests its own bytes. Nothing is kept on a disk."""

    def __init__(self, storage: Bucket, name: str, size: int) -> None:
        super().__init__(size)
        self.storage, self.name = storage, name

    def piece(self, length: int) -> bytes:
        end = min(self.at + length, self.size)
        if end <= self.at:
            return b""
        with as_os_error():
            found = self.storage.bucket.Object(self.name).get(Range=f"bytes={self.at}-{end - 1}")
            return bytes(found["Body"].read())

    def readall(self) -> bytes:
        """In one request, not in Python's small blocks."""
        rest = bytearray(max(0, self.size - self.at))
        self.readinto(rest)
        return bytes(rest)


class Bucket(S3Storage):
    """Raises `FileNotFoundError` for a missing file, and `OSError` for all other failures."""

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
        reader = BucketReader(self, key, self.size(name))
        return File(io.BufferedReader(reader, READ_AT_ONCE), name)
