"""Transactions that need not survive a power cut: their commit does not wait for the disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

NORMAL = 1  # of SQLite's levels, of which FULL is 2: no wait at a commit


@contextmanager
def unsynced_transaction() -> Iterator[None]:
    """An atomic block. After a power cut its changes may be missing, but they are never half there.

    Other processes see them at once. For what is counted, claimed or queued again anyway; never for
    what was paid. Inside another transaction it is part of that one, and as durable.

    Sources: https://www.postgresql.org/docs/current/wal-async-commit.html and
    https://sqlite.org/pragma.html#pragma_synchronous (in WAL mode), read on 2026-11-28.
    """
    connection = transaction.get_connection()
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            (level,) = cursor.fetchone()
            cursor.execute(f"PRAGMA synchronous={min(level, NORMAL)}")
            try:
                with transaction.atomic():
                    yield
            finally:
                cursor.execute(f"PRAGMA synchronous={level}")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")
            yield
