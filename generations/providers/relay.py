"""Relays that speak the "unified video format" at /v2/videos/generations.

Reference: docs.yutoai.net, text-to-video, image-to-video and query pages (2026). They publish
no host, so the base URL has no default.
"""

from typing import Any

from generations.providers.base import ImageToVideoModel, VideoModel, VideoRequest
from generations.providers.http.error_codes import passed_on
from generations.providers.http.options import picture, quoted, set_options
from generations.providers.http.provider import HTTPProvider
from generations.providers.http.response import Json, Said, first, part, text, unix_time

CREATE = "/v2/videos/generations"


class Relay(HTTPProvider):
    """`size_separator` is `*`, which the service behind the relay takes, or `x`."""

    label = "Relay"
    models = (
        VideoModel(id="wan2.2-t2v-plus", label="Wan 2.2 Plus"),
        ImageToVideoModel(
            id="wan2.2-i2v-flash", label="Wan 2.2 Flash", accepts=frozenset({"prompt"})
        ),
    )
    # No limits are published.
    poll_every = 5
    query_rate = 5

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
        return text(body, "task_id")

    def read_facts(self, body: Json, task: Json) -> Json:
        return {
            "queued_at": unix_time(part(task, "submit_time")),
            "started_at": unix_time(part(task, "start_time")),
            "ended_at": unix_time(part(task, "finish_time")),
        }

    def read_error(self, body: Json) -> Said:
        """Undocumented; these are the shapes that relays of this family have been seen to use."""
        error = part(body, "error")
        code = first(text(error, "code"), text(error, "type"), text(body, "code"))
        words = first(
            text(error, "message"), text(error), text(body, "fail_reason"), text(body, "message")
        )
        return passed_on(code, words)
