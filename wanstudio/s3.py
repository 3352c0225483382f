"""An S3 bucket that fails as a disk does: with `OSError`, which callers turn into sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3File, S3Storage

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


class BucketFile(S3File):
    """Fetched at its first reading, which may fail as well."""

    _get_file = guarded(S3File._get_file)
    file = property(_get_file, S3File._set_file)


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

    def _open(self, name: str, mode: str = "rb") -> BucketFile:
        name = self._normalize_name(name)
        with as_os_error():
            try:
                return BucketFile(name, mode, self)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    raise FileNotFoundError(f"File does not exist: {name}") from error
                raise
