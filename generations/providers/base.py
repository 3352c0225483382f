"""What every provider speaks: the words, the three errors, and the interface.

    ProviderError                   code, detail (for staff); str() is safe to show to people
    ├── RequestRejectedError        No. The same request will not be accepted.
    │   └── AccountRejectedError    No, and nothing else will be either until a person acts.
    ├── ProviderUnavailableError    Not now. Nothing was accepted. `retry_after` seconds, if told.
    └── OutcomeUnknownError         Perhaps. It may have been accepted. Never ask again by yourself.

An error answers one question: may we ask again?
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO

from generations.sizes import DEFAULT_TEXT_SIZE, TEXT_SIZES

TEXT_TO_VIDEO = "text-to-video"
IMAGE_TO_VIDEO = "image-to-video"

# Every service cuts longer texts without a word and bills all the same. One code point counts one.
PROMPT_LIMIT = 800
NEGATIVE_PROMPT_LIMIT = 500
SEED_MAX = 2_147_483_647

OnProgress = Callable[[], object] | None


class RemoteState(StrEnum):
    """A provider's state of a task, in our words."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    GONE = "gone"


class ErrorCode(StrEnum):
    """Why something went wrong, as one of the classes that `wording` has a sentence for."""

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


class KeyState(StrEnum):
    """What a service says about a key."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class VideoModel:
    """One line of a provider's catalogue.

    `label` is a name, the same in every language. `sizes` are ours (`832x480`; `720P` for
    image-to-video). `accepts` is the subset of {"prompt", "negative_prompt", "seed",
    "prompt_extend", "watermark"} the model takes; an option outside it is refused, never dropped.
    """

    id: str
    label: str
    mode: str = TEXT_TO_VIDEO
    sizes: tuple[str, ...] = TEXT_SIZES
    default_size: str = DEFAULT_TEXT_SIZE
    accepts: frozenset[str] = frozenset(
        {"prompt", "negative_prompt", "seed", "prompt_extend", "watermark"}
    )
    prompt_required: bool = True
    prompt_limit: int = PROMPT_LIMIT
    negative_prompt_limit: int = NEGATIVE_PROMPT_LIMIT

    @property
    def needs_image(self) -> bool:
        return self.mode == IMAGE_TO_VIDEO


@dataclass(frozen=True, kw_only=True)
class SourceImage:
    """Where an image-to-video ask starts: bytes of our own, or a public URL passed on."""

    content: bytes = b""
    content_type: str = ""
    url: str = ""

    def reference(self) -> str:
        """The public URL if there is one, else the bytes as a `data:` URI."""
        if self.url:
            return self.url
        return f"data:{self.content_type};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True, kw_only=True)
class VideoRequest:
    """What is asked for: texts already cut to the model's limits, `size` in our spelling."""

    model: str
    prompt: str
    negative_prompt: str = ""
    size: str
    seed: int | None = None
    prompt_extend: bool = True
    watermark: bool = False
    image: SourceImage | None = None


@dataclass(frozen=True, kw_only=True)
class RemoteTask:
    """A provider's answer about one task. `provider_data` keeps what it told beyond that, as JSON.

    `progress` is 0 to 100 and only what the provider sent. `confirmed` is False where the answer
    was not the provider's own, as the page of a gateway. `account` is set when it failed for what
    is wrong with the account: the next ones would, too. Well-known keys: `actual_prompt`,
    `orig_prompt`, `cost` (USD, string), `usage`, `queued_at`, `started_at`, `ended_at`
    (ISO 8601), `unknown_word` (a state word we did not know), `answer` (the raw last answer
    without secrets).
    """

    state: RemoteState
    video_url: str = ""
    error_code: ErrorCode | None = None
    detail: str = ""
    confirmed: bool = True
    progress: int | None = None
    provider_data: dict[str, Any] = field(default_factory=dict)
    account: AccountRejectedError | None = None


class ProviderError(Exception):
    """Something went wrong between us and a provider. `detail` is for staff, free of secrets."""

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
    """The file did not come home this time. `gone` when the URL is refused as expired."""

    code = ErrorCode.SAVE

    def __init__(self, *args: Any, gone: bool = False, **kwargs: Any) -> None:
        self.gone = gone
        super().__init__(*args, **kwargs)


class Provider:
    """A service that makes videos. Three verbs, and a fourth where it can list its tasks.

    The numbers are what the service allows one account; each may be set per alias.
    """

    label = ""
    models: tuple[VideoModel, ...] = ()
    can_list_tasks = False
    can_check_key = False
    regions: Mapping[str, str] = {}  # the documented base URLs, each with the name of its region
    poll_every: float = 3  # seconds between two looks at one task, when few run
    query_rate: float = 10  # polls a second for all tasks of this account together
    max_open: int = 2  # tasks it runs at once for one account and model
    submit_every: float = 0.6  # seconds between two submits of one account and model

    def __init__(
        self,
        *,
        alias: str,
        poll_every: float | None = None,
        query_rate: float | None = None,
        max_open: int | None = None,
        submit_every: float | None = None,
    ) -> None:
        self.alias = alias
        given = {
            "poll_every": poll_every,
            "query_rate": query_rate,
            "max_open": max_open,
            "submit_every": submit_every,
        }
        self.__dict__.update({name: value for name, value in given.items() if value is not None})

    @property
    def endpoint(self) -> str:
        """The service's base URL, kept on the row; empty where there is none."""
        return ""

    @property
    def credentials_hash(self) -> str:
        """Changes with the key and the endpoint, and tells nothing of either; "" without a key."""
        return ""

    @property
    def other_regions(self) -> list[str]:
        """Base URLs of the service where the key may belong instead; none behind a gateway."""
        if self.endpoint not in self.regions:
            return []
        return [url for url in self.regions if url != self.endpoint]

    def at(self, base_url: str) -> Provider:
        """The same account at another of `regions`."""
        raise NotImplementedError

    def model(self, model_id: str) -> VideoModel | None:
        return next((model for model in self.models if model.id == model_id), None)

    def submit(
        self, request: VideoRequest, *, deadline: float, on_progress: OnProgress = None
    ) -> str:
        """Send `request`, once, and return the remote id.

        `deadline` is on `time.monotonic()`: not begun after it. `on_progress()` is called at least
        once a second while it is sent, never after its last byte; `SubmitInterruptedError` from it
        goes through. Raises `RequestRejectedError`, `AccountRejectedError`,
        `ProviderUnavailableError` or `OutcomeUnknownError`.
        """
        raise NotImplementedError

    def poll(self, remote_id: str, model: str) -> RemoteTask:
        """How far is it? May be asked any number of times. Raises `ProviderUnavailableError`."""
        raise NotImplementedError

    def download(
        self, url: str, file: BinaryIO, *, on_chunk: Callable[[], object] | None = None
    ) -> None:
        """Stream the finished video into `file`. Raises `DownloadError`.

        `on_chunk()` is called after each piece, to renew a lease; what it raises goes through.
        """
        raise NotImplementedError

    def list_task_ids(self, model: str, since: datetime, until: datetime) -> list[str]:
        """Remote ids of this account and model created between the two times (aware).

        Perhaps of others too: only a poll whose `orig_prompt` is ours proves a task ours.
        Raises `ProviderUnavailableError`.
        """
        raise NotImplementedError

    def check_key(self) -> None:
        """Make a free call that only an accepted key lets through.

        Raises `ProviderUnavailableError`: with `account` if the key is refused.
        """
        raise NotImplementedError
