"""Prices are the operator's; where none is set, none is shown."""

from decimal import Decimal

import pytest

from generations.creation.pricing import price, usd
from generations.providers.base import IMAGE_TO_VIDEO, VideoModel
from generations.sizes import IMAGE_SIZES

TEXT = VideoModel(id="t", label="t")
IMAGE = VideoModel(id="i", label="i", mode=IMAGE_TO_VIDEO, sizes=IMAGE_SIZES)


def test_the_price_is_that_of_service_mode_and_tier(settings):
    settings.PRICES = {"one": {"t2v:480P": Decimal("0.10"), "i2v:480P": Decimal("0.075")}}
    assert price("one", TEXT, "624x624") == Decimal("0.10")
    assert price("one", IMAGE, "480P") == Decimal("0.075")
    assert price("one", TEXT, "1920x1080") is None
    assert price("two", TEXT, "624x624") is None


def test_the_sandbox_costs_nothing():
    assert price("sandbox", TEXT, "1920x1080") == 0


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0.1", "$0.10"), ("0.075", "$0.075"), ("0", "$0.00"), ("12", "$12.00"), ("100", "$100.00"),
     ("0.12345", "$0.1234")],
)  # fmt: skip
def test_amounts_are_written_with_two_digits_or_as_many_as_say_something(amount, shown):
    assert usd(Decimal(amount)) == shown
