"""A provider behind an HTTP API: the one POST, the polls, and what each answer proves.

An adapter translates: pure functions and tables. This class decides. What went wrong after
the last byte of a create was handed over is `OutcomeUnknownError`, unless the service itself says
otherwise; before that nothing was accepted.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace
from typing import Any, BinaryIO

import requests
from django.utils.crypto import salted_hmac

from generations.providers.base import OnProgress, Provider, RemoteState, RemoteTask, VideoRequest
from generations.providers.errors import (
    ErrorCode,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RequestRejectedError,
)
from generations.providers.http.classify import ErrorClassifier
from generations.providers.http.client import HTTPClient, milliseconds
from generations.providers.http.deadline import Deadline, Stage
from generations.providers.http.download import Download
from generations.providers.http.error_codes import ALIBABA, ErrorMeaning, passed_on
from generations.providers.http.options import validate_request
from generations.providers.http.response import (
    Json,
    ParsedTask,
    ProviderResponse,
    Said,
    first,
    text,
)
from generations.providers.http.task_answers import (
    NO_ERROR,
    created_ids,
    is_about_another,
    reading_of,
    task_part,
)
from generations.providers.http.task_states import STATES
from generations.providers.http.transport import session
from generations.providers.http.url_policy import URLPolicy, checked_base, joined

log = logging.getLogger("generations.providers")

NO_TASK = "00000000-0000-0000-0000-000000000000"  # an ID that no service assigns


class HTTPProvider(HTTPClient, Provider):
    """Base of the adapters. A subclass sets `label` and `models` and writes five hooks.

    `base_url` may have a path in front. `result_hosts` are the host suffixes videos may come
    from (any public one when empty). Downloads larger than `max_video_bytes` are refused.
    """

    words: dict[str, RemoteState] = STATES
    codes: dict[str, ErrorMeaning] = ALIBABA
    headers: dict[str, str] = {}  # of a create, besides the key

    can_check_key = True

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
        Provider.__init__(self, alias=alias, **numbers)
        HTTPClient.__init__(self, api_key=api_key, base_url=base_url, proxy=proxy)
        self.classifier = ErrorClassifier(alias, self._key, self.words, self.codes)
        self.downloads = Download(
            URLPolicy(self.base_url, result_hosts),
            max_bytes=max_video_bytes,
            proxy=proxy,
            authorization=self._headers()["Authorization"],
        )

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

    # The requests of an adapter. Pure functions: no network, no state.

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

    def read_error(self, body: Json) -> Said:
        """The service's own code and message; ("", "") if the answer carries no error."""
        raise NotImplementedError

    # The three operations.

    def submit(
        self, request: VideoRequest, *, deadline: float, on_progress: OnProgress = None
    ) -> str:
        prepared = self._create(request)
        if time.monotonic() > deadline:
            raise ProviderUnavailableError(detail="not sent: it was too late to begin")
        call = self._sending(prepared, on_progress)
        failure: Exception | None = None
        try:
            # A new connection: one that was kept alive too long looks like a lost response.
            with session() as client:
                answer = self._send(client, prepared, "submit", "", call)
        except Exception as error:  # whatever it is, the request may have left
            failure = error
        if failure:
            raise self.classifier.lost(failure, call)
        return self._accepted(answer, call)

    def poll(self, remote_id: str, model: str) -> RemoteTask:
        answer = self._ask(self.base_url + self.poll_call(remote_id, model), "poll", remote_id)
        said = self._said(answer)
        if self.classifier.is_gone(answer, said):
            return self.classifier.gone(answer, said)
        if not answer.good:
            raise self.classifier.not_available(answer, said)
        return self._task(answer, remote_id)

    def download(
        self, url: str, file: BinaryIO, *, on_chunk: Callable[[], object] | None = None
    ) -> None:
        began, outcome = time.monotonic(), "broken"
        try:
            self.downloads.into(file, url, on_chunk)
            outcome = "complete"
        finally:
            log.info("%s download %s in %d ms", self.alias, outcome, milliseconds(began))

    def check_key(self) -> None:
        """Poll a task that cannot exist: the key is checked before the task is looked for."""
        task = self.poll(NO_TASK, self.models[0].id)
        if not task.confirmed:
            raise ProviderUnavailableError(detail=task.detail)

    # Before sending.

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
                "POST", self.base_url + path, headers=headers, data=content
            ).prepare()
        except RequestRejectedError:
            raise
        except Exception as error:
            problem = f"could not be written: {type(error).__name__}"
        raise RequestRejectedError(ErrorCode.INPUT, problem)

    def fetch(self, path: str, verb: str) -> Json:
        """The JSON object at `path`, for adapters that can list tasks.

        Raises `ProviderUnavailableError`.
        """
        answer = self._ask(self.base_url + path, verb)
        if not answer.good or answer.body is None:
            raise self.classifier.not_available(answer, self._said(answer))
        return answer.body

    # The result of a submit.

    def _accepted(self, answer: ProviderResponse, call: Deadline) -> str:
        body = answer.body or {}
        remote_id, doubtful = created_ids(body, self.read_created(body), answer.request_id)
        if answer.good and remote_id:
            log.info("%s accepted as %s", self.alias, self.classifier.word(remote_id))
            return remote_id
        told = remote_id or doubtful
        error = self.classifier.not_accepted(answer, self._said(answer), told)
        if isinstance(error, OutcomeUnknownError) and call.stage != Stage.SENT and not told:
            # The response came before the request was sent completely, so its sender has not read
            # all of it.
            detail = f"not sent, it failed {call.stage}: {error.detail}"
            raise ProviderUnavailableError(
                ErrorCode.UNREACHABLE, detail, outage=True, provider_data=error.provider_data
            )
        raise error

    # The result of a poll.

    def same_task(self, told: str, asked: str) -> bool:
        """Is the id in an answer the one that was asked for?"""
        return told == asked

    def read_task(self, body: Json, remote_id: str = "") -> ParsedTask:
        """What the answer to a poll about `remote_id` says, in whichever known shape."""
        task = task_part(body, remote_id)
        told = reading_of(task, body, self.read_error)
        address = told.video_url and joined(self.base_url, told.video_url)  # some return a path
        return replace(told, video_url=address, provider_data=self.read_facts(body, task))

    def _task(self, answer: ProviderResponse, remote_id: str) -> RemoteTask:
        reading = self.read_task(answer.body, remote_id) if answer.body else ParsedTask()
        if is_about_another(reading.remote_ids, remote_id, self.same_task):
            log.warning(
                "%s answered about another task than %s",
                self.alias,
                self.classifier.word(remote_id),
            )
            facts = self.classifier.facts(answer)
            detail = "the answer was about another task"
            raise ProviderUnavailableError(detail=detail, provider_data=facts, wrong_task=True)
        if not reading.word and not reading.video_url:
            raise self.classifier.not_available(answer, self._said(answer))
        return self.classifier.task(answer, reading)

    def _said(self, answer: ProviderResponse) -> Said:
        """The service's code and message, from where its adapter or else gateways put them."""
        if not answer.body:
            return "", ""
        code, message = self.read_error(answer.body)
        # As in `{"code": 402, "msg": "Insufficient credits"}`.
        bare = (text(answer.body, name) for name in ("msg", "error_msg", "errmsg"))
        code, message = passed_on(code or text(answer.body, "code"), message or first(*bare))
        return ("", "") if code.lower() in NO_ERROR else (code, message)
