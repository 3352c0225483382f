"""What a video costs, as far as the operator has said so. Amounts are USD."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from django.conf import settings

from ..providers.base import VideoModel
from ..sizes import tier_of

FREE = "sandbox"


def price(alias: str, model: VideoModel, size: str) -> Decimal | None:
    """The estimate for one video, or None where no price is set. The sandbox costs nothing."""
    if alias == FREE:
        return Decimal(0)
    mode = "i2v" if model.needs_image else "t2v"
    amount: Decimal | None = settings.PRICES.get(alias, {}).get(f"{mode}:{tier_of(size)}")
    return amount


def total(prices: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None if one of the prices is not known."""
    known = list(prices)
    return None if None in known else sum(filter(None, known), Decimal(0))


def reported_usd(cost: str | float) -> str:
    """What a service reported, with its currency; as it stands there if it is no number."""
    try:
        return usd(Decimal(str(cost)))
    except (InvalidOperation, ValueError):
        return str(cost)


def usd(amount: Decimal) -> str:
    """`$0.10`, `$0.075`: two digits, more only where they say something."""
    exact = amount.quantize(Decimal("0.0001")).normalize()
    digits = max(2, -int(exact.as_tuple().exponent))
    return f"${exact:.{digits}f}"
