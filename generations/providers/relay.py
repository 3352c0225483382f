"""Relays that speak the "unified video format" at /v2/videos/generations.

Reference: docs.yutoai.net, text-to-video, image-to-video and query pages (2026). They publish
no host, so the base URL has no default.
"""

from __future__ import annotations

from typing import Any

from generations.providers.base import (
    IMAGE_TO_VIDEO,
    RemoteState,
    VideoModel,
    VideoRequest,
)
from generations.providers.http.client import HTTPProvider
from generations.providers.http.error_codes import passed_on
from generations.providers.http.options import picture, quoted, set_options
from generations.providers.http.response import (
    Json,
    ParsedTask,
    first,
    part,
    percent,
    text,
    unix_time,
)
from generations.sizes import DEFAULT_IMAGE_SIZE, IMAGE_SIZES

CREATE = "/v2/videos/generations"


class Relay(HTTPProvider):
    """`size_separator` is `*`, which the service behind the relay takes, or `x`."""

    label = "Relay"
    models = (
        VideoModel(id="wan2.2-t2v-plus", label="Wan 2.2 Plus"),
        VideoModel(
            id="wan2.2-i2v-flash",
            label="Wan 2.2 Flash",
            mode=IMAGE_TO_VIDEO,
            sizes=IMAGE_SIZES,
            default_size=DEFAULT_IMAGE_SIZE,
            accepts=frozenset({"prompt"}),
        ),
    )
    # No limits are published.
    poll_every = 5
    query_rate = 5
    # The model page and the page on the format name different states; this is both lists.
    words = {
        "NOT_START": RemoteState.PENDING,
        "SUBMITTED": RemoteState.PENDING,
        "QUEUED": RemoteState.PENDING,
        "IN_PROGRESS": RemoteState.RUNNING,
        "SUCCESS": RemoteState.SUCCEEDED,
        "FAILURE": RemoteState.FAILED,
    }

    def __init__(self, *, size_separator: str = "*", **options: Any) -> None:
        super().__init__(**options)
        self.size_separator = size_separator

    def create_call(self, request: VideoRequest) -> tuple[str, Json]:
        body = {"model": request.model}
        if request.image:
            body |= set_options(request, "prompt")
            return CREATE, body | {"images": [picture(request)], "resolution": request.size}
        body |= set_options(
            request, "prompt", "negative_prompt", "prompt_extend", "watermark", "seed"
        )
        return CREATE, body | {"size": request.size.replace("x", self.size_separator)}

    def poll_call(self, remote_id: str, model: str) -> str:
        return f"{CREATE}/{quoted(remote_id)}"

    def read_created(self, body: Json) -> str:
        return text(_task(body), "task_id")

    def read_task(self, body: Json) -> ParsedTask:
        body = _task(body)
        return ParsedTask(
            remote_id=text(body, "task_id"),
            word=text(body, "status").upper(),
            video_url=_video(body),
            error=self.read_error(body),
            progress=percent(part(body, "progress")),
            provider_data={
                "queued_at": unix_time(part(body, "submit_time")),
                "started_at": unix_time(part(body, "start_time")),
                "ended_at": unix_time(part(body, "finish_time")),
            },
        )

    def read_error(self, body: Json) -> tuple[str, str]:
        """Undocumented; these are the shapes that relays of this family have been seen to use."""
        error = part(body, "error")
        code = first(text(error, "code"), text(error, "type"), text(body, "code"))
        words = first(
            text(error, "message"), text(error), text(body, "fail_reason"), text(body, "message")
        )
        return passed_on(code, words)


def _task(body: Json) -> Json:
    """The part of `body` that is about the task: all of it, or what a relay wrapped once."""
    wrapped = [part(body, name) for name in ("data", "output")]
    parts = [body, *(each for each in wrapped if isinstance(each, dict))]
    told = (each for name in ("task_id", "status") for each in parts if text(each, name))
    return next(told, body)


def _video(body: Json) -> str:
    return first(
        text(body, "data", "output"),
        text(body, "data", "outputs", 0),
        text(body, "data", "video_url"),
        text(body, "video_url"),
        text(body, "url"),
    )
