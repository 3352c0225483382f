"""Bucket and mail where a proxy leads out, and where the authority is the company's own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.bucket import BucketServer
from tests.certificates import Authority
from tests.installation import Installation
from tests.mail_server import MailServer

LISTED = b'<?xml version="1.0"?><ListBucketResult><Name>studio-videos</Name></ListBucketResult>'
LIST = "from django.core.files.storage import default_storage\nprint(default_storage.listdir(''))"
AWAY = """
from django.core.files.storage import default_storage
try: default_storage.listdir('')
except OSError as error: print(type(error).__name__)
"""


class Handler(BaseHTTPRequestHandler):
    """An empty bucket; as a proxy, it answers for every host."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(LISTED)))
        self.end_headers()
        self.wfile.write(LISTED)

    def log_message(self, *args: object) -> None:
        pass


class HTTPServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def context(authority: Authority) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*authority.sign("server"))
    return made


@pytest.fixture(scope="module")
def variables() -> Iterator[dict[str, str]]:
    with BucketServer() as bucket:
        yield bucket.variables


def test_a_bucket_of_the_companys_own_authority_is_trusted_by_name(
    tmp_path: Path,
    authority: Authority,
    context: ssl.SSLContext,
    variables: dict[str, str],
) -> None:
    with HTTPServer(context) as server:
        studio = Installation(tmp_path, **variables)
        studio.environment["AWS_S3_ENDPOINT_URL"] = f"https://localhost:{server.server_port}"
        assert studio.run(AWAY) == "OSError"
        for name in ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
            studio.environment[name] = str(authority.path)
            assert studio.run(LIST) == "([], [])"
            del studio.environment[name]


def test_a_bucket_is_reached_through_the_proxy_unless_it_is_near(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    with HTTPServer() as proxy:
        studio = Installation(tmp_path, **variables)
        studio.environment |= {
            "AWS_S3_ENDPOINT_URL": "http://bucket.example.com",
            "HTTP_PROXY": f"http://127.0.0.1:{proxy.server_port}",
        }
        assert studio.run(LIST) == "([], [])"
        assert proxy.asked[0].startswith("http://bucket.example.com/studio-videos?")

        proxy.asked.clear()
        near = {"AWS_S3_ENDPOINT_URL": variables["AWS_S3_ENDPOINT_URL"], "NO_PROXY": "127.0.0.1"}
        studio.environment |= near
        assert studio.run(LIST) == "([], [])"
        assert proxy.asked == []


def test_mail_over_tls_of_the_companys_own_authority(
    tmp_path: Path, authority: Authority, context: ssl.SSLContext
) -> None:
    with MailServer(context) as server:
        port = server.server_address[1]
        studio = Installation(tmp_path, EMAIL_URL=f"smtps://localhost:{port}")
        refused = studio.manage("sendtestemail", "ann@example.com", fails=True)
        assert "certificate verify failed" in refused
        studio.environment["SSL_CERT_FILE"] = str(authority.path)
        studio.manage("sendtestemail", "ann@example.com")
        assert len(server.mails) == 1
