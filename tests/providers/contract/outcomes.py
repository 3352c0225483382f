"""What an answer to a create proves, and what its absence does."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable

import pytest

from generations.providers.errors import (
    AccountRejectedError,
    ErrorCode,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RequestRejectedError,
)
from tests.providers.contract.base import (
    ENDLESS,
    HTML,
    LONG,
    OK,
    Contract,
    assert_no_key,
    closed_port,
    cut_short,
    stranger,
)
from tests.providers.server import Server, answer, drip, hang, raw, reset, truncate

# What happens to a create, and what that proves.
SUBMIT = {
    "read timeout": (hang, OutcomeUnknownError),
    "cut after sending": (truncate, OutcomeUnknownError),
    "reset after sending": (reset, OutcomeUnknownError),
    "garbage": (raw(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), OutcomeUnknownError),
    "cut body": (
        raw(OK + b'Content-Length: 1000\r\n\r\n{"output": {"task_id'),
        OutcomeUnknownError,
    ),
    "truncated JSON": (answer(200, b'{"output": {"task_id": "1'), OutcomeUnknownError),
    "headers drip": (drip(OK + b"X-A: "), OutcomeUnknownError),
    "body drips": (drip(OK + b"Content-Length: 900\r\n\r\n"), OutcomeUnknownError),
    "body without length drips": (drip(OK + b"\r\n", b" "), OutcomeUnknownError),
    "HTML with 200": (answer(200, HTML), OutcomeUnknownError),
    "empty with 200": (answer(200), OutcomeUnknownError),
    "no content": (answer(204), OutcomeUnknownError),
    "a list with 200": (answer(200, [1, 2]), OutcomeUnknownError),
    "no id and no error": (answer(200, {"request_id": "1"}), OutcomeUnknownError),
    "ten megabytes of JSON": (answer(200, LONG), OutcomeUnknownError),
    "bottomless JSON": (answer(200, b"[" * 500_000), OutcomeUnknownError),
    "invalid UTF-8": (answer(200, b'{"task_id": "\xff\xfe"}'), OutcomeUnknownError),
    "redirect": (answer(307, headers={"Location": "http://127.0.0.1:1/"}), OutcomeUnknownError),
    "408": (answer(408, {"message": "timed out"}), OutcomeUnknownError),
    "500 without a body": (answer(500), OutcomeUnknownError),
    "502 in HTML": (answer(502, HTML), OutcomeUnknownError),
    "503 in HTML": (answer(503, HTML), OutcomeUnknownError),
    "504": (answer(504, b""), OutcomeUnknownError),
    "400 in HTML": (answer(400, HTML), OutcomeUnknownError),
    "413 in HTML": (answer(413, HTML), RequestRejectedError),
    "429 without a body": (answer(429), ProviderUnavailableError),
    "401": (answer(401), AccountRejectedError),
    "402": (answer(402), AccountRejectedError),
    "403": (answer(403), RequestRejectedError),
    "403 in HTML": (answer(403, HTML), RequestRejectedError),
    "405 in HTML": (answer(405, HTML), RequestRejectedError),
    "407": (answer(407), AccountRejectedError),
    "520 in HTML": (answer(520, HTML), OutcomeUnknownError),
    "521 in HTML": (answer(521, HTML), ProviderUnavailableError),
    "521 in JSON": (answer(521, {"message": "passed on"}), OutcomeUnknownError),
    "522 in HTML": (answer(522, HTML), OutcomeUnknownError),
    "404": (answer(404), AccountRejectedError),
}
QUOTED = json.dumps({"code": "Arrearage", "message": "not in good standing"})
# As the software of relays and gateways says it, whatever protocol it speaks otherwise.
SUBMIT |= {
    "a relay without a channel": (
        answer(503, {"error": {"message": "模型 wan 无可用渠道", "code": "model_not_found"}}),
        ProviderUnavailableError,
    ),
    "no valid channel": (
        answer(500, {"error": {"message": "no_valid_channel_error", "type": "api"}}),
        ProviderUnavailableError,
    ),
    "a model that is not there": (
        answer(404, {"error": {"message": "no such model", "code": "model_not_found"}}),
        AccountRejectedError,
    ),
    "a refusal in a message": (
        answer(400, {"code": "fail_to_fetch_task", "message": QUOTED}),
        AccountRejectedError,
    ),
    "a refusal in an error's message": (
        answer(400, {"error": {"code": "fail_to_fetch_task", "message": QUOTED}}),
        AccountRejectedError,
    ),
    "402 in the body of a 200": (
        answer(200, {"code": 402, "msg": "Insufficient credits"}),
        AccountRejectedError,
    ),
}


class OutcomeContract(Contract):
    @pytest.mark.parametrize("what", SUBMIT)
    def test_what_happens_to_a_create(
        self,
        server: Server,
        log: pytest.LogCaptureFixture,
        expire_deadlines: Callable[[], None],
        what: str,
    ) -> None:
        step, expected = SUBMIT[what]
        server.then(cut_short(step, expire_deadlines) if what in ENDLESS else step)
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is expected
        assert len(server.posts) == len(server.seen) == 1
        assert_no_key(error, log)

    def test_a_refused_connection_was_never_sent(self) -> None:
        error = self.failure(lambda: self.submit(self.make(closed_port())))
        assert type(error) is ProviderUnavailableError and error.outage

    def test_an_unknown_host_was_never_sent(self) -> None:
        error = self.failure(lambda: self.submit(self.make("http://nowhere.invalid")))
        assert type(error) is ProviderUnavailableError and error.outage

    def test_a_connection_that_takes_too_long_was_never_sent(self) -> None:
        with _full_house() as url:
            provider = self.make(url)
            provider.connect_seconds = 0.2
            error = self.failure(lambda: self.submit(provider))
        assert type(error) is ProviderUnavailableError and error.outage

    def test_a_refused_certificate_was_never_sent(self) -> None:
        with Server(context=stranger()) as server:
            error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is ProviderUnavailableError and error.outage
        assert not server.seen

    def test_an_unfinished_handshake_was_never_sent(self, server: Server) -> None:
        server.greet = raw(b"HTTP/1.1 400 plain text here\r\n\r\n")
        url = server.url.replace("http:", "https:")
        error = self.failure(lambda: self.submit(self.make(url)))
        assert type(error) is ProviderUnavailableError and error.outage

    def test_a_reset_before_reading_proves_nothing(self, server: Server) -> None:
        server.greet = reset_unread
        assert type(self.failure(lambda: self.submit(self.make(server.url)))) is OutcomeUnknownError

    def test_the_services_own_refusal_is_a_refusal(self, server: Server) -> None:
        server.then(self.told("refused"))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is RequestRejectedError
        assert error.code == self.refused_code
        assert error.provider_data["answer"] == self.recorded("refused")["body"]

    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
    def test_a_server_error_proves_nothing_even_with_an_error_body(
        self, server: Server, status: int
    ) -> None:
        server.then(self.told("refused", status=status))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is OutcomeUnknownError

    def test_too_fast_is_not_now(self, server: Server) -> None:
        server.then(self.told("throttled", headers={"Retry-After": "7"}))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is ProviderUnavailableError
        assert (error.code, error.retry_after, error.outage) == (ErrorCode.RATE, 7, False)

    @pytest.mark.parametrize(
        ("told", "waits"),
        [("-5", None), ("soon", None), ("999999", 600), ("0", 0), ("", None)]
        + [("Sun, 06 Nov 1994 08:49:37 GMT", None), ("Fri, 31 Dec 2999 23:59:59 GMT", 600)],
    )
    def test_retry_after_in_any_form(self, server: Server, told: str, waits: float | None) -> None:
        server.then(self.told("throttled", headers={"Retry-After": told}))
        error = self.failure(lambda: self.submit(self.make(server.url)))
        assert type(error) is ProviderUnavailableError
        assert error.retry_after == waits


def reset_unread(sock: socket.socket) -> None:
    """Wait for the whole request, and close with an RST in place of reading it."""
    sock.settimeout(20)
    while not sock.recv(65_536, socket.MSG_PEEK).endswith(b"}"):
        time.sleep(0.01)
    reset(sock)


class _full_house:
    """A port whose queue of connections is full: the next one hangs."""

    def __enter__(self) -> str:
        self.sockets = [socket.create_server(("127.0.0.1", 0), backlog=0)]
        where = self.sockets[0].getsockname()
        for _ in range(3):
            guest = socket.socket()
            guest.setblocking(False)
            guest.connect_ex(where)
            self.sockets.append(guest)
        time.sleep(0.05)
        return f"http://127.0.0.1:{where[1]}"

    def __exit__(self, *_: object) -> None:
        for sock in self.sockets:
            sock.close()
