"""An S3 server on loopback (moto's), with one empty bucket."""

from __future__ import annotations

from typing import Any

import requests

NAME, KEY, SECRET, REGION = "studio-videos", "test-key-id", "test-secret", "us-east-1"


class BucketServer:
    def __enter__(self) -> BucketServer:
        import boto3  # here: most processes of a run have no bucket
        from moto.server import ThreadedMotoServer

        self.server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.server.start()
        host, port = self.server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        requests.post(f"{self.url}/moto-api/reset", timeout=60)  # servers of a process share all
        self.client = boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name=REGION,
        )
        self.client.create_bucket(Bucket=NAME)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()

    def names(self) -> set[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=NAME)
        return {entry["Key"] for page in pages for entry in page.get("Contents", ())}

    def content(self, name: str) -> bytes:
        return bytes(self.client.get_object(Bucket=NAME, Key=name)["Body"].read())

    @property
    def storage(self) -> dict[str, Any]:
        """The `STORAGES` entry of a studio that stores here."""
        options = {
            "bucket_name": NAME, "endpoint_url": self.url, "region_name": REGION,
            "access_key": KEY, "secret_key": SECRET, "addressing_style": "path",
            "signature_version": "s3v4", "default_acl": None, "file_overwrite": True,
            "querystring_auth": True, "querystring_expire": 300,
        }  # fmt: skip
        return {"BACKEND": "generations.media.bucket.Bucket", "OPTIONS": options}

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a studio that stores here."""
        return {
            "AWS_STORAGE_BUCKET_NAME": NAME,
            "AWS_S3_ENDPOINT_URL": self.url,
            "AWS_S3_REGION_NAME": REGION,
            "AWS_S3_ADDRESSING_STYLE": "path",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }
