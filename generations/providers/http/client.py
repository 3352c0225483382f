"""Calls to a service: with its key, within a deadline, one line in the log for each."""

import logging
import os
import time

import requests

from generations.providers.base import OnProgress
from generations.providers.errors import ProviderUnavailableError
from generations.providers.http.classify import ErrorClassifier
from generations.providers.http.deadline import CONNECT_SECONDS, Deadline
from generations.providers.http.download import MAX_REDIRECTS, REDIRECTS
from generations.providers.http.response import ProviderResponse, read
from generations.providers.http.transport import (
    checked_key,
    described,
    proxies,
    proxy_for,
    session,
)
from generations.providers.http.url_policy import checked_base, joined, origin

log = logging.getLogger("generations.providers")


class HTTPClient:
    """The calls of one account. A subclass sets `alias` and `classifier`."""

    alias: str
    classifier: ErrorClassifier

    connect_seconds = CONNECT_SECONDS
    # A create may take 10 s plus the time for its bytes at 50 kB/s to be sent. Then the response is
    # awaited.
    send_seconds = 10.0
    slowest_upload = 50_000.0  # bytes a second
    submit_seconds = 30.0
    poll_seconds = 15.0
    connections = 64  # kept alive for polls from this many threads

    def __init__(self, *, api_key: str, base_url: str, proxy: str = "") -> None:
        self._key = checked_key(api_key)
        self.base_url = checked_base(base_url)
        self.proxy = proxy
        self._polling: tuple[int, requests.Session] | None = None

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._key}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "wan-studio",
        }

    def _client(self) -> requests.Session:
        """The session for polls: pooled, for any number of threads, never shared with a fork."""
        if self._polling is None or self._polling[0] != os.getpid():
            self._polling = os.getpid(), session(self.connections)
        return self._polling[1]

    def _sending(self, request: requests.PreparedRequest, on_progress: OnProgress) -> Deadline:
        return Deadline(
            self.send_seconds + int(request.headers["Content-Length"]) / self.slowest_upload,
            connect_seconds=self.connect_seconds,
            answer_seconds=self.submit_seconds,
            on_progress=on_progress,
        )

    def _ask(self, url: str, verb: str, remote_id: str = "") -> ProviderResponse:
        """The answer to a GET, by way of redirects on the service's own origin.

        The key goes along, and so to no other. Raises `ProviderUnavailableError`.
        """
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._get(url, verb, remote_id)
            target = joined(url, answer.headers.get("location", ""))
            if answer.status not in REDIRECTS or origin(target) != origin(self.base_url):
                return answer
            url = target
        raise ProviderUnavailableError(detail="too many redirects")

    def _get(self, url: str, verb: str, remote_id: str) -> ProviderResponse:
        failure: Exception | None = None
        try:
            request = requests.Request("GET", url, headers=self._headers()).prepare()
            call = Deadline(self.poll_seconds, connect_seconds=self.connect_seconds)
            return self._send(self._client(), request, verb, remote_id, call)
        except Exception as error:
            failure = error
        raise ProviderUnavailableError(
            detail=self.classifier.clean(described(failure)), outage=True
        )

    def _send(
        self,
        client: requests.Session,
        request: requests.PreparedRequest,
        verb: str,
        remote_id: str,
        call: Deadline,
    ) -> ProviderResponse:
        began, status = time.monotonic(), "no answer"
        answer: ProviderResponse | None = None
        try:
            with (
                call,
                client.send(
                    request,
                    stream=True,
                    allow_redirects=False,
                    timeout=max(call.remaining, call.answer_seconds or 0),
                    proxies=proxies(proxy_for(request.url or "", self.proxy)),
                ) as response,
            ):
                status = str(response.status_code)
                answer = read(response)
            return answer
        finally:
            request_id = self.classifier.request_id(answer) if answer else ""
            # Most calls are polls. A successful poll is not logged.
            level = logging.DEBUG if verb == "poll" and status.startswith("2") else logging.INFO
            line = f"{self.alias} {verb} {status} in {milliseconds(began)} ms"
            task = self.classifier.word(remote_id) or "-"
            log.log(level, "%s, task %s, request %s", line, task, request_id or "-")


def milliseconds(began: float) -> int:
    return round(1000 * (time.monotonic() - began))
