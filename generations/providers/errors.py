"""What goes wrong between us and a provider.

    ProviderError                   code, detail (for staff); str() is safe to show to people
    ├── RequestRejectedError        No. The same request will not be accepted.
    │   └── AccountRejectedError    No, and nothing else will be either until a person acts.
    ├── ProviderUnavailableError    Not now. Nothing was accepted. `retry_after` seconds, if told.
    │   └── SubmitInterruptedError  Stopped by ourselves before its last byte was sent.
    ├── OutcomeUnknownError         Perhaps. It may have been accepted. Never ask again by yourself.
    └── DownloadError               The file was not downloaded this time.

An error answers one question: may we ask again?
"""

from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """The class of an error; `wording` has a sentence for each."""

    CONTENT = "content"
    IP = "ip"
    INPUT = "input"
    IMAGE = "image"
    TOO_LARGE = "too_large"
    RATE = "rate"
    QUOTA = "quota"
    BILLING = "billing"
    AUTH = "auth"
    ACCESS = "access"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    POLL = "poll"
    DISK = "disk"
    STORAGE = "storage"
    PROVIDER = "provider"
    UNCONFIRMED = "unconfirmed"
    EXPIRED = "expired"
    SAVE = "save"


class ProviderError(Exception):
    """A call to a provider failed. `detail` is for staff and contains no secrets."""

    code = ErrorCode.PROVIDER

    def __init__(
        self,
        code: ErrorCode | None = None,
        detail: str = "",
        *,
        provider_data: dict[str, Any] | None = None,
    ) -> None:
        self.code = code or self.code
        self.detail = detail
        self.provider_data = provider_data or {}
        super().__init__(f"{type(self).__name__}: {self.code}")


class RequestRejectedError(ProviderError):
    """No. The same request will not be accepted; nothing was billed."""

    code = ErrorCode.INPUT


class AccountRejectedError(RequestRejectedError):
    """No, and nothing else will be accepted until a person acts (wrong key, unpaid bill).

    `whole_service` is False when only this model is refused.
    """

    code = ErrorCode.AUTH

    def __init__(self, *args: Any, whole_service: bool = True, **kwargs: Any) -> None:
        self.whole_service = whole_service
        super().__init__(*args, **kwargs)


class ProviderUnavailableError(ProviderError):
    """Not now. Nothing was accepted; asking again is safe.

    `retry_after` is in seconds, if the provider told. `account` is set when a poll met an
    account refusal: the service should pause. `outage` says that it counts for the circuit
    breaker (transport failures and 5xx do, being told to slow down does not). `wrong_task` says
    that a poll was answered about another task.
    """

    def __init__(
        self,
        *args: Any,
        retry_after: float | None = None,
        account: AccountRejectedError | None = None,
        outage: bool = False,
        wrong_task: bool = False,
        **kwargs: Any,
    ) -> None:
        self.wrong_task = wrong_task
        self.retry_after = retry_after
        self.account = account
        self.outage = outage
        super().__init__(*args, **kwargs)


class SubmitInterruptedError(ProviderUnavailableError):
    """Raised by `on_progress` of a submit to stop it before its last byte: nothing was accepted."""


class OutcomeUnknownError(ProviderError):
    """Perhaps. The request may have been accepted and may be billed. Never repeat it."""

    code = ErrorCode.UNCONFIRMED


class DownloadError(ProviderError):
    """The file was not downloaded this time."""

    code = ErrorCode.SAVE
