"""A provider behind an HTTP API: the one POST, the polls, and what each answer proves.

An adapter translates: pure functions and tables. This class decides. What went wrong after
the last byte of a create was handed over is `OutcomeUnknownError`, unless the service itself says
otherwise; before that nothing was accepted.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace
from typing import Any, BinaryIO

import requests
from django.utils.crypto import salted_hmac

from generations.providers.base import (
    ErrorCode,
    OnProgress,
    OutcomeUnknownError,
    Provider,
    ProviderUnavailableError,
    RemoteState,
    RemoteTask,
    RequestRejectedError,
    VideoRequest,
)
from generations.providers.http.classify import ErrorClassifier
from generations.providers.http.deadline import CONNECT_SECONDS, Deadline, Stage
from generations.providers.http.download import MAX_REDIRECTS, REDIRECTS, Download
from generations.providers.http.error_codes import ALIBABA, ErrorMeaning, as_gateways_write
from generations.providers.http.options import validate_request
from generations.providers.http.response import Json, ParsedTask, ProviderResponse, read
from generations.providers.http.task_answers import (
    NO_ERROR,
    created_ids,
    is_about_another,
    reading_of,
    task_part,
)
from generations.providers.http.task_states import STATES
from generations.providers.http.transport import (
    checked_key,
    described,
    proxies,
    proxy_for,
    session,
)
from generations.providers.http.url_policy import URLPolicy, checked_base, joined, origin

log = logging.getLogger("generations.providers")


NO_TASK = "00000000-0000-0000-0000-000000000000"  # an ID that no service gives


class HTTPProvider(Provider):
    """Base of the adapters. A subclass sets `label` and `models` and writes five hooks.

    `base_url` may have a path in front. `result_hosts` are the host suffixes videos may come
    from (any public one when empty). Downloads larger than `max_video_bytes` are refused.
    """

    words: dict[str, RemoteState] = STATES
    codes: dict[str, ErrorMeaning] = ALIBABA
    headers: dict[str, str] = {}  # for the create alone, besides the key

    can_check_key = True
    connect_seconds = CONNECT_SECONDS
    # A create is sent within 10 s and as long as 50 kB/s take; then its answer is awaited.
    send_seconds = 10.0
    slowest_upload = 50_000.0  # bytes a second
    submit_seconds = 30.0
    poll_seconds = 15.0
    connections = 64  # kept alive for polls from as many threads

    def __init__(
        self,
        *,
        alias: str,
        api_key: str,
        base_url: str,
        result_hosts: Iterable[str] = (),
        max_video_bytes: int = 500_000_000,
        proxy: str = "",
        **numbers: Any,
    ) -> None:
        super().__init__(alias=alias, **numbers)
        self._key = checked_key(api_key)
        self.judge = ErrorClassifier(alias, self._key, self.words, self.codes)
        self.base_url = checked_base(base_url)
        self.proxy = proxy
        self.downloads = Download(
            URLPolicy(self.base_url, result_hosts),
            max_bytes=max_video_bytes,
            proxy=proxy,
            authorization=self._headers()["Authorization"],
        )
        self._polling: tuple[int, requests.Session] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.alias}>"

    @property
    def endpoint(self) -> str:
        return self.base_url

    @property
    def credentials_hash(self) -> str:
        text = f"{self.base_url}\n{self._key}"
        return salted_hmac("credentials_hash", text, algorithm="sha256").hexdigest()

    def at(self, base_url: str) -> Provider:
        other = copy(self)
        other.base_url, other._polling = checked_base(base_url), None
        return other

    # What an adapter writes. Pure: no network, no state.

    def create_call(self, request: VideoRequest) -> tuple[str, Json]:
        """Path and body of the create. `request` has been checked against its model."""
        raise NotImplementedError

    def poll_call(self, remote_id: str, model: str) -> str:
        """Path of the poll, with `quoted(remote_id)` in it."""
        raise NotImplementedError

    def read_created(self, body: Json) -> str:
        """The remote id where this service's answer to a create has it, or ""."""
        raise NotImplementedError

    def read_facts(self, body: Json, task: Json) -> Json:
        """What the answer to a poll tells beyond the state; `task` is its part about the task."""
        raise NotImplementedError

    def read_error(self, body: Json) -> tuple[str, str]:
        """The service's own code and message; ("", "") if the answer carries no error."""
        raise NotImplementedError

    # The three verbs.

    def submit(
        self, request: VideoRequest, *, deadline: float, on_progress: OnProgress = None
    ) -> str:
        prepared = self._create(request)
        if time.monotonic() > deadline:
            raise ProviderUnavailableError(detail="not sent: it was too late to begin")
        call = self._sending(prepared, on_progress)
        failure: Exception | None = None
        try:
            # A connection of its own: one kept alive too long looks like a lost answer.
            with session() as client:
                answer = self._send(client, prepared, "submit", "", call)
        except Exception as error:  # whatever it is, the request may have left
            failure = error
        if failure:
            raise self.judge.lost(failure, call)
        return self._accepted(answer, call)

    def poll(self, remote_id: str, model: str) -> RemoteTask:
        answer = self._ask(self._url(self.poll_call(remote_id, model)), "poll", remote_id)
        said = self._said(answer)
        if self.judge.is_gone(answer, said):
            return self.judge.gone(answer, said)
        if not answer.good:
            raise self.judge.not_now(answer, said)
        return self._task(answer, remote_id)

    def download(
        self, url: str, file: BinaryIO, *, on_chunk: Callable[[], object] | None = None
    ) -> None:
        began, outcome = time.monotonic(), "broken"
        try:
            self.downloads.into(file, url, on_chunk)
            outcome = "complete"
        finally:
            log.info("%s download %s in %d ms", self.alias, outcome, _milliseconds(began))

    def check_key(self) -> None:
        """Poll a task that cannot exist: the key is checked before the task is looked for."""
        task = self.poll(NO_TASK, self.models[0].id)
        if not task.confirmed:
            raise ProviderUnavailableError(detail=task.detail)

    # On the way out.

    def _create(self, request: VideoRequest) -> requests.PreparedRequest:
        """The whole call, ready to send. What fails here is ours, and nothing was sent."""
        problem = ""
        try:
            validate_request(self.model(request.model), request)
            path, body = self.create_call(request)
            content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            headers = self._headers() | self.headers | {"Connection": "close"}
            headers["Content-Type"] = "application/json"
            return requests.Request(
                "POST", self._url(path), headers=headers, data=content
            ).prepare()
        except RequestRejectedError:
            raise
        except Exception as error:
            problem = f"could not be written: {type(error).__name__}"
        raise RequestRejectedError(ErrorCode.INPUT, problem)

    def _sending(self, request: requests.PreparedRequest, on_progress: OnProgress) -> Deadline:
        return Deadline(
            self.send_seconds + int(request.headers["Content-Length"]) / self.slowest_upload,
            connect_seconds=self.connect_seconds,
            answer_seconds=self.submit_seconds,
            on_progress=on_progress,
        )

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._key}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "wan-studio",
        }

    def _url(self, path: str) -> str:
        return self.base_url + path

    def _client(self) -> requests.Session:
        """The session for polls: pooled, for any number of threads, never across a fork."""
        if self._polling is None or self._polling[0] != os.getpid():
            self._polling = os.getpid(), session(self.connections)
        return self._polling[1]

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
        raise ProviderUnavailableError(detail=self.judge.clean(described(failure)), outage=True)

    def fetch(self, path: str, verb: str) -> Json:
        """The JSON object at `path`, for adapters that can list tasks.

        Raises `ProviderUnavailableError`.
        """
        answer = self._ask(self._url(path), verb)
        if not answer.good or answer.body is None:
            raise self.judge.not_now(answer, self._said(answer))
        return answer.body

    def _send(
        self,
        client: requests.Session,
        request: requests.PreparedRequest,
        verb: str,
        remote_id: str,
        call: Deadline,
    ) -> ProviderResponse:
        began = time.monotonic()
        status, request_id = "no answer", ""
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
            request_id = self.judge.request_id(answer)
            return answer
        finally:
            # Polls are most of all calls, and one that was answered is no news.
            log.log(
                logging.DEBUG if verb == "poll" and status.startswith("2") else logging.INFO,
                "%s %s %s in %d ms, task %s, request %s",
                self.alias,
                verb,
                status,
                _milliseconds(began),
                self.judge.word(remote_id) or "-",
                request_id or "-",
            )

    # What the answer to a submit proves.

    def _accepted(self, answer: ProviderResponse, call: Deadline) -> str:
        body = answer.body or {}
        remote_id, doubtful = created_ids(body, self.read_created(body), answer.request_id)
        if answer.good and remote_id:
            log.info("%s accepted as %s", self.alias, self.judge.word(remote_id))
            return remote_id
        told = remote_id or doubtful
        error = self.judge.not_accepted(answer, self._said(answer), told)
        if isinstance(error, OutcomeUnknownError) and call.stage != Stage.SENT and not told:
            # It was answered before its end had left: whoever did has not read it.
            detail = f"not sent, it failed {call.stage}: {error.detail}"
            raise ProviderUnavailableError(
                ErrorCode.UNREACHABLE, detail, outage=True, provider_data=error.provider_data
            )
        raise error

    # What the answer to a poll says.

    def same_task(self, told: str, asked: str) -> bool:
        """Is the id in an answer the one that was asked for?"""
        return told == asked

    def read_task(self, body: Json, remote_id: str = "") -> ParsedTask:
        """What the answer to a poll about `remote_id` says, in whichever known shape."""
        task = task_part(body, remote_id)
        told = reading_of(task, body, self.read_error)
        address = told.video_url and joined(self.base_url, told.video_url)  # some tell a path
        return replace(told, video_url=address, provider_data=self.read_facts(body, task))

    def _task(self, answer: ProviderResponse, remote_id: str) -> RemoteTask:
        reading = self.read_task(answer.body, remote_id) if answer.body else ParsedTask()
        if is_about_another(reading.remote_ids, remote_id, self.same_task):
            log.warning(
                "%s answered about another task than %s", self.alias, self.judge.word(remote_id)
            )
            facts = self.judge.facts(answer)
            detail = "the answer was about another task"
            raise ProviderUnavailableError(detail=detail, provider_data=facts, wrong_task=True)
        if not reading.word and not reading.video_url:
            raise self.judge.not_now(answer, self._said(answer))
        return self.judge.task(answer, reading)

    def _said(self, answer: ProviderResponse) -> tuple[str, str]:
        """The service's code and message, from where its adapter or else gateways put them."""
        if not answer.body:
            return "", ""
        code, message = as_gateways_write(answer.body, *self.read_error(answer.body))
        return ("", "") if code.lower() in NO_ERROR else (code, message)


def _milliseconds(began: float) -> int:
    return round(1000 * (time.monotonic() - began))
