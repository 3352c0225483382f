"""The database as one file, and back: with SQLite's own backup, or PostgreSQL's tools."""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg import pq
from psycopg.conninfo import make_conninfo

from .manifest import InvalidBackupError

# The first minor version with the fix for CVE-2025-8714 (2025-08-14), by major version. Later major
# versions all have it.
FIRST_RESTRICTED = {13: 22, 14: 19, 15: 14, 16: 10, 17: 6}


def dump(folder: Path) -> Path:
    """Write the database, as of one moment, into `folder`; returns the file."""
    if connection.vendor == "sqlite":
        return dump_sqlite(folder / "database.sqlite3")
    path = folder / "database.dump"
    postgresql_client("pg_dump", "--format=custom", "--no-owner", f"--file={path}")
    return path


def check_dump(path: Path) -> None:
    """Raise InvalidBackupError for what `load` would refuse. Changes nothing."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(path)) as database:
            require_whole(database)
        return
    require_restricted()
    with tempfile.TemporaryDirectory() as folder:
        run("pg_restore", [f"--file={Path(folder) / 'fill.sql'}", str(path)])


def load(path: Path) -> None:
    """Replace the whole database with the dump."""
    if connection.vendor == "sqlite":
        load_sqlite(path)
    else:
        load_postgresql(path)


def load_postgresql(path: Path) -> None:
    """All or nothing. Existing tables are dropped first: a newer release may have others."""
    with connection.cursor() as cursor:
        tables = map(connection.ops.quote_name, connection.introspection.table_names(cursor))
        drop = "".join(f"DROP TABLE {table} CASCADE;\n" for table in tables)
    connection.close()
    with tempfile.TemporaryDirectory() as folder:
        (empty := Path(folder) / "empty.sql").write_text(drop)
        fill = Path(folder) / "fill.sql"
        options = ("--clean", "--if-exists", "--no-owner")
        run("pg_restore", [*options, f"--file={fill}", str(path)])
        at_once = ("--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1")
        postgresql_client("psql", *at_once, f"--file={empty}", f"--file={fill}")


def dump_sqlite(path: Path) -> Path:
    """By SQLite's online backup: writers go on meanwhile, and no half transaction is copied."""
    connection.ensure_connection()
    try:
        with closing(sqlite3.connect(path)) as copy:
            connection.connection.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            require_whole(copy)
    except sqlite3.Error as error:
        raise InvalidBackupError(f"{path} cannot be written: {error}") from error
    return path


def load_sqlite(path: Path) -> None:
    """Through SQLite too, so that a process which still has the database open sees it change."""
    with closing(sqlite3.connect(path)) as source:
        require_whole(source)
        connection.ensure_connection()
        source.backup(connection.connection)
    connection.close()


def require_whole(database: sqlite3.Connection) -> None:
    try:
        found = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise InvalidBackupError(f"The database is damaged: {found}")


def postgresql_client(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's tools on our database, with every option that Django connects with.

    Everybody on the machine may read the arguments of a process: secrets go another way. These
    tools change their session, which a pooler would then hand to the studio: no table is found.
    """
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        raise InvalidBackupError(
            f"{program} cannot go through a pooler in transaction mode. Set DATABASE_URL to "
            "PostgreSQL itself for this command, and WANSTUDIO_TRANSACTION_POOLING=off."
        )
    given = connection_parameters()
    with tempfile.TemporaryDirectory() as folder:  # for this account alone
        environment = {"PGPASSWORD": given.pop("password")} if "password" in given else {}
        if "sslpassword" in given:  # no variable holds it
            if "service" in given:
                raise InvalidBackupError("Write sslpassword into the service file that you name.")
            service = Path(folder) / "service.conf"
            service.write_text(f"[studio]\nsslpassword={given.pop('sslpassword')}\n")
            environment["PGSERVICEFILE"], given["service"] = str(service), "studio"
        run(program, [f"--dbname={make_conninfo(**given)}", *arguments], environment)


def connection_parameters() -> dict[str, Any]:
    """What Django gives to libpq, by libpq's own names."""
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    wrapper: Any = connection
    given = {
        name: value
        for name, value in wrapper.get_connection_params().items()
        if name in known and value not in (None, "")
    }
    if role := settings.DATABASES["default"].get("OPTIONS", {}).get("assume_role"):
        escaped = role.replace("\\", "\\\\").replace(" ", "\\ ")
        given["options"] = f"{given.get('options', '')} -c role={escaped}".strip()
    return given


def require_restricted() -> None:
    """Raise InvalidBackupError for tools without `\\restrict`: in them, a dump runs commands."""
    for program in ("psql", "pg_restore"):
        version = run(program, ["--version"])
        found = re.search(r"(\d+)(?:\.(\d+))?", version)
        major, minor = (int(number or 0) for number in found.groups()) if found else (0, 0)
        if major <= max(FIRST_RESTRICTED) and minor < FIRST_RESTRICTED.get(major, 1000):
            raise InvalidBackupError(
                f"{version.strip()} runs commands that a dump holds. Update postgresql-client."
            )


def run(program: str, arguments: Sequence[str], environment: Mapping[str, str] = {}) -> str:
    """Run one of PostgreSQL's tools and return its output. Raises InvalidBackupError."""
    found = shutil.which(program)
    if found is None:
        raise InvalidBackupError(
            f"{program} is not here. On Debian and Ubuntu: apt install postgresql-client"
        )
    done = subprocess.run(  # noqa: S603 (PostgreSQL's own tool, by its full path)
        [found, *arguments], env={**os.environ, **environment}, capture_output=True, text=True
    )
    if done.returncode:
        raise InvalidBackupError(f"{program} failed: {done.stderr.strip()[-500:]}")
    return done.stdout
