"""The lines of the services: how each stands, and who may open one again."""

import pytest
from django.test import Client
from django.urls import reverse

from generations.models import SubmitThrottle
from tests.conftest import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paused() -> SubmitThrottle:
    """One line that staff must open, one that rests, one that sends."""
    SubmitThrottle.objects.pause(
        "vtrix", "m", whole_service=True, code="billing", detail="Arrearage"
    )
    tired = SubmitThrottle.objects.at("relay", "m")
    for _ in range(5):
        tired.record_failure()
    SubmitThrottle.objects.at("sandbox", "m")
    return SubmitThrottle.objects.get(provider="vtrix")


def lines(client: Client, *permissions: str) -> str:
    client.force_login(person("staff", "view_lane", *permissions, staff=True))
    return client.get(reverse("admin:generations_submitthrottle_changelist")).content.decode()


def test_each_line_says_how_it_stands(client: Client, paused: SubmitThrottle) -> None:
    text = lines(client)
    for said in ("Paused until staff resume it", "Waiting after failures", "Open", "Arrearage"):
        assert said in text


@pytest.mark.parametrize(("permissions", "links"), [((), 0), (("repair_generation",), 1)])
def test_a_paused_line_alone_has_a_way_to_open_it_for_those_who_may(
    client: Client, paused: SubmitThrottle, permissions: tuple[str, ...], links: int
) -> None:
    text = lines(client, *permissions)
    assert text.count(">Resume</a>") == links
    assert text.count(reverse("admin:generations_resume", args=[paused.pk])) == links
