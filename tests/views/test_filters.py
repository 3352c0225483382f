"""What the query string of the gallery narrows it to."""

from datetime import timedelta

import pytest
from django.utils import timezone

# Gallery


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=小猫", {"cat"}), ("q=FOX", {"fox"}), ("q=77", {"fox"}), ("ratio=9:16", {"cat"}),
        ("tier=1080P", {"cat"}), ("favourites=on", {"fox"}), ("days=1", {"fox"}),
        ("mode=image", set()), ("who=mine", {"cat", "fox"}), ("ratio=nonsense", {"cat", "fox"}),
        ("since=nonsense&until=2001-01-01", set()), ("until=9999-12-31", {"cat", "fox"}),
        ("since=0001-01-01", {"cat", "fox"}), ("q=%00", {"cat", "fox"}),
    ],
)  # fmt: skip
def test_filters_narrow_the_gallery(reader, make_generation, query, found):
    old = timezone.now() - timedelta(days=3)
    make_generation("succeeded", prompt="一只小猫", size="1080x1920", created=old)
    make_generation("succeeded", prompt="A fox", seed=77, favourite=True)
    make_generation("running", prompt="A fox on its way")
    rows = reader.get(f"/gallery/?{query}").context["shown"].page.rows
    assert {"cat" if "猫" in row.prompt else "fox" for row in rows} == found
