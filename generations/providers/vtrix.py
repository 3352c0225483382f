"""Vtrix: a gateway with one endpoint for everything it generates.

Reference: doc.vtrix.ai/docs/api/qwen, and the operator's own command line client (2026).
"""

from typing import Any

from generations.providers.base import ImageToVideoModel, VideoModel, VideoRequest
from generations.providers.http.error_codes import passed_on
from generations.providers.http.options import picture, quoted, set_options
from generations.providers.http.provider import HTTPProvider
from generations.providers.http.response import Json, Said, first, number, part, text, unix_time

CREATE = "/model/v1/generation"


class Vtrix(HTTPProvider):
    """`body` is "list" or "plain".

    The documents show `input` as an object ("plain"). The operator's own client wraps it in a
    list, and that is what has been seen to work, so it is the default.
    """

    label = "Vtrix"
    models = (
        VideoModel(id="wan22_t2v_plus", label="Wan 2.2 Plus"),
        ImageToVideoModel(id="wan22_i2v_flash", label="Wan 2.2 Flash", prompt_required=False),
    )
    # No limits are published. The operator's client polls every 3 s.
    query_rate = 5

    def __init__(self, *, body: str = "list", **options: Any) -> None:
        super().__init__(**options)
        if body not in ("list", "plain"):
            raise ValueError('body is "list" or "plain"')
        self.body = body

    def create_call(self, request: VideoRequest) -> tuple[str, Json]:
        texts = set_options(request, "prompt", "negative_prompt")
        options = set_options(request, "prompt_extend", "watermark", "seed") | {"duration": 5}
        if request.image:
            texts |= {"img_url": picture(request)}
            options |= {"resolution": request.size}
        else:
            options |= {"size": request.size.replace("x", "*")}
        wish = {"input": texts, "parameters": options}
        if self.body == "plain":
            return CREATE, {"model": request.model} | wish
        return CREATE, {"model": request.model, "input": [{"params": wish}]}

    def poll_call(self, remote_id: str, model: str) -> str:
        return f"{CREATE}/task/{quoted(remote_id)}"

    def read_created(self, body: Json) -> str:
        return text(body, "id")

    def read_facts(self, body: Json, task: Json) -> Json:
        # USD, documented as a text; a number is kept as one.
        told = number(part(task, "usage", "cost"))
        return {
            "cost": text(task, "usage", "cost") or ("" if told is None else str(told)),
            "usage": part(task, "usage"),
            "queued_at": unix_time(part(task, "created_at")),
        }

    def read_error(self, body: Json) -> Said:
        """`error` as an object in two spellings, as a code or a plain text; or a bare `message`."""
        error, message = part(body, "error"), text(body, "message")
        words = first(text(error, "message"), text(error, "error_message"), text(error), message)
        code, rest = passed_on(text(error, "code"), words)
        return code, rest or message
