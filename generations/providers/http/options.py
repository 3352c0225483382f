"""The options of a request: checked, and in the form that most services share."""

from collections.abc import Iterator
from urllib.parse import quote

from generations.providers.base import VideoModel, VideoRequest
from generations.providers.errors import ErrorCode, RequestRejectedError
from generations.providers.http.response import Json


def validate_request(model: VideoModel | None, request: VideoRequest) -> None:
    """Raise `RequestRejectedError` for what the model does not take: nothing is dropped."""
    if model is None:
        raise RequestRejectedError(ErrorCode.INPUT, f"no such model here: {request.model}")
    if problem := next(_problems(model, request), ""):
        raise RequestRejectedError(ErrorCode.INPUT, problem)
    if model.needs_image != (request.image is not None):
        raise RequestRejectedError(
            ErrorCode.IMAGE, f"{model.id} and a picture do not go together as asked"
        )


def _problems(model: VideoModel, request: VideoRequest) -> Iterator[str]:
    asked = {
        "prompt": bool(request.prompt.strip()),
        "negative_prompt": bool(request.negative_prompt.strip()),
        "seed": request.seed is not None,
        # Both are always sent if the model has them. Other models accept only the default.
        "prompt_extend": not request.prompt_extend,
        "watermark": request.watermark,
    }
    for option, given in asked.items():
        if given and option not in model.accepts:
            yield f"{model.id} takes no {option}"
    if model.prompt_required and not asked["prompt"]:
        yield f"{model.id} needs a prompt"
    if len(request.prompt) > model.prompt_limit:
        yield f"the prompt is longer than {model.prompt_limit}"
    if len(request.negative_prompt) > model.negative_prompt_limit:
        yield f"the negative prompt is longer than {model.negative_prompt_limit}"
    if request.size not in model.sizes:
        yield f"{model.id} takes no size {request.size}"


def set_options(request: VideoRequest, *names: str) -> Json:
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
    """`remote_id` as one part of a path, whatever it contains."""
    return quote(remote_id, safe="")


def picture(request: VideoRequest) -> str:
    """The image as an image-to-video create refers to it."""
    if request.image is None:
        raise RequestRejectedError(ErrorCode.IMAGE, "no picture")
    return request.image.reference()
