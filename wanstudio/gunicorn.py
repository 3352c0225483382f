"""How gunicorn serves the studio. Threads, since a video that plays holds one."""

from pathlib import Path

from wanstudio.env import env_int, env_str, read_env_file

read_env_file(Path(__file__).resolve().parent.parent / env_str("WANSTUDIO_ENV_FILE", ".env"))

bind = f"{env_str('HOST', '127.0.0.1')}:{env_int('PORT', 8000)}"
workers = env_int("WEB_CONCURRENCY", 2, least=1)
worker_class = "gthread"
threads = env_int("WEB_THREADS", 64, least=1)
worker_connections = 1000
# A page is done in a moment, and a player asks again for the rest of its video.
graceful_timeout = 3
timeout = 60
keepalive = 5
control_socket_disable = True
proc_name = "wanstudio"
# The studio writes one line per request itself, without the query string.
accesslog = None
loglevel = "warning"
