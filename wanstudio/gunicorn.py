"""How gunicorn serves the studio. It uses threads, because a playing video occupies one."""

import gc
import logging
import re
import socket
import struct
import sys
from contextlib import suppress
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from wanstudio.listening import announcement, url_host
from wanstudio.logs import one_line
from wanstudio.reloading import read_settings

# The cause. A part of the request follows in quotation marks: a header, or words of a prompt.
INVALID_REQUEST = re.compile(r"(Invalid request from ip=[^ ]*: [^'\"]*).*", re.DOTALL)

# An invalid setting ends the start here with "Error:" and a sentence.
settings = read_settings()


def write_error(sock: socket.socket, status: int, reason: str, message: str) -> None:
    """A request that cannot be parsed is answered without Django, as text without any of it."""
    body = f"{status} {reason}\n"
    head = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": len(body),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Connection": "close",
    }
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in head.items())]
    util.write_nonblock(sock, "\r\n".join([*lines, "", body]).encode())


util.write_error = write_error


class Worker(ThreadWorker):
    """Waits for a client to close in the thread of that client.

    gunicorn 27.0 waits up to 2 s for it in the loop that accepts all the others.
    """

    def handle(self, conn: TConn) -> Any:
        goes_on = super().handle(conn)
        if not goes_on:
            with suppress(OSError):  # already closed
                util.close_graceful(conn.sock.dup())
                conn.sock.shutdown(socket.SHUT_RDWR)  # do not wait for the client
        return goes_on


host, port = settings.WANSTUDIO_HOST, settings.WANSTUDIO_PORT
bind = f"{url_host(host)}:{port}"
workers = settings.WEB_CONCURRENCY
worker_class = Worker
threads = settings.WEB_THREADS
worker_connections = 1000
# A page is finished in a moment, and a player requests the rest of its video again.
graceful_timeout = 3
timeout = 60
# `/?prompt=` with 800 Chinese characters has 7,200. nginx has this limit too, by default.
limit_request_line = 8190
keepalive = 12  # seconds: a page on which all videos wait polls every ten
silence = 30  # seconds without data during a request, until its thread is released
control_socket_disable = True
forwarder_headers = ""  # no proxy can move the studio to a path: it needs its own host
raw_env = [
    # PostgreSQL connections that each process shares among its threads; 0 opens one per request.
    f"WANSTUDIO_POOL={16 if settings.WANSTUDIO_POOL is None else settings.WANSTUDIO_POOL}",
    # Workers start with the settings that were read here. A worker that restarts later does not
    # read a half-edited file.
    "WANSTUDIO_ENV_FILE=none",
]
proc_name = "wanstudio"
# The studio logs one line per request itself, without the query string.
accesslog = None
loglevel = "warning"
in_json = settings.LOG_FORMAT == "json"
if in_json:
    logconfig_dict = {
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "wanstudio.logs.JSONFormatter"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {},
        "loggers": {"gunicorn.error": {"handlers": ["console"], "level": "WARNING"}},
    }


def when_ready(server: Any) -> None:
    prepare_listeners(server)
    log = logging.getLogger("gunicorn.error")
    log.addFilter(is_news)
    log.addFilter(without_secrets)
    read_again_at_reload()


def on_reload(server: Any) -> None:
    """HUP: this module, and with it the settings, was read again."""
    prepare_listeners(server)
    read_again_at_reload()


def read_again_at_reload() -> None:
    """gunicorn imports this module at each reload, which does nothing while it is known."""
    sys.modules.pop(__name__, None)


def prepare_listeners(server: Any) -> None:
    """Give every connection its limits: accepted sockets inherit those of the listener.

    A connection that says nothing waits in the kernel, and one that stops in the middle of a
    request is closed: gunicorn waits for the first byte in a thread, and for the rest for ever.
    """
    for listener in server.LISTENERS:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", silence, 0))
        if hasattr(socket, "TCP_DEFER_ACCEPT"):  # Linux
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, silence)


def is_news(record: logging.LogRecord) -> bool:
    """False for the traceback of a connection that was silent for too long."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))


def without_secrets(record: logging.LogRecord) -> bool:
    """Mask the log of gunicorn, which contains whole URLs, and parts of invalid requests."""
    record.msg, record.args = one_line(INVALID_REQUEST.sub(r"\1", record.getMessage())), None
    return True


def post_worker_init(worker: Any) -> None:
    """Announce the URL of the studio; once, from the first process that can serve it."""
    gc.freeze()  # what was imported stays: no collection need look through all of it again
    if worker.age == 1:
        for line in announcement(host, port, settings.NAMED_HOSTS):
            say(line)
        announce_setup()


def say(text: str) -> None:
    """Print a line for the person who started it; with JSON logs, log an event."""
    if in_json:
        logging.getLogger("wanstudio").info(text)
    else:
        print(text, flush=True)


def announce_setup() -> None:
    """Print the token for `/setup/` while strangers could create the first account."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import DatabaseError, connection

    try:
        if settings.WANSTUDIO_BEYOND_LOOPBACK and not get_user_model().objects.exists():
            say(f"Set-up token: {settings.WANSTUDIO_SETUP_TOKEN}")
    except DatabaseError as error:
        say(f"The database does not answer: {type(error).__name__}")
    finally:
        connection.close()
