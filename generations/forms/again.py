"""An ask once more: what a form is filled with from a row."""

from __future__ import annotations

from typing import Any

from ..creation import uploads
from ..models import Generation


def initial_from(
    row: Generation, user: Any, *, with_seed: bool = True, size: str | None = None
) -> dict[str, Any]:
    """The ask of `row` as initial values. Its picture only for its owner."""
    names = ("prompt", "negative_prompt", "prompt_extend", "watermark")
    initial = {name: getattr(row, name) for name in names}
    initial["model"] = f"{row.provider}/{row.model}"
    initial["resolution" if row.is_image_to_video else "size"] = size or row.size
    initial["image_url"] = row.source_url if row.owner_id == user.pk else ""
    if with_seed:
        initial["seed"] = row.seed
    if row.source_image and row.owner_id == user.pk:
        initial["kept_image"] = uploads.token_for(user, row.source_image.name)
    return initial
