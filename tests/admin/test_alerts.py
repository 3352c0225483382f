"""The attention list: everything at once, and nothing at all."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from generations.models import SubmitThrottle

pytestmark = pytest.mark.django_db


def test_the_page_names_everything(client, operator, make_generation):
    now = timezone.now()
    SubmitThrottle.objects.at("sandbox", "wan2.2-t2v-plus")
    make_generation("queued", due_at=now - timedelta(minutes=5))  # it could have been sent
    SubmitThrottle.objects.pause(
        "vtrix", "m", whole_service=True, code="billing", detail="Arrearage!"
    )
    make_generation("unconfirmed", prompt="in doubt")
    make_generation("storing", prompt="not home", submitted_at=now - timedelta(hours=20, minutes=1))
    make_generation("failed", prompt="paid for nothing", error_code="expired", billed="yes")
    make_generation("running", prompt="so slow", submitted_at=now - timedelta(hours=2))
    make_generation("running").log_event("unknown_word", note="FROBNICATING")
    client.force_login(operator)
    text = client.get(reverse("admin:generations_attention")).content.decode()
    for part in ("The worker is not running", "Arrearage!", "in doubt", "not home",
                 "3 h 58 min left", "paid for nothing", "so slow", "FROBNICATING"):  # fmt: skip
        assert part in text


def test_a_calm_page_says_so(client, operator):
    client.force_login(operator)
    text = client.get(reverse("admin:generations_attention")).content.decode()
    assert "Nothing needs attention" in text
