"""Connections to PostgreSQL that a pool can check without a question to the server."""

import select
from time import monotonic
from typing import Any

from psycopg import Connection

ASK_AFTER = 30.0  # seconds; a network that drops an idle connection tells nobody


class PooledConnection(Connection[Any]):
    """`ConnectionPool.check_connection` executes an empty query, before each request (psycopg-pool
    3.3). Nothing can be read from a connection that is open and idle; from a closed one, the end.
    """

    asked_at = 0.0

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        if query == "":
            if monotonic() - self.asked_at < ASK_AFTER and not self.can_be_read():
                return self.cursor()
            self.asked_at = monotonic()
        return super().execute(query, *args, **kwargs)

    def can_be_read(self) -> bool:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return bool(poll.poll(0))
