"""The queue in a Redis that wants a password, an ACL user, or TLS."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
import requests

from tests.certificates import Authority
from tests.crash.servers import OwnRedis
from tests.installation import ROOT, Installation, Person

PAGE = (ROOT / "docs/operating.md").read_text()
ACL = next(line for line in PAGE.splitlines() if line.startswith("user studio on >password "))


class StrictRedis(OwnRedis):
    """Started with these options; `{port}` is its port."""

    def __init__(self, *options: str) -> None:
        super().__init__()
        self.options = options

    def command(self) -> list[str]:
        return [*super().command(), *(word.format(port=self.port) for word in self.options)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def tls(authority: Authority, clients: str) -> tuple[str, ...]:
    certificate, key = authority.sign("redis")
    return (
        "--port", "0", "--tls-port", "{port}", "--tls-cert-file", str(certificate),
        "--tls-key-file", str(key), "--tls-ca-cert-file", str(authority.path),
        "--tls-auth-clients", clients, "--requirepass", "s3cret",
    )  # fmt: skip


def works(folder: Path, **variables: str) -> None:
    """Web and worker make a video, and nothing complains of the queue."""
    studio = Installation(folder, **variables)
    studio.migrate()
    studio.person("ada")
    with studio.web() as address, studio.worker():
        ada = Person(address, "ada")
        page = ada.make_video("纸船")
        assert ada.finished_video(page)[4:8] == b"ftyp"
        assert ada.ask("GET", "/healthz").json()["queue"] == "ok"
    assert "queue does not answer" not in studio.log.read_text()
    assert "Traceback" not in studio.log.read_text()
    assert "s3cret" not in studio.log.read_text()


def test_with_a_password(tmp_path: Path) -> None:
    with StrictRedis("--requirepass", "s3cret") as server:
        works(tmp_path, REDIS_URL=f"redis://:s3cret@127.0.0.1:{server.port}/0")


def test_with_a_user_who_may_do_no_more_than_is_documented(tmp_path: Path) -> None:
    with StrictRedis("--requirepass", "s3cret") as server:
        with redis.from_url(f"redis://:s3cret@127.0.0.1:{server.port}/0") as admin:
            admin.execute_command(
                "ACL", "SETUSER", *ACL.replace(">password", ">s3cret").split()[1:]
            )
        works(tmp_path, REDIS_URL=f"redis://studio:s3cret@127.0.0.1:{server.port}/0")


def test_over_tls_with_an_authority_of_ones_own(tmp_path: Path, authority: Authority) -> None:
    with StrictRedis(*tls(authority, "no")) as server:
        url = f"rediss://:s3cret@127.0.0.1:{server.port}/0"
        works(tmp_path / "one", REDIS_URL=f"{url}?ssl_ca_certs={authority.path}")
        works(tmp_path / "two", REDIS_URL=url, SSL_CERT_FILE=str(authority.path))


def test_over_tls_with_a_client_certificate(tmp_path: Path, authority: Authority) -> None:
    certificate, key = authority.sign("studio")
    options = f"ssl_ca_certs={authority.path}&ssl_certfile={certificate}&ssl_keyfile={key}"
    with StrictRedis(*tls(authority, "yes")) as server:
        works(tmp_path, REDIS_URL=f"rediss://:s3cret@127.0.0.1:{server.port}/0?{options}")


def test_a_server_that_nobody_vouches_for_is_not_used(tmp_path: Path, authority: Authority) -> None:
    with StrictRedis(*tls(authority, "no")) as server:
        studio = Installation(tmp_path, REDIS_URL=f"rediss://:s3cret@127.0.0.1:{server.port}/0")
        studio.migrate()
        with studio.started_web() as address:
            parts = requests.get(f"{address}/healthz", timeout=60).json()
    assert parts["queue"] == "failing"
