"""PostgreSQL's own tools connect as Django does, and no secret is among their arguments."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from generations.operations import database_dump
from generations.operations.manifest import InvalidBackupError
from tests.certificates import Authority
from tests.crash.servers import OwnPostgres
from tests.installation import Installation

pytestmark = pytest.mark.skipif(
    shutil.which("pg_dump") is None, reason="pg_dump is not here: apt install postgresql-client"
)
FILL = "make_generation('failed', owner=User.objects.get_or_create(username='ada')[0])"
COUNT = "print(Generation.objects.count())"


class StrictPostgres(OwnPostgres):
    """Lets nobody in but over TLS with a client certificate, or with a password over the socket."""

    def __init__(self, authority: Authority) -> None:
        super().__init__()
        self.authority = authority
        self.folder.chmod(0o711)

    def command(self) -> list[str]:
        files = {"ca": "ca.pem", "cert": "s.pem", "key": "s.key"}
        options = [f"ssl_{name}_file={self.data / file}" for name, file in files.items()]
        options = [word for option in ("ssl=on", *options) for word in ("-c", option)]
        return [*super().command(), *options]

    def __enter__(self) -> StrictPostgres:
        self.run("initdb", "-D", str(self.data), "-U", "studio", "-A", "trust", "--no-sync")
        for path, target in zip(self.authority.sign("server"), ("s.pem", "s.key"), strict=True):
            shutil.copy(path, self.data / target)
            shutil.chown(self.data / target, self.user or os.geteuid())
            (self.data / target).chmod(0o600)
        shutil.copy(self.authority.path, self.data / "ca.pem")
        (self.data / "ca.pem").chmod(0o644)  # another account runs the server
        (self.data / "pg_hba.conf").write_text(
            "local all all scram-sha-256\nhostssl all all 127.0.0.1/32 cert\n"
        )
        single = [str(self.programs / "postgres"), "--single", "-D", str(self.data), "postgres"]
        script = "ALTER ROLE studio PASSWORD 's3cret'\nCREATE DATABASE studio\n"
        subprocess.run(
            single, cwd="/", user=self.user, input=script, text=True, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.start()
        self.until_answering()
        return self


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictPostgres]:
    with StrictPostgres(Authority(tmp_path_factory.mktemp("authority"))) as running:
        yield running


def there_and_back(folder: Path, url: str) -> None:
    studio = Installation(folder, DATABASE_URL=url)
    studio.manage("migrate", "-v0")
    studio.run(FILL)
    studio.manage("backup", str(folder / "backup"))
    studio.run("Generation.objects.all().delete()")
    studio.manage("restore", str(folder / "backup"), "--replace")
    assert studio.run(COUNT) == "1"
    studio.run("Generation.objects.all().delete()")


@pytest.mark.parametrize("password", ["", "of-the-key"])
def test_a_client_certificate_and_a_verified_server_are_used(
    server: StrictPostgres, tmp_path: Path, password: str
) -> None:
    certificate, key = server.authority.sign("studio", password)
    there_and_back(
        tmp_path,
        f"postgres://studio@localhost:{server.port}/studio?sslmode=verify-full"
        f"&sslrootcert={server.authority.path}&sslcert={certificate}&sslkey={key}"
        + (f"&sslpassword={password}" if password else ""),
    )


def test_a_socket_and_options_of_the_session_are_used(
    server: StrictPostgres, tmp_path: Path
) -> None:
    socket = str(server.folder).replace("/", "%2F")
    there_and_back(
        tmp_path,
        f"postgres://studio:s3cret@{socket}:{server.port}/studio?options=-c%20statement_timeout=90s",
    )


FAKE = """#!/bin/sh
cat "$PGSERVICEFILE" > {folder}/service 2>/dev/null
for word; do echo "$word"; done > {folder}/arguments
echo "$PGPASSWORD" > {folder}/password
exit 1
"""


def test_no_secret_is_among_the_arguments(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text(FAKE.format(folder=tmp_path))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    studio = Installation(
        tmp_path / "studio",
        DATABASE_URL="postgres://ada:s3%40cret@db/studio?sslpassword=s3kret&sslmode=verify-full"
        "&options=-c%20search_path=a%20-c%20lock_timeout=5s&assume_role=the%20owner",
        PATH=f"{program.parent}:{os.environ['PATH']}",
    )
    code = (
        "from generations.operations.database_dump import *\n"
        "try: postgresql_client('pg_dump', '--file=x')\n"
        "except InvalidBackupError as error: print(error)"
    )
    assert "pg_dump failed" in studio.run(code)

    arguments = (tmp_path / "arguments").read_text()
    assert "s3cret" not in arguments and "s3@cret" not in arguments and "s3kret" not in arguments
    assert "sslmode=verify-full" in arguments
    assert "role=the" in arguments and "lock_timeout=5s" in arguments
    assert (tmp_path / "password").read_text() == "s3@cret\n"
    assert (tmp_path / "service").read_text() == "[studio]\nsslpassword=s3kret\n"


def test_a_service_that_is_named_goes_to_the_tools_as_it_is(tmp_path: Path) -> None:
    studio = Installation(tmp_path, DATABASE_URL="postgres:///?service=mine")
    code = (
        "import json; from generations.operations.database_dump import connection_parameters\n"
        "print(json.dumps(connection_parameters()))"
    )
    given = json.loads(studio.run(code))
    assert given["service"] == "mine"
    assert "host" not in given and "dbname" not in given


@pytest.mark.parametrize(
    ("version", "taken"),
    [
        ("psql (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)", True),
        ("psql (PostgreSQL) 17.6", True),
        ("psql (PostgreSQL) 18.0", True),
        ("psql (PostgreSQL) 19devel", True),
        ("psql (PostgreSQL) 17.5", False),
        ("psql (PostgreSQL) 13.21", False),
        ("psql (PostgreSQL) 12.22", False),
        ("psql (PostgreSQL) 9.6.24", False),
        ("nonsense", False),
    ],
)
def test_tools_that_run_what_a_dump_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, taken: bool
) -> None:
    for program in ("psql", "pg_restore"):
        (tmp_path / program).write_text(f"#!/bin/sh\necho '{version}'\n")
        (tmp_path / program).chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    if taken:
        database_dump.require_restricted()
    else:
        with pytest.raises(InvalidBackupError, match="Update postgresql-client"):
            database_dump.require_restricted()
