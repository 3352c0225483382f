"""A pool hands out no connection whose server has gone, and asks the server rarely."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from wanstudio.pooled_connection import ASK_AFTER, PooledConnection

ADDRESS = os.environ.get("TEST_DATABASE_URL", "")
pytestmark = [
    pytest.mark.database,
    pytest.mark.skipif("postgres" not in ADDRESS, reason="TEST_DATABASE_URL names no PostgreSQL"),
]


@pytest.fixture
def pool() -> Iterator[ConnectionPool]:
    with ConnectionPool(
        ADDRESS,
        kwargs={"autocommit": True},
        connection_class=PooledConnection,
        check=ConnectionPool.check_connection,
        min_size=1,
        max_size=1,
    ) as pool:
        pool.wait()
        yield pool


def questions(connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is really executed from now on."""
    asked: list[object] = []
    execute = psycopg.Connection.execute

    def noting(self: psycopg.Connection, query: object, *args: object, **kwargs: object) -> object:
        asked.append(query)
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Connection, "execute", noting)
    return asked


def test_an_open_connection_is_asked_once_in_a_while(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pool.connection() as connection:
        asked = questions(connection, monkeypatch)
    for _ in range(3):
        with pool.connection():
            pass
    assert asked == []
    connection.asked_at -= ASK_AFTER
    for _ in range(3):
        with pool.connection():
            pass
    assert asked == [""]


def test_one_that_the_server_closed_is_replaced(pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        gone = connection.info.backend_pid
    with psycopg.connect(ADDRESS, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [gone])
    end = time.monotonic() + 60
    while not connection.can_be_read():
        assert time.monotonic() < end
    with pool.connection() as connection:
        assert connection.info.backend_pid != gone
        assert connection.execute("SELECT 1").fetchone() == (1,)
