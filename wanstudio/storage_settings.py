"""Where videos and pictures are kept: in a folder, or in a bucket that speaks S3."""

from pathlib import Path
from typing import Any

from wanstudio.env import env_choice, env_secret, env_str
from wanstudio.s3_origins import bucket_origins
from wanstudio.service_urls import env_url


def storage_settings(
    bucket: str, folder: Path, *, for_group: bool
) -> tuple[dict[str, Any], list[str]]:
    """`STORAGES` for `bucket`, or for `folder` if that is ""; and the origins of the bucket.

    Browsers are sent to these origins for each file.
    """
    endpoint = env_url("AWS_S3_ENDPOINT_URL", ("http", "https"), "must look like https://host.")
    style = env_choice("AWS_S3_ADDRESSING_STYLE", ("", "auto", "path", "virtual"), "")
    region = env_str("AWS_S3_REGION_NAME")
    if not bucket:
        return {"default": folder_storage(folder, for_group)}, []
    options = {
        "bucket_name": bucket,
        "endpoint_url": endpoint or None,
        "region_name": region or None,
        "access_key": env_secret("AWS_ACCESS_KEY_ID") or None,
        "secret_key": env_secret("AWS_SECRET_ACCESS_KEY") or None,
        "addressing_style": style or None,
        "signature_version": "s3v4",
        "default_acl": None,
        "file_overwrite": True,
        "querystring_auth": True,
        "querystring_expire": 300,  # seconds for which a link is valid
    }
    origins = bucket_origins(bucket, endpoint=endpoint, region=region, style=style)
    return {"default": {"BACKEND": "generations.media.bucket.Bucket", "OPTIONS": options}}, origins


def folder_storage(folder: Path, for_group: bool) -> dict[str, Any]:
    """Files in `folder` are for the studio's own account.

    With `for_group`, the group of `folder` may read them: nginx is in it. Then folders are left as
    the umask makes them, for a chmod would end that they inherit that group.
    """
    options = {
        "location": folder,
        "allow_overwrite": True,
        "file_permissions_mode": 0o640 if for_group else 0o600,
        "directory_permissions_mode": None if for_group else 0o700,
    }
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
