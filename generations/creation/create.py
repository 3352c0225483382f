"""From a request to its row, or rows, however often it is posted."""

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import UUIDField

from ..media import Picture, check_picture, save_bytes
from ..models import Generation
from ..models.compiled_query import CompiledQuery, Parameter
from . import quotas
from .pricing import total

# Two requests with equal values here are the same. Pictures are compared by the digest in `facts`.
ASK = (
    "provider", "model", "prompt", "negative_prompt", "size", "seed", "prompt_extend",
    "watermark", "source_url",
)  # fmt: skip
PICTURE = "picture_sha256"


def get_or_create_batch(
    pk: UUID, asks: Sequence[dict[str, Any]], *, owner: User, picture: Picture | None = None
) -> list[Generation]:
    """One row for each of `asks`, all or none, in their order.

    Each of `asks` has all names of `ASK`, `price`, and perhaps `retry_of`, or `origin` and
    `origin_kind`. The first row has the ID `pk`; the other IDs follow from it and their position.
    Posted again, the same request finds its rows. If an ID already belongs to another request of
    this person (Back, edit, Generate) or to another person, the row gets an ID of its own, the
    same each time. Each row has its own copy of the image, so that it can be deleted with its row.

    Raises `quotas.QuotaExceededError`, or OSError (`DiskFullError`): then there is neither a row
    nor a file.
    """
    pks = [pk, *(uuid5(pk, str(place)) for place in range(1, len(asks)))]
    names: list[str] = []
    rows: list[Generation] = []
    try:
        if picture:
            names.extend(_stored(one, picture) for one in pks)
            told = {PICTURE: digest(picture)}
            files = [{"source_image": name, "provider_data": told} for name in names]
            asks = [ask | file for ask, file in zip(asks, files, strict=True)]
        rows = _asked(pks, owner, asks)
    finally:
        for name in {*names} - {row.source_image.name for row in rows}:
            default_storage.delete(name)
    return rows


def retry_generation(row: Generation, pk: UUID, *, price: Decimal | None) -> Generation:
    """The same request as a new row with ID `pk`, for the same owner.

    Raises the same errors as `get_or_create_batch`, and OSError or `InvalidImageError` if the
    start image can no longer be read.
    """
    picture = None
    if row.source_image:
        with row.source_image.open("rb") as file:
            picture = check_picture(file)
    ask = {name: getattr(row, name) for name in (*ASK, "origin_id", "origin_kind")}
    ask |= {"price": price, "retry_of": row}
    return get_or_create_batch(pk, [ask], owner=row.owner, picture=picture)[0]


def _stored(pk: UUID, picture: Picture) -> str:
    """Save the image under a unique name."""
    name = f"pictures/{pk.hex[:2]}/{pk}-{uuid4().hex[:8]}{picture.suffix}"
    return save_bytes(default_storage, name, picture.content)


def _asked(pks: Sequence[UUID], owner: User, asks: Sequence[dict[str, Any]]) -> list[Generation]:
    def once() -> list[Generation]:
        with transaction.atomic():
            quotas.lock(owner)
            return _found_or_made(pks, owner, asks)

    try:
        return once()
    except IntegrityError:
        # The requests of one person run one after the other, so another person took the id just
        # now.
        return once()


def _found_or_made(
    pks: Sequence[UUID], owner: User, asks: Sequence[dict[str, Any]]
) -> list[Generation]:
    found = [(ask, *_found(pk, owner, ask)) for pk, ask in zip(pks, asks, strict=True)]
    if missing := [ask["price"] for ask, _, row in found if row is None]:
        quotas.require(owner, price=total(missing), count=len(missing))
    create = Generation.objects.create_queued
    return [row or create(id=pk, owner=owner, **ask) for ask, pk, row in found]


def _found(pk: UUID, owner: User, ask: dict[str, Any]) -> tuple[UUID, Generation | None]:
    """The row of this request with its ID; or the ID for a new one, and None."""
    row = next(iter(_row().rows(pk=pk)), None)
    if row is None:
        return pk, None
    if row.owner_id != owner.pk:  # an error would reveal that it exists
        return _found(uuid5(pk, f"owner {owner.pk}"), owner, ask)
    if fingerprint_of(row) == fingerprint(ask):
        return pk, row
    return _found(uuid5(pk, fingerprint(ask)), owner, ask)


@cache
def _row() -> CompiledQuery[Generation]:
    return CompiledQuery(Generation.objects.filter(pk=Parameter("pk", UUIDField())).order_by())


def fingerprint_of(row: Generation) -> str:
    """The fingerprint of the request that made `row`."""
    return fingerprint({name: getattr(row, name) for name in (*ASK, "provider_data")})


def fingerprint(ask: dict[str, Any], picture: Picture | None = None) -> str:
    """The same text for the same request."""
    told = ask.get("provider_data", {}).get(PICTURE, "")
    return json.dumps([[ask[name] for name in ASK], digest(picture) if picture else told])


def digest(picture: Picture) -> str:
    return sha256(picture.content).hexdigest()
