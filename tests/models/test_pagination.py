"""Pages by key: every row once, wherever a page begins."""

import pytest
from django.utils import timezone

from generations.models.pagination import cursor, parse


@pytest.fixture
def reader(client, owner):
    client.force_login(owner)
    return client


def test_pages_follow_each_other_without_gap_or_repeat(reader, make_generation):
    same = timezone.now()
    made = {make_generation("succeeded", created=same).pk for _ in range(30)}
    first = reader.get("/gallery/").context["shown"]
    second = reader.get(f"/gallery/{first.more}").context["shown"]
    shown = [row.pk for row in (*first.page.rows, *second.page.rows)]
    assert len(shown) == 30 and set(shown) == made
    assert second.more == ""


@pytest.mark.parametrize("nonsense", ["x", "-", "9" * 40 + "-x", "1-1", f"{10**30}-{'0' * 32}"])
def test_a_cursor_that_makes_no_sense_is_the_beginning(reader, make_generation, nonsense):
    make_generation("succeeded")
    assert len(reader.get("/gallery/", {"before": nonsense}).context["shown"].page.rows) == 1


def test_a_cursor_reads_back(make_generation):
    row = make_generation("succeeded")
    assert parse(cursor(row)) == (row.created, row.pk)
