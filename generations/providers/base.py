"""What all providers share: models, requests, tasks, and the interface."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO

from generations.providers.errors import AccountRejectedError, ErrorCode
from generations.sizes import DEFAULT_IMAGE_SIZE, DEFAULT_TEXT_SIZE, IMAGE_SIZES, TEXT_SIZES

TEXT_TO_VIDEO = "text-to-video"
IMAGE_TO_VIDEO = "image-to-video"

# All services cut longer texts silently and still bill them. Lengths are in code points.
PROMPT_LIMIT = 800
NEGATIVE_PROMPT_LIMIT = 500
SEED_MAX = 2_147_483_647

# Limits of the service per account. An alias can set them: see `Provider`.
NUMBERS = {"poll_every", "query_rate", "max_open", "submit_every"}

OnProgress = Callable[[], object] | None


class RemoteState(StrEnum):
    """A provider's state of a task, in our words."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    GONE = "gone"


class KeyState(StrEnum):
    """What a service says about a key."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class VideoModel:
    """One model of a provider.

    `label` is a name, the same in every language. `sizes` are those of `generations.sizes`
    (`832x480`; `720P` for image-to-video). `accepts` is the subset of {"prompt", "negative_prompt",
    "seed", "prompt_extend", "watermark"} that the model takes; other options are refused, never
    dropped.
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
class ImageToVideoModel(VideoModel):
    """The line of a model that starts from an image, whose ratio the video keeps."""

    mode: str = IMAGE_TO_VIDEO
    sizes: tuple[str, ...] = IMAGE_SIZES
    default_size: str = DEFAULT_IMAGE_SIZE


@dataclass(frozen=True, kw_only=True)
class SourceImage:
    """The start image of an image-to-video request: uploaded bytes, or a public URL."""

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
    """A request: texts are already cut to the model's limits, `size` is as in `sizes`."""

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


class Provider:
    """A service that makes videos. Three verbs, and a fourth where it can list its tasks.

    The numbers are what the service allows one account; each may be set per alias.
    """

    label = ""
    models: tuple[VideoModel, ...] = ()
    can_list_tasks = False
    can_check_key = False
    regions: Mapping[str, str] = {}  # documented base URL -> name of its region
    poll_every: float = 3  # seconds between two polls of one task, if few run
    query_rate: float = 10  # polls per second for all tasks of this account
    max_open: int = 2  # tasks that run at the same time, per account and model
    submit_every: float = 0.6  # seconds between two submits of one account and model

    def __init__(self, *, alias: str, **numbers: Any) -> None:
        """`numbers` are those of `NUMBERS` that are set for this alias."""
        if unknown := numbers.keys() - NUMBERS:
            raise TypeError(f"{alias} has no {', '.join(unknown)}")
        self.alias = alias
        self.__dict__.update(numbers)

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
        """Ask for the state of a task. Can be repeated. Raises `ProviderUnavailableError`."""
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
