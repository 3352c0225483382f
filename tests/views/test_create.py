"""The page of the form, and what comes back from a press of its button."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from generations.models import Generation

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client, owner: Any) -> Client:
    client.force_login(owner)
    return client


def test_a_press_after_signing_out_leads_back_to_signing_in(owner: Any) -> None:
    ask = {"id": uuid4(), "model": "sandbox/sandbox-t2v", "prompt": "A fox", "size": "832x480"}
    answer = Client(enforce_csrf_checks=True).post("/", ask)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert not Generation.objects.exists()


def test_the_largest_has_no_larger_one(reader: Client, make_generation: Any) -> None:
    small, large = make_generation(size="832x480"), make_generation(size="1920x1080")
    form = reader.get("/", {"larger": small.pk}).context["form"]
    assert form["size"].value() == "1920x1080"
    assert reader.get("/", {"larger": large.pk}).status_code == 404


def test_where_no_service_is_set_up_a_press_says_so(reader: Client, settings: Any) -> None:
    settings.PROVIDERS = {}
    answer = reader.post("/", {"id": uuid4(), "prompt": "A fox"})
    assert answer.status_code == 200
    assert answer.context["form"].has_error("model", "nothing_set_up")
    assert not Generation.objects.exists()
