"""PgBouncer in transaction mode between the studio and PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.crash.servers import OwnPostgres, Server, has_user
from tests.installation import Installation, Person

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
pytestmark = pytest.mark.skipif(
    PGBOUNCER is None, reason="pgbouncer is not here: apt install pgbouncer"
)
CONF = """
[databases]
studio = user=studio host=127.0.0.1 port={postgres} dbname=studio
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
server_round_robin = 1
"""
SERVERS = 4


class PgBouncer(Server):
    """Gives each transaction the session of the server that has rested longest."""

    def __init__(self, postgres: OwnPostgres) -> None:
        super().__init__()
        self.postgres = postgres
        if os.geteuid() == 0:  # it refuses to run as root
            self.user = "postgres" if has_user("postgres") else "nobody"
            shutil.chown(self.folder, self.user)
        text = CONF.format(postgres=postgres.port, port=self.port)
        (self.folder / "pgbouncer.ini").write_text(text)
        (self.folder / "pgbouncer.ini").chmod(0o644)

    @property
    def url(self) -> str:
        return f"postgres://studio@127.0.0.1:{self.port}/studio"

    def command(self) -> list[str]:
        return [str(PGBOUNCER), str(self.folder / "pgbouncer.ini")]

    def __enter__(self) -> PgBouncer:
        self.start()
        self.open_all_sessions()
        return self

    def open_all_sessions(self) -> None:
        """So that two transactions after each other are in two sessions."""
        with contextlib.ExitStack() as stack:
            for _ in range(SERVERS):
                client = stack.enter_context(psycopg.connect(self.url))
                client.execute("SELECT 1")


@pytest.fixture(scope="module")
def bouncer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PgBouncer]:
    with OwnPostgres() as postgres, PgBouncer(postgres) as running:
        studio(tmp_path_factory.mktemp("migrated"), running).migrate()
        yield running


def studio(folder: Path, bouncer: PgBouncer, **variables: str) -> Installation:
    return Installation(
        folder, DATABASE_URL=bouncer.url, WANSTUDIO_TRANSACTION_POOLING="on", **variables
    )


def test_a_video_is_made_and_every_long_list_is_read_to_its_end(
    tmp_path: Path, bouncer: PgBouncer
) -> None:
    there = studio(tmp_path, bouncer, WANSTUDIO_METRICS_TOKEN="token")
    there.person("ada")
    with there.web() as address, there.worker():
        ada = Person(address, "ada")
        page = ada.make_video("纸船")
        assert ada.finished_video(page)[4:8] == b"ftyp"
        figures = ada.ask("GET", "/metrics", headers={"Authorization": "Bearer token"})
        assert 'wanstudio_in_flight{provider="sandbox"' not in figures.text
        assert ada.ask("GET", "/healthz").status_code == 200
    assert "Traceback" not in there.log.read_text()


ITERATE = """
for number in range(250):
    make_generation("failed", owner=User.objects.get_or_create(username="bob")[0])
rows = Generation.objects.order_by("pk")
print(len(list(rows.iterator(chunk_size=50))) == rows.count())
"""


@pytest.mark.parametrize("pooling", ["on", "off"])
def test_without_the_setting_long_lists_are_cut_off(
    tmp_path: Path, bouncer: PgBouncer, pooling: str
) -> None:
    there = studio(tmp_path, bouncer)
    there.environment["WANSTUDIO_TRANSACTION_POOLING"] = pooling
    if pooling == "on":
        assert there.run(ITERATE) == "True"
    else:
        with pytest.raises(AssertionError, match="(cursor|portal) .* does not exist"):
            there.run(ITERATE)


def test_a_backup_is_made_past_it(tmp_path: Path, bouncer: PgBouncer) -> None:
    there = studio(tmp_path, bouncer)
    there.run("Generation.objects.all().delete()")
    refused = there.manage("backup", str(tmp_path / "none"), fails=True)
    assert "Set DATABASE_URL to PostgreSQL itself for this command" in refused
    there.environment |= {
        "DATABASE_URL": bouncer.postgres.url,
        "WANSTUDIO_TRANSACTION_POOLING": "off",
    }
    said = there.manage("backup", str(tmp_path / "backup"))
    assert "and the database, of postgresql studio" in said
    there.manage("restore", str(tmp_path / "backup"), "--worker-ended", "--replace")
