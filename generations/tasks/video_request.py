"""The request of a row to its service, read before anything is sent."""

from ..models import Generation
from ..providers.base import Provider, SourceImage, VideoRequest
from ..providers.errors import (
    AccountRejectedError,
    ErrorCode,
    ProviderUnavailableError,
    RequestRejectedError,
)
from ..text import truncate

MISSING = (FileNotFoundError, PermissionError)
PICTURE_TYPES = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "bmp": "bmp", "webp": "webp"}


def request_of(row: Generation, provider: Provider) -> VideoRequest:
    """What this row asks for, cut to the model's limits. What it raises, it raises unsent.

    AccountRejectedError; RequestRejectedError if its picture is no more;
    ProviderUnavailableError if the storage does not answer.
    """
    model = provider.model(row.model)
    if model is None:
        raise AccountRejectedError(
            ErrorCode.ACCESS, "model not in the catalogue", whole_service=False
        )
    return VideoRequest(
        model=row.model,
        prompt=truncate(row.prompt, model.prompt_limit),
        negative_prompt=truncate(row.negative_prompt, model.negative_prompt_limit),
        size=row.size,
        seed=row.seed,
        prompt_extend=row.prompt_extend,
        watermark=row.watermark,
        image=picture_of(row),
    )


def picture_of(row: Generation) -> SourceImage | None:
    """The start image of an image-to-video row. Raises the same errors as `request_of`."""
    if row.source_url:
        return SourceImage(url=row.source_url)
    if not row.source_image:
        return None
    try:
        with row.source_image.open("rb") as file:
            kind = PICTURE_TYPES[str(row.source_image.name).rpartition(".")[2].lower()]
            return SourceImage(content=file.read(), content_type=f"image/{kind}")
    except Exception as error:  # storages raise various exceptions
        if isinstance(error, OSError) and not isinstance(error, MISSING):
            # The storage is unavailable. All rows of this throttle would fail.
            detail = f"the storage is down: {error}"
            raise ProviderUnavailableError(ErrorCode.STORAGE, detail, outage=True) from error
        raise RequestRejectedError(
            ErrorCode.IMAGE, f"the stored picture cannot be read: {error}"
        ) from error
