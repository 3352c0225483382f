"""What an answer tells about the wait, times and progress."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from generations.providers.http.response import percent, retry_after, unix_time


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("1e3", None),
        ("٣", None),
        ("9" * 400, 600),
        ("Sat, 01 Jan 2000 00:01:00 GMT", 60),
        ("Sat, 01 Jan 2000 00:01:00 -0000", None),
        ("Fri, 31 Dec 1999 00:00:00 GMT", None),
        ("Sat, 99 Jan 2000 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_or_ignored(value: str, seconds: float | None) -> None:
    assert retry_after(value, datetime(2000, 1, 1, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        (1753621515, "2025-07-27T13:05:15+00:00"),
        (1753621515212, "2025-07-27T13:05:15.212000+00:00"),
        (0, ""),
        (-1, ""),
        (True, ""),
        ("1753621515", ""),
        (10**400, ""),
        (float("nan"), ""),
    ],
)
def test_times_are_told_in_one_form_or_not_at_all(value: Any, iso: str) -> None:
    assert unix_time(value) == iso


@pytest.mark.parametrize(("value", "share"), [("100%", 100), ("30.4%", 30), ("-3%", None)])
def test_percent_reads_texts(value: str, share: int | None) -> None:
    assert percent(value) == share
