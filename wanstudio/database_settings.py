"""How each kind of database is used."""

from typing import Any

from wanstudio.env import env_bool, env_int

SQLITE = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    # FULL: a row that says "sending" must survive a power cut, or the POST could be repeated.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
    "PRAGMA cache_size=-20000; PRAGMA mmap_size=134217728;",
}


def use_sqlite(database: dict[str, Any]) -> None:
    # An open connection makes ringing ten times faster: SQLite reads its settings at each opening.
    database |= {"OPTIONS": SQLITE, "CONN_MAX_AGE": 600}


def use_postgresql(database: dict[str, Any], *, pool: int | None) -> None:
    """`pool` is the most connections of a process; without it, each thread opens its own."""
    # Each web thread would keep a connection of its own. The worker's few may: see the Procfile.
    database["CONN_MAX_AGE"] = env_int("WANSTUDIO_CONN_MAX_AGE", 0)
    database["CONN_HEALTH_CHECKS"] = True
    # A cursor of the server lives in one of its sessions, and each statement may get another one.
    database["DISABLE_SERVER_SIDE_CURSORS"] = env_bool("WANSTUDIO_TRANSACTION_POOLING")
    options = database.setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 5)
    options.setdefault("tcp_user_timeout", 10_000)  # milliseconds until a server is given up
    # A page needs one for a moment: opening it took longer than asking. Threads wait in turn.
    if pool:
        options["pool"] = {
            "min_size": 1,
            "max_size": pool,
            "timeout": 10,
            # Left to itself, it asks a server that went away ever more rarely, for minutes.
            "reconnect_timeout": 10,
        }
        database["CONN_MAX_AGE"] = 0  # the pool keeps them
