"""A mail server on loopback, which keeps what it is given."""

from __future__ import annotations

import socketserver
import ssl
import threading
from typing import Any


class Handler(socketserver.StreamRequestHandler):
    """As much of SMTP as Python's client speaks. No STARTTLS."""

    def handle(self) -> None:
        self.say("220 ready")
        while words := self.rfile.readline().decode().split():
            verb = words[0].upper()
            if verb == "DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines).decode())  # type: ignore[attr-defined]
            self.say("221 bye" if verb == "QUIT" else "250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.mails: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def __exit__(self, *args: Any) -> None:
        self.shutdown()
        super().__exit__(*args)
