"""A provider behind an HTTP API: the one POST, the polls, and what each answer proves.

An adapter translates: pure functions and tables. This class decides. What went wrong after
the first byte may have left is `OutcomeUnknown`, unless the service itself says otherwise.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

import requests

from generations.providers.addresses import Guard
from generations.providers.answers import MAX_ANSWER, Answer, Json, Reading, loggable, parsed, text
from generations.providers.base import (
    AccountRefused,
    ErrorCode,
    OutcomeUnknown,
    Provider,
    ProviderError,
    Refused,
    RemoteState,
    RemoteTask,
    Unavailable,
    VideoModel,
    VideoRequest,
)
from generations.providers.codes import (
    ALIBABA,
    STATUSES,
    Kind,
    Meaning,
    code_from_words,
    meaning_of,
)
from generations.providers.download import Download
from generations.providers.redaction import redacted, redacted_json, without
from generations.providers.transport import Call, innermost, never_sent, proxies, proxy_for, session

log = logging.getLogger("generations.providers")

LONGEST_ID = 255
# Codes by which some gateways say that all is well.
NO_ERROR = ("0", "200", "ok", "success")
# The texts of the person, told back. They prove which task is whose, so they stay as they are.
PROMPTS = ("orig_prompt", "actual_prompt")


class HTTPProvider(Provider):
    """Base of the adapters. A subclass sets `label`, `models`, `words` and writes five hooks.

    `base_url` may have a path in front. `result_hosts` are the host suffixes videos may come
    from (any public one when empty). Downloads larger than `max_video_bytes` are refused.
    """

    words: dict[str, RemoteState] = {}
    codes: dict[str, Meaning] = ALIBABA
    headers: dict[str, str] = {}  # for the create alone, besides the key

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
        self._key = _checked_key(api_key)
        self.base_url = _checked_base(base_url)
        self.proxy = proxy
        self.downloads = Download(
            Guard(self.base_url, result_hosts), max_bytes=max_video_bytes, proxy=proxy
        )
        self._polling: tuple[int, requests.Session] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.alias}>"

    @property
    def endpoint(self) -> str:
        return self.base_url

    # What an adapter writes. Pure: no network, no state.

    def create_call(self, request: VideoRequest) -> tuple[str, Json]:
        """Path and body of the create. `request` has been checked against its model."""
        raise NotImplementedError

    def poll_call(self, remote_id: str, model: str) -> str:
        """Path of the poll, with `quoted(remote_id)` in it."""
        raise NotImplementedError

    def read_created(self, body: Json) -> str:
        """The remote id in the answer to a create, or ""."""
        raise NotImplementedError

    def read_task(self, body: Json) -> Reading:
        """What the answer to a poll says."""
        raise NotImplementedError

    def read_error(self, body: Json) -> tuple[str, str]:
        """The service's own code and message; ("", "") if the answer carries no error."""
        raise NotImplementedError

    # The three verbs.

    def submit(self, request: VideoRequest, *, deadline: float) -> str:
        call = self._create(request)
        if time.monotonic() > deadline:
            raise Unavailable(detail="not sent: it was too late to begin")
        failure: Exception | None = None
        try:
            # A connection of its own: one kept alive too long looks like a lost answer.
            with session() as client:
                answer = self._send(client, call, "submit", "", self.submit_seconds)
        except Exception as error:  # whatever it is, bytes may have left
            failure = error
        if failure:
            raise self._lost(failure)
        return self._accepted(answer)

    def poll(self, remote_id: str, model: str) -> RemoteTask:
        answer = self._ask(self._url(self.poll_call(remote_id, model)), "poll", remote_id)
        code, message = self._error(answer)
        meaning = meaning_of(code, self.codes)
        if answer.status == 404 and not (meaning and meaning.kind != Kind.BY_STATUS):
            return self._gone(answer)
        if not answer.good:
            raise self._not_now(answer, code, message)
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

    # On the way out.

    def _create(self, request: VideoRequest) -> requests.PreparedRequest:
        """The whole call, ready to send. What fails here is ours, and nothing was sent."""
        problem = ""
        try:
            refuse_what_is_not_taken(self.model(request.model), request)
            path, body = self.create_call(request)
            content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            headers = self._headers() | self.headers | {"Connection": "close"}
            headers["Content-Type"] = "application/json"
            return requests.Request(
                "POST", self._url(path), headers=headers, data=content
            ).prepare()
        except Refused:
            raise
        except Exception as error:
            problem = f"could not be written: {type(error).__name__}"
        raise Refused(ErrorCode.INPUT, problem)

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

    def _ask(self, url: str, verb: str, remote_id: str = "") -> Answer:
        """The answer to a GET. Raises `Unavailable`."""
        failure: Exception | None = None
        try:
            call = requests.Request("GET", url, headers=self._headers()).prepare()
            return self._send(self._client(), call, verb, remote_id, self.poll_seconds)
        except Exception as error:
            failure = error
        raise Unavailable(detail=self._clean(_described(failure)), outage=True)

    def fetch(self, path: str, verb: str) -> Json:
        """The JSON object at `path`, for adapters that can list. Raises `Unavailable`."""
        answer = self._ask(self._url(path), verb)
        if not answer.good or answer.body is None:
            raise self._not_now(answer, *self._error(answer))
        return answer.body

    def _send(
        self,
        client: requests.Session,
        request: requests.PreparedRequest,
        verb: str,
        remote_id: str,
        seconds: float,
    ) -> Answer:
        began = time.monotonic()
        status, request_id = "no answer", ""
        try:
            with Call(seconds) as call:
                with client.send(
                    request,
                    stream=True,
                    allow_redirects=False,
                    timeout=seconds,
                    proxies=proxies(proxy_for(request.url or "", self.proxy)),
                ) as response:
                    status = str(response.status_code)
                    answer = _read(response)
                call.check()
            request_id = answer.request_id
            return answer
        finally:
            log.info(
                "%s %s %s in %d ms, task %s, request %s",
                self.alias,
                verb,
                status,
                _milliseconds(began),
                loggable(remote_id) or "-",
                request_id or "-",
            )

    # What the answer to a submit proves.

    def _lost(self, failure: Exception) -> ProviderError:
        detail = self._clean(_described(failure))
        if never_sent(failure):
            return Unavailable(detail=detail, outage=True)
        return OutcomeUnknown(detail=detail)

    def _accepted(self, answer: Answer) -> str:
        remote_id = self._remote_id(answer)
        if answer.good and remote_id:
            log.info("%s accepted as %s", self.alias, loggable(remote_id))
            return remote_id
        raise self._not_accepted(answer, remote_id)

    def _remote_id(self, answer: Answer) -> str:
        remote_id = self.read_created(answer.body) if answer.body else ""
        usable = remote_id.strip(".") and remote_id.isprintable() and len(remote_id) <= LONGEST_ID
        return remote_id if usable else ""

    def _not_accepted(self, answer: Answer, remote_id: str) -> ProviderError:
        code, message = self._error(answer)
        meaning = self._meaning(answer.status, code, message)
        detail = self._detail(answer, code, message)
        facts = self._facts(answer) | ({"remote_id": remote_id} if remote_id else {})
        if meaning.kind in (Kind.ACCOUNT, Kind.MODEL):
            return _account_refused(meaning, detail, facts)
        if meaning.kind == Kind.BUSY:
            return Unavailable(
                meaning.code,
                detail,
                retry_after=answer.retry_after,
                outage=answer.status >= 500,
                facts=facts,
            )
        if _says_no(answer, code, message):
            return Refused(meaning.code, detail, facts=facts)
        return OutcomeUnknown(detail=detail, facts=facts)

    def _meaning(self, status: int, code: str, message: str) -> Meaning:
        """The code decides; where it leaves it open, the status; then the words."""
        by_code = meaning_of(code, self.codes)
        if by_code and by_code.kind != Kind.BY_STATUS:
            return by_code
        by_status = STATUSES.get(status)
        if by_status and by_status.kind != Kind.BY_STATUS:
            return by_status
        from_words = code_from_words(f"{code} {message}")
        return (
            by_code
            or (Meaning(from_words) if from_words else None)
            or by_status
            or Meaning(ErrorCode.INPUT if 400 <= status < 500 else ErrorCode.PROVIDER)
        )

    # What the answer to a poll proves.

    def _task(self, answer: Answer, remote_id: str) -> RemoteTask:
        reading = self.read_task(answer.body) if answer.body else Reading()
        if reading.remote_id and not self.same_task(reading.remote_id, remote_id):
            log.warning("%s answered about another task than %s", self.alias, loggable(remote_id))
            raise Unavailable(detail="the answer was about another task", facts=self._facts(answer))
        if not reading.word:
            raise self._not_now(answer, *self._error(answer))
        facts = self._told_facts(reading) | self._facts(answer)
        state = self.words.get(reading.word)
        if state is None:
            log.warning("%s said %s, a state we do not know", self.alias, loggable(reading.word))
            state, facts["unknown_word"] = RemoteState.RUNNING, self._clean(reading.word)[:100]
        return self._told(state, reading, facts)

    def _told(self, state: RemoteState, reading: Reading, facts: Json) -> RemoteTask:
        if state == RemoteState.SUCCEEDED:
            return RemoteTask(
                state=state, video_url=reading.video_url, progress=reading.progress, facts=facts
            )
        if state == RemoteState.FAILED:
            code, message = reading.error
            by_code = meaning_of(code, self.codes)
            why = by_code.code if by_code else code_from_words(f"{code} {message}")
            detail = self._clean(f"{code}: {message}".strip(": ") or reading.word)
            return RemoteTask(
                state=state, error_code=why or ErrorCode.PROVIDER, detail=detail, facts=facts
            )
        if state == RemoteState.GONE:
            return RemoteTask(
                state=state, error_code=ErrorCode.EXPIRED, detail=reading.word, facts=facts
            )
        return RemoteTask(state=state, progress=reading.progress, facts=facts)

    def _gone(self, answer: Answer) -> RemoteTask:
        return RemoteTask(
            state=RemoteState.GONE,
            error_code=ErrorCode.EXPIRED,
            detail=self._detail(answer, *self._error(answer)),
            facts=self._facts(answer),
        )

    def same_task(self, told: str, asked: str) -> bool:
        """Is the id in an answer the one that was asked for?"""
        return told == asked

    def _not_now(self, answer: Answer, code: str, message: str) -> Unavailable:
        meaning = self._meaning(answer.status, code, message)
        detail, facts = self._detail(answer, code, message), self._facts(answer)
        account = None
        if meaning.kind in (Kind.ACCOUNT, Kind.MODEL):
            account = _account_refused(meaning, detail, facts)
        garbage = answer.good and not (code or message)
        return Unavailable(
            meaning.code,
            detail,
            retry_after=answer.retry_after,
            account=account,
            outage=answer.status >= 500 or garbage,
            facts=facts,
        )

    # Words for staff.

    def _error(self, answer: Answer) -> tuple[str, str]:
        code, message = self.read_error(answer.body) if answer.body else ("", "")
        return ("", "") if code.lower() in NO_ERROR else (code, message)

    def _detail(self, answer: Answer, code: str, message: str) -> str:
        said = f"{code}: {message}".strip(": ") or answer.text
        request = f" (request {answer.request_id})" if answer.request_id else ""
        return self._clean(f"HTTP {answer.status} {said}{request}")

    def _facts(self, answer: Answer) -> Json:
        if answer.body is None:
            return {}
        facts = {"answer": redacted_json(answer.body, self._key)}
        return facts | ({"request_id": answer.request_id} if answer.request_id else {})

    def _told_facts(self, reading: Reading) -> Json:
        facts = {name: value for name, value in reading.facts.items() if value not in ("", None)}
        return {
            name: without(value, self._key) if name in PROMPTS else redacted_json(value, self._key)
            for name, value in facts.items()
        }

    def _clean(self, words: str) -> str:
        return redacted(words, self._key)[:1000]


def refuse_what_is_not_taken(model: VideoModel | None, request: VideoRequest) -> None:
    """Raise `Refused` for what the model does not take: it is never dropped silently."""
    if model is None:
        raise Refused(ErrorCode.INPUT, f"no such model here: {request.model}")
    asked = {
        "prompt": bool(request.prompt.strip()),
        "negative_prompt": bool(request.negative_prompt.strip()),
        "seed": request.seed is not None,
        # Both are always sent where the model has them; elsewhere only the usual value passes.
        "prompt_extend": not request.prompt_extend,
        "watermark": request.watermark,
    }
    for option, given in asked.items():
        if given and option not in model.accepts:
            raise Refused(ErrorCode.INPUT, f"{model.id} takes no {option}")
    if model.prompt_required and not asked["prompt"]:
        raise Refused(ErrorCode.INPUT, f"{model.id} needs a prompt")
    if len(request.prompt) > model.prompt_limit:
        raise Refused(ErrorCode.INPUT, f"the prompt is longer than {model.prompt_limit}")
    if len(request.negative_prompt) > model.negative_prompt_limit:
        limit = model.negative_prompt_limit
        raise Refused(ErrorCode.INPUT, f"the negative prompt is longer than {limit}")
    if request.size not in model.sizes:
        raise Refused(ErrorCode.INPUT, f"{model.id} takes no size {request.size}")
    if model.needs_image != (request.image is not None):
        raise Refused(ErrorCode.IMAGE, f"{model.id} and a picture do not go together as asked")


def given(request: VideoRequest, *names: str) -> Json:
    """The options among `names` that the person gave, as most services spell them.

    A blank text is left out; seed 0 is a seed; toggles always go, also when off.
    """
    values: Json = {
        "prompt": request.prompt.strip() and request.prompt,
        "negative_prompt": request.negative_prompt.strip() and request.negative_prompt,
        "prompt_extend": request.prompt_extend,
        "watermark": request.watermark,
        "seed": request.seed,
    }
    return {name: values[name] for name in names if values[name] not in ("", None)}


def quoted(remote_id: str) -> str:
    """`remote_id` as one piece of a path, whatever it holds."""
    return quote(remote_id, safe="")


def picture(request: VideoRequest) -> str:
    """The picture as an image-to-video create refers to it."""
    if request.image is None:
        raise Refused(ErrorCode.IMAGE, "no picture")
    return request.image.reference()


def _says_no(answer: Answer, code: str, message: str) -> bool:
    """Does the service itself say that it did not accept this?"""
    if answer.good:
        # A bare "message" without an id may as well say "queued".
        bare = (text(answer.body, "message"), text(answer.body, "detail"))
        return bool(code or (message and message not in bare))
    return 400 <= answer.status < 500 and answer.status != 408 and bool(code or message)


def _account_refused(meaning: Meaning, detail: str, facts: Json) -> AccountRefused:
    whole = meaning.kind == Kind.ACCOUNT
    return AccountRefused(meaning.code, detail, facts=facts, whole_service=whole)


def _read(response: requests.Response) -> Answer:
    content = bytearray()
    for piece in response.raw.stream(65_536, decode_content=True):
        content += piece
        if len(content) > MAX_ANSWER:
            raise ValueError("the answer is too long")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, bytes(content), parsed(bytes(content)))


def _described(error: BaseException) -> str:
    """The innermost reason in words; the outer ones name whole URLs."""
    reason = innermost(error)
    return f"{type(reason).__name__}: {reason}"


def _milliseconds(began: float) -> int:
    return round(1000 * (time.monotonic() - began))


def _checked_key(key: str) -> str:
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("an API key is one word of ASCII characters")
    return key


def _checked_base(url: str) -> str:
    parts = urlsplit(url)
    clean = parts.hostname and not (parts.username or parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not clean:
        raise ValueError("a base URL looks like https://host or https://host/prefix")
    return url.rstrip("/")
