"""MuleRouter: a router with one path for each model of each maker.

Reference: mulerouter.ai/docs, generation pages of the two models (2026-09).
"""

from generations.providers.base import ImageToVideoModel, RemoteState, VideoModel, VideoRequest
from generations.providers.errors import ErrorCode
from generations.providers.http.error_codes import ALIBABA, ErrorMeaning, passed_on
from generations.providers.http.options import picture, quoted, set_options
from generations.providers.http.provider import HTTPProvider
from generations.providers.http.response import Json, Said, complaints, first, part, text
from generations.providers.http.task_states import STATES, normalized

ENDED = (RemoteState.SUCCEEDED, RemoteState.FAILED)
ACCEPTS = frozenset({"prompt", "negative_prompt", "seed", "prompt_extend"})


class MuleRouter(HTTPProvider):
    label = "MuleRouter"
    models = (
        VideoModel(id="wan2.2-t2v-plus", label="Wan 2.2 Plus", accepts=ACCEPTS),
        ImageToVideoModel(id="wan2.2-i2v-flash", label="Wan 2.2 Flash", accepts=ACCEPTS),
    )
    # No limits are published; the documents poll every 5 s.
    poll_every = 5
    query_rate = 5
    # Observed by clients. 3001 to 3005, 4002 and 4008 are errors of the service behind the router:
    # its message says more than the number (error-codes page).
    codes = ALIBABA | {"2001": ErrorMeaning(ErrorCode.INPUT)}

    def create_call(self, request: VideoRequest) -> tuple[str, Json]:
        body = set_options(request, "prompt", "negative_prompt", "prompt_extend", "seed")
        body["duration"] = 5
        if request.image:
            body |= {"image": picture(request), "resolution": request.size}
        else:
            body |= {"size": request.size.replace("x", "*")}
        return _path(request.model), body

    def poll_call(self, remote_id: str, model: str) -> str:
        return f"{_path(model)}/{quoted(remote_id)}"

    def read_created(self, body: Json) -> str:
        return text(body, "task_info", "id")

    def read_facts(self, body: Json, task: Json) -> Json:
        over = STATES.get(normalized(text(task, "status"))) in ENDED
        return {
            "queued_at": text(task, "created_at"),
            "ended_at": text(task, "updated_at") if over else "",
        }

    def read_error(self, body: Json) -> Said:
        """Two documented shapes, and those that clients have met. A title may be Alibaba's code."""
        for error in (part(body, "task_info", "error"), part(body, "error")):
            code = first(text(error, "code"), text(error, "error_code"))
            title = text(error, "title")
            words = first(text(error, "detail"), text(error, "message"), text(error))
            if code or title or words:
                code, words = passed_on(code, words)
                return passed_on(code, ": ".join(filter(None, (title, words))))
        detail = first(text(body, "detail"), complaints(part(body, "detail")))
        return passed_on("", detail or text(body, "message"))


def _path(model: str) -> str:
    return f"/vendors/alibaba/v1/{quoted(model)}/generation"
