"""The list of everything, and what it cost."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from generations.models import Generation
from generations.reports.aggregate import update_daily_sums

pytestmark = pytest.mark.django_db


def test_a_person_reads_what_their_videos_cost(
    client: Client, owner: Any, stranger: Any, make_generation: Any
) -> None:
    paid = {"provider": "dashscope", "price": Decimal("0.5")}
    made = [make_generation("succeeded", owner=one, **paid) for one in (owner, owner, stranger)]
    for row in (*made, make_generation("succeeded", price=0)):
        row.log_event("queued", by=row.owner)
    client.force_login(owner)
    assert 'id="spent"' not in client.get("/activity/").content.decode()
    update_daily_sums()
    Generation.objects.filter(owner=owner).delete()
    page = " ".join(client.get("/activity/").content.decode().split())
    assert "In the last 30 days: 2 videos, about $1.00." in page


def test_a_card_names_its_provider(client: Client, owner: Any, make_generation: Any) -> None:
    make_generation("succeeded", provider="gone-relay")
    client.force_login(owner)
    assert "<span>gone-relay</span>" in client.get("/activity/").content.decode()
