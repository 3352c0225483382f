"""A database for each studio under measurement: SQLite in a folder, or PostgreSQL."""

from __future__ import annotations

import getpass
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

Rows = Iterable[Sequence[Any]]
REPEAT = "UPDATE generations_generation SET due_at = {} WHERE status = 'running' AND due_at <= {}"


class SQLite:
    name = "SQLite"

    def __init__(self, folder: Path, like: SQLite | None = None) -> None:
        self.file = folder / "studio.sqlite3"
        self.url = f"sqlite:///{self.file}"
        if like:
            shutil.copy(like.file, self.file)

    def drop(self) -> None:
        self.file.unlink(missing_ok=True)

    def ask(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            return connection.execute(query).fetchall()

    def forget_search(self) -> None:
        """Feed its index no more."""
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute("DROP TRIGGER IF EXISTS generations_search_insert")

    def columns(self, table: str) -> list[str]:
        return [name for (name,) in self.ask(f"SELECT name FROM pragma_table_info('{table}')")]  # noqa: S608

    def repeat(self, seconds: float) -> None:
        """What runs and is due is due again after so many seconds."""
        now = datetime.now(UTC)
        moments = [for_sqlite(now + timedelta(seconds=seconds)), for_sqlite(now)]
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            connection.execute(REPEAT.format("?", "?"), moments)

    def fill(self, table: str, columns: list[str], rows: Rows) -> None:
        """Insert many rows; the indexes are made afterwards, which is far quicker."""
        marks = ", ".join("?" * len(columns))
        names = ", ".join(f'"{name}"' for name in columns)
        with closing(sqlite3.connect(self.file, timeout=30)) as connection, connection:
            indexes = connection.execute(
                "SELECT name, sql FROM sqlite_master"
                " WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                [table],
            ).fetchall()
            for name, _ in indexes:
                connection.execute(f'DROP INDEX "{name}"')
            connection.executemany(
                f'INSERT INTO "{table}" ({names}) VALUES ({marks})',  # noqa: S608 (names of our own)
                (tuple(map(for_sqlite, row)) for row in rows),
            )
            for _, definition in indexes:
                connection.execute(definition)


def for_sqlite(value: Any) -> Any:
    """As Django writes it there."""
    if isinstance(value, UUID):
        return value.hex
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


class PostgreSQL:
    name = "PostgreSQL"

    def __init__(self, server: str, like: PostgreSQL | None = None) -> None:
        self.server = server
        self.database = f"wanstudio_bench_{uuid4().hex[:8]}"
        self.url = urlunsplit(urlsplit(server)._replace(path=f"/{self.database}"))
        self._on_server("CREATE DATABASE {} TEMPLATE {}", like.database if like else "template1")

    def drop(self) -> None:
        self._on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def _on_server(self, command: str, *names: str) -> None:
        identifiers = map(sql.Identifier, [self.database, *names])
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL(command).format(*identifiers))

    def ask(self, query: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def forget_search(self) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute("DROP INDEX IF EXISTS generations_search")

    def columns(self, table: str) -> list[str]:
        found = "SELECT column_name FROM information_schema.columns WHERE table_name = '{}'"
        return [name for (name,) in self.ask(found.format(table))]

    def repeat(self, seconds: float) -> None:
        """What runs and is due is due again after so many seconds."""
        now = datetime.now(UTC)
        with psycopg.connect(self.url) as connection:
            run: Any = connection.execute
            run(REPEAT.format("%s", "%s"), [now + timedelta(seconds=seconds), now])

    def fill(self, table: str, columns: list[str], rows: Rows) -> None:
        """Insert many rows, make the indexes afterwards, and tidy up as autovacuum would."""
        names = ", ".join(f'"{name}"' for name in columns)
        with psycopg.connect(self.url, autocommit=True) as connection:
            run: Any = connection.execute
            indexes = run(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname"
                " NOT IN (SELECT conname FROM pg_constraint)",
                [table],
            ).fetchall()
            run("SET maintenance_work_mem = '512MB'")
            for name, _ in indexes:
                run(f'DROP INDEX "{name}"')
            with (
                connection.cursor() as cursor,
                cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy,
            ):  # type: ignore[arg-type]
                for row in rows:
                    copy.write_row(row)
            for _, definition in indexes:
                run(definition)
            run(f'VACUUM ANALYZE "{table}"')


def postgresql_server() -> str:
    """The address of a PostgreSQL that answers; empty if there is none."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    server = given or f"postgres://{getpass.getuser()}@127.0.0.1:5432/postgres"
    if not server.startswith("postgres"):
        return ""
    try:
        psycopg.connect(server, connect_timeout=2).close()
    except psycopg.Error:
        return ""
    return server


@contextmanager
def database(kind: str, folder: Path, like: Any = None) -> Iterator[SQLite | PostgreSQL]:
    """An empty one, or a copy of the one it is to be like; gone afterwards."""
    made = SQLite(folder, like) if kind == "SQLite" else PostgreSQL(postgresql_server(), like)
    try:
        yield made
    finally:
        made.drop()
