"""How gunicorn serves the studio. Threads, since a video that plays holds one."""

from pathlib import Path
from typing import Any

from wanstudio.env import env_int, env_str, read_env_file

read_env_file(Path(__file__).resolve().parent.parent / env_str("WANSTUDIO_ENV_FILE", ".env"))

host = env_str("HOST", "127.0.0.1")
bind = f"[{host}]:{env_int('PORT', 8000)}" if ":" in host else f"{host}:{env_int('PORT', 8000)}"
workers = env_int("WEB_CONCURRENCY", 2, least=1)
worker_class = "gthread"
# A thread begins when it is needed. As many as people watch at once fit into one process, since
# nothing shares new connections out evenly: at 64, all of one could play while the other idled.
threads = env_int("WEB_THREADS", 128, least=1)
worker_connections = 1000
# A page is done in a moment, and a player asks again for the rest of its video.
graceful_timeout = 3
timeout = 60
keepalive = 5
control_socket_disable = True
# PostgreSQL connections that each process shares among its threads; 0 opens one per request.
raw_env = [f"WANSTUDIO_POOL={env_int('WANSTUDIO_POOL', 16)}"]
proc_name = "wanstudio"
# The studio writes one line per request itself, without the query string.
accesslog = None
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Say where the studio is; once, from the first process that can serve it."""
    if worker.age == 1:
        print(f"WAN Studio is at http://{bind}", flush=True)
        announce_setup()


def announce_setup() -> None:
    """Print the token that `/setup/` wants as long as strangers could make the first account."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import DatabaseError, connection

    try:
        if settings.WANSTUDIO_BEYOND_LOOPBACK and not get_user_model().objects.exists():
            print(f"Set-up token: {settings.WANSTUDIO_SETUP_TOKEN}", flush=True)
    except DatabaseError as error:
        print(f"The database does not answer: {type(error).__name__}", flush=True)
    finally:
        connection.close()
