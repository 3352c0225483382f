"""Lengths of time, as people read them."""

import pytest

from generations.wording import (
    until_sent,
    usually,
)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (60, 180, "usually 1 to 3 min"), (55, 90, "usually 1 to 2 min"),
        (20, 41, "usually 20 to 45 s"), (41, 44, "usually about 45 s"), (0, 1, "usually about 5 s"),
        (100, 119, "usually about 2 min"), (30, 61, "usually 1 to 2 min"),
    ],
)  # fmt: skip
def test_how_long_it_usually_takes(low, high, text):
    assert usually(low, high) == text


def test_how_long_until_it_is_sent():
    assert until_sent(59) == "sent in less than a minute"
    assert until_sent(61) == "sent in about 2 min"
