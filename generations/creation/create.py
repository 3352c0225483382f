"""From an ask to its one row, or rows, however often the button was pressed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from ..media import Picture, check_picture, save_bytes
from ..models import Generation
from . import quotas
from .pricing import total

# What makes two asks the same; pictures are compared by the digest that is kept in `facts`.
ASK = (
    "provider", "model", "prompt", "negative_prompt", "size", "seed", "prompt_extend",
    "watermark", "source_url",
)  # fmt: skip
PICTURE = "picture_sha256"


def get_or_create_generation(
    pk: UUID, *, owner: User, picture: Picture | None = None, **ask: Any
) -> Generation:
    """The row of this ask: the one with id `pk`, made now or by an earlier press.

    `ask` has all names of `ASK`, `price`, and perhaps `retry_of`, or
    `origin` and `origin_kind`. If the id already stands for
    another ask of this person (Back, edit, Generate), or for a row of somebody else, this one gets
    an id of its own, the same however often it is sent. Raises `quotas.QuotaExceededError` or
    OSError (`DiskFullError`): then there is neither row nor file.
    """
    return get_or_create_batch(pk, [ask], owner=owner, picture=picture)[0]


def get_or_create_batch(
    pk: UUID, asks: Sequence[dict[str, Any]], *, owner: User, picture: Picture | None = None
) -> list[Generation]:
    """A row for each of `asks`, all or none, in their order; as `get_or_create_generation`.

    The first has the id `pk`, and those of the others follow from it and their place. Each has
    the picture in a file of its own, so that it can be deleted with its row.
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
    """The same ask as a new row with id `pk`, for the same owner.

    Raises as `get_or_create_generation`, and OSError or `InvalidImageError` if the picture it
    started from cannot be read any more.
    """
    picture = None
    if row.source_image:
        with row.source_image.open("rb") as file:
            picture = check_picture(file)
    ask = {name: getattr(row, name) for name in (*ASK, "origin_id", "origin_kind")}
    return get_or_create_generation(
        pk, owner=row.owner, picture=picture, price=price, retry_of=row, **ask
    )


def _stored(pk: UUID, picture: Picture) -> str:
    """Save the picture under a name that no other press shares."""
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
        # Presses of one person wait for each other: somebody else took the id at this moment.
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
    """The row of `ask` with its id; or the id that it is to get, and None."""
    row = Generation.objects.filter(pk=pk).first()
    if row is None:
        return pk, None
    if row.owner_id != owner.pk:  # a refusal would tell that it is there
        return _found(uuid5(pk, f"owner {owner.pk}"), owner, ask)
    if fingerprint_of(row) == fingerprint(ask):
        return pk, row
    return _found(uuid5(pk, fingerprint(ask)), owner, ask)


def fingerprint_of(row: Generation) -> str:
    """The fingerprint of the request that made `row`."""
    return fingerprint({name: getattr(row, name) for name in (*ASK, "provider_data")})


def fingerprint(ask: dict[str, Any], picture: Picture | None = None) -> str:
    """The same text for the same request."""
    told = ask.get("provider_data", {}).get(PICTURE, "")
    return json.dumps([[ask[name] for name in ASK], digest(picture) if picture else told])


def digest(picture: Picture) -> str:
    return sha256(picture.content).hexdigest()
