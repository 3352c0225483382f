"""The settings of each kind of database."""

from typing import Any

from wanstudio.env import env_bool, env_int

SQLITE = {
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",  # otherwise nine of ten transactions fail under load
        # WAL: readers and the worker do not block each other.
        # FULL: a row that says "sending" must survive a power cut, or the POST could be repeated.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "PRAGMA cache_size=-20000; PRAGMA mmap_size=134217728;",
    },
    # An open connection makes enqueueing ten times faster: SQLite sets its pragmas each time it is
    # opened.
    "CONN_MAX_AGE": 600,
}


def use_postgresql(database: dict[str, Any], *, pool: int | None) -> None:
    """`pool` is the maximum number of connections per process; without it, one per thread."""
    # Each thread of the web process would keep a connection. The worker has few: see the Procfile.
    database["CONN_MAX_AGE"] = env_int("WANSTUDIO_CONN_MAX_AGE", 0)
    database["CONN_HEALTH_CHECKS"] = True
    # A server-side cursor belongs to one session, and each statement may use another session.
    database["DISABLE_SERVER_SIDE_CURSORS"] = env_bool("WANSTUDIO_TRANSACTION_POOLING")
    options = database.setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 5)
    options.setdefault("tcp_user_timeout", 10_000)  # milliseconds until a connection is given up
    # A page needs a connection only for a moment, and opening one takes longer than a query.
    # Threads wait for each other.
    if pool:
        from wanstudio.pooled_connection import PooledConnection  # SQLite needs no psycopg

        options["pool"] = {
            "connection_class": PooledConnection,
            "min_size": 1,
            "max_size": pool,
            "timeout": 10,
            # By default, it tries to reach a server that is gone at growing intervals, up to
            # minutes.
            "reconnect_timeout": 10,
        }
        database["CONN_MAX_AGE"] = 0  # the pool keeps connections open
