"""Since when a row is in its state, and how long each part took."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from generations.views.presenters import card_of


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"queued_at": "2026-11-01T10:00:00+08:00", "started_at": "2026-11-01T02:00:42+00:00",
          "ended_at": "2026-11-01T02:02:00Z"},
         {"In the provider&#x27;s queue": "0:42", "In the making": "1:18"}),
        ({"queued_at": "2026-11-01T02:00:00Z", "ended_at": "2026-11-01T02:02:00Z"},
         {"At the provider": "2:00"}),
        ({"queued_at": "2026-11-01T02:00:00Z"}, {}),
        ({"queued_at": "2026-11-01T02:00:00Z", "ended_at": "2026-11-01T01:00:00Z"}, {}),
        ({"queued_at": "2026-11-01T02:00:00", "started_at": [], "ended_at": "soon"}, {}),
    ],
)  # fmt: skip
def test_how_long_it_took_is_shown_where_the_service_told(reader, make_generation, facts, told):
    row = make_generation("succeeded", provider_data=facts)
    page = reader.get(f"/v/{row.pk}/").content.decode()
    shown = re.findall(r"<dt>([^<]+)</dt>\s*<dd>(\d+:\d\d)</dd>", page)
    assert dict(shown) == told


@pytest.mark.parametrize(
    ("minutes", "believed"),
    [(-1, True), (-5, False), (-8 * 60, False), (1, True), (4, False)],
    ids=["a clock that is behind", "before", "another zone", "after", "in the future"],
)
def test_a_told_start_counts_only_if_it_is_possible(make_generation, owner, minutes, believed):
    submitted = timezone.now() - timedelta(minutes=3)
    started = submitted + timedelta(minutes=minutes, seconds=1)
    row = make_generation(
        "running",
        remote_state="running",
        submitted_at=submitted,
        provider_data={"started_at": started.isoformat()},
    )
    assert card_of(row, owner).since == (started if believed else submitted)
