"""What a video costs, by the operator's prices. Amounts are USD."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from django.conf import settings

from ..providers.base import VideoModel
from ..sizes import tier_of

FREE = "sandbox"


def price(alias: str, model: VideoModel, size: str) -> Decimal | None:
    """The estimate for one video, or None if no price is set. The sandbox costs nothing."""
    if alias == FREE:
        return Decimal(0)
    mode = "i2v" if model.needs_image else "t2v"
    amount: Decimal | None = settings.PRICES.get(alias, {}).get(f"{mode}:{tier_of(size)}")
    return amount


def total(prices: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None if a price is unknown."""
    known = list(prices)
    return None if None in known else sum(filter(None, known), Decimal(0))


def reported_usd(cost: str | float) -> str:
    """The amount that a service reported, with its currency; unchanged if it is not a number."""
    try:
        return usd(Decimal(str(cost)))
    except (InvalidOperation, ValueError):
        return str(cost)


def usd(amount: Decimal) -> str:
    """`$0.10`, `$0.075`: two digits, or more if they are needed."""
    exact = amount.quantize(Decimal("0.0001")).normalize()
    digits = max(2, -int(exact.as_tuple().exponent))
    return f"${exact:.{digits}f}"
