"""What an HTTP response proves: which error it is, or which state a task is in.

Codes are read before statuses: a 429 with a billing code must not be retried.
"""

import logging

from generations.providers.base import RemoteState, RemoteTask
from generations.providers.errors import (
    AccountRejectedError,
    ErrorCode,
    OutcomeUnknownError,
    ProviderError,
    ProviderUnavailableError,
    RequestRejectedError,
    SubmitInterruptedError,
)
from generations.providers.http.deadline import Deadline, Stage
from generations.providers.http.error_codes import (
    ANOTHER_TRY,
    FIREWALL,
    NO_CHANNEL,
    NOT_REACHED,
    ORIGIN_NOT_REACHED,
    STATUSES,
    ErrorKind,
    ErrorMeaning,
    code_from_words,
    error_meaning,
    status_in,
)
from generations.providers.http.redaction import redacted, redacted_json, without
from generations.providers.http.response import (
    Json,
    ParsedTask,
    ProviderResponse,
    Said,
    loggable,
    text,
)
from generations.providers.http.task_states import NO_SUCH_TASK, normalized
from generations.providers.http.transport import described

log = logging.getLogger("generations.providers")

# The person's texts in the response. They show to which row a task belongs: keep them unchanged.
PROMPTS = ("orig_prompt", "actual_prompt")


class ErrorClassifier:
    """Classifies the responses of one account with its adapter's tables. Removes `key`."""

    def __init__(
        self, alias: str, key: str, words: dict[str, RemoteState], codes: dict[str, ErrorMeaning]
    ) -> None:
        self.alias = alias
        self._key = key
        self.words = words
        self.codes = codes

    def not_accepted(self, answer: ProviderResponse, said: Said, remote_id: str) -> ProviderError:
        """The error for a response to a create that did not accept it."""
        if moved := self.moved(answer):
            return moved
        meaning = self.meaning(answer.status, said)
        detail, facts = self.detail(answer, said), self.facts(answer)
        if remote_id:
            facts["remote_id"] = remote_id
        elif is_filtered(answer, said):
            return RequestRejectedError(ErrorCode.BLOCKED, detail, provider_data=facts)
        if meaning.kind in (ErrorKind.ACCOUNT, ErrorKind.MODEL):
            return _account_refused(meaning, detail, facts)
        if meaning.kind in (ErrorKind.BUSY, ErrorKind.QUOTA):
            return ProviderUnavailableError(
                meaning.code,
                detail,
                retry_after=answer.retry_after,
                outage=answer.status >= 500,
                provider_data=facts,
            )
        if self._is_refusal(answer, said, meaning):
            return RequestRejectedError(meaning.code, detail, provider_data=facts)
        return OutcomeUnknownError(detail=detail, provider_data=facts)

    def lost(self, failure: Exception, call: Deadline) -> ProviderError:
        """The error for a create that failed with the exception `failure`."""
        if call.stage == Stage.SENT:
            return OutcomeUnknownError(detail=self.clean(described(failure)))
        if isinstance(failure, SubmitInterruptedError):
            return failure
        words = call.setup_problem or described(failure)
        detail = self.clean(f"not sent, it failed {call.stage}: {words}")
        # Raised before any connection: the address of a proxy is invalid, or certificate files are
        # missing. Both are errors of these two kinds.
        is_setup = call.stage == Stage.SETUP and isinstance(failure, ValueError | OSError)
        if call.setup_problem or is_setup:
            return AccountRejectedError(ErrorCode.UNREACHABLE, detail)
        return ProviderUnavailableError(ErrorCode.UNREACHABLE, detail, outage=True)

    def not_available(self, answer: ProviderResponse, said: Said) -> ProviderUnavailableError:
        """The error for a response to a poll without a state; it never ends the task."""
        meaning = self.meaning(answer.status, said)
        detail, facts = self.detail(answer, said), self.facts(answer)
        account, code = self.moved(answer), meaning.code
        if is_filtered(answer, said):
            code = ErrorCode.UNREACHABLE
        elif meaning.code == ErrorCode.ACCESS:
            # The key may not poll this task. That says nothing about creating tasks.
            code = ErrorCode.POLL
        elif meaning.kind in (ErrorKind.ACCOUNT, ErrorKind.MODEL):
            account = _account_refused(meaning, detail, facts)
        return ProviderUnavailableError(
            code,
            detail,
            retry_after=answer.retry_after,
            account=account,
            outage=answer.status >= 500 or (answer.good and not any(said)),
            provider_data=facts,
        )

    def moved(self, answer: ProviderResponse) -> AccountRejectedError | None:
        """A 301 or 308 is no acceptance, and no waiting helps: the base URL is to be changed."""
        if answer.status not in (301, 308):
            return None
        target = answer.headers.get("location", "nowhere")
        return AccountRejectedError(
            ErrorCode.AUTH, self.clean(f"HTTP {answer.status}: the service has moved to {target}")
        )

    def is_gone(self, answer: ProviderResponse, said: Said) -> bool:
        """404 is about the task, unless a code says that it is about something else.

        new-api says it with 400 and a code (2026).
        """
        by_code = error_meaning(said[0], self.codes)
        if by_code and by_code.kind != ErrorKind.BY_STATUS:
            return False
        return answer.status in (404, 410) or any(normalized(each) in NO_SUCH_TASK for each in said)

    def gone(self, answer: ProviderResponse, said: Said) -> RemoteTask:
        """The task is unknown there. A response that is not JSON is from a gateway."""
        return RemoteTask(
            state=RemoteState.GONE,
            confirmed=answer.body is not None,
            error_code=ErrorCode.EXPIRED,
            detail=self.detail(answer, said),
            provider_data=self.facts(answer),
        )

    def task(self, answer: ProviderResponse, reading: ParsedTask) -> RemoteTask:
        """The task as `reading` has it.

        A state word we never heard of keeps it running. Beside an address it means "look there":
        a download is free, and the file is checked.
        """
        facts = self._told(reading) | self.facts(answer)
        state = self.words.get(normalized(reading.word))
        if state is None and reading.word:
            log.warning("%s said %s, a state we do not know", self.alias, self.word(reading.word))
            facts["unknown_word"] = self.clean(reading.word)[:100]
        if state in (None, RemoteState.GONE) and reading.video_url:
            state = RemoteState.SUCCEEDED
        elif state == RemoteState.SUCCEEDED and not reading.video_url:
            state = self._finished_without(reading)
        return RemoteTask(
            state=state or RemoteState.RUNNING,
            video_url=reading.video_url if state == RemoteState.SUCCEEDED else "",
            progress=reading.progress,
            provider_data=facts,
            **self._why(state, reading),
        )

    def _finished_without(self, reading: ParsedTask) -> RemoteState:
        """Finished, and no address: FAILED if it is said why there is no video."""
        known = error_meaning(reading.error[0], self.codes)
        refused = known and known.kind in (ErrorKind.ASK, ErrorKind.BY_STATUS)
        if refused or code_from_words(" ".join(reading.error)):
            return RemoteState.FAILED
        return RemoteState.SUCCEEDED

    def meaning(self, status: int, said: Said) -> ErrorMeaning:
        """The code decides; where it leaves it open, the status; then the words."""
        if status >= 500 and (not_reached := _not_reached(status, said)):
            return not_reached
        by_code, by_status = error_meaning(said[0], self.codes), STATUSES.get(status)
        if by_code is None and status < 300:
            by_status = STATUSES.get(status_in(said[0]) or status)
        for each in (by_code, by_status):
            if each and each.kind != ErrorKind.BY_STATUS:
                return each
        if by_code and by_code.code != ErrorCode.INPUT:  # the message may say what was wrong
            return by_code
        from_words = code_from_words(" ".join(said))
        by_words = ErrorMeaning(from_words) if from_words else None
        otherwise = ErrorCode.INPUT if 400 <= status < 500 else ErrorCode.PROVIDER
        return by_words or by_code or by_status or ErrorMeaning(otherwise)

    def _is_refusal(self, answer: ProviderResponse, said: Said, meaning: ErrorMeaning) -> bool:
        """Whether the service itself says that it did not accept the request."""
        if not answer.good:
            told = any(said) or meaning.kind == ErrorKind.ASK
            return 400 <= answer.status < 500 and answer.status != 408 and told
        if status := status_in(said[0]):
            return status in STATUSES
        # If the id may be in a place that is not read, a bare message could mean "queued", and a
        # bare code could mean success. A known error code cannot.
        bare = [text(answer.body, name) for name in ("code", "message", "detail", "msg")]
        known = error_meaning(said[0], self.codes) is not None
        return known or any(word and word not in bare for word in said)

    def detail(self, answer: ProviderResponse, said: Said) -> str:
        words = ": ".join(filter(None, said)) or answer.text
        name = self.request_id(answer)
        request = f" (request {name})" if name else ""
        return self.clean(f"HTTP {answer.status} {words}{request}")

    def facts(self, answer: ProviderResponse) -> Json:
        if answer.body is None:
            return {}
        facts = {"answer": redacted_json(answer.body, self._key)}
        name = self.request_id(answer)
        return facts | ({"request_id": name} if name else {})

    def request_id(self, answer: ProviderResponse) -> str:
        """The service's ID of the call, safe for logs; "" without one."""
        return self.word(answer.request_id)

    def word(self, given: str) -> str:
        """`given` as one short word for a log line."""
        return loggable(without(given, self._key))

    def clean(self, words: str) -> str:
        return redacted(words, self._key, longest=1000)

    def _why(self, state: RemoteState | None, reading: ParsedTask) -> Json:
        """Why there will be no video: `error_code`, `detail`, and `account` if that is wrong."""
        if state not in (RemoteState.FAILED, RemoteState.GONE):
            return {}
        detail = self.clean(": ".join(filter(None, reading.error)) or reading.word)
        if state == RemoteState.GONE:
            return {"error_code": ErrorCode.EXPIRED, "detail": detail}
        meaning = error_meaning(reading.error[0], self.codes)
        if meaning is None:
            code = code_from_words(" ".join(reading.error)) or ErrorCode.PROVIDER
            return {"error_code": code, "detail": detail}
        # If it is a quota, the next request may succeed.
        code = ErrorCode.PROVIDER if meaning.kind == ErrorKind.QUOTA else meaning.code
        is_account = meaning.kind in (ErrorKind.ACCOUNT, ErrorKind.MODEL)
        account = _account_refused(meaning, detail, {}) if is_account else None
        return {"error_code": code, "detail": detail, "account": account}

    def _told(self, reading: ParsedTask) -> Json:
        return {
            name: without(value, self._key) if name in PROMPTS else redacted_json(value, self._key)
            for name, value in reading.provider_data.items()
            if value not in ("", None)
        }


def is_filtered(answer: ProviderResponse, said: Said) -> bool:
    """Was it refused by a firewall or gateway on the way, in words that are not the service's?

    The next request may pass, so nothing follows from it about the account. And nothing was
    accepted: these refuse a request before they pass it on.
    """
    return answer.status in FIREWALL and not any(said)


def _not_reached(status: int, said: Said) -> ErrorMeaning | None:
    """Does a server error prove that the service that makes the videos never saw this?"""
    words = " ".join(said).lower()
    if any(word in words for word in NO_CHANNEL) and not ANOTHER_TRY.search(words):
        return NOT_REACHED
    return NOT_REACHED if status in ORIGIN_NOT_REACHED and not any(said) else None


def _account_refused(meaning: ErrorMeaning, detail: str, facts: Json) -> AccountRejectedError:
    whole = meaning.kind == ErrorKind.ACCOUNT
    return AccountRejectedError(meaning.code, detail, provider_data=facts, whole_service=whole)
