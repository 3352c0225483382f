"""The prompts of before."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Generation

pytestmark = pytest.mark.django_db


@pytest.fixture
def listed(client: Client, owner: Any) -> Any:
    """`listed("fox")`: what the list shows for it."""
    client.force_login(owner)

    def ask(text: str = "") -> list[str]:
        answer = client.get("/prompts/", {"q": text}, headers={"HX-Request": "true"})
        return [row.prompt for row in answer.context["rows"]]

    return ask


def test_each_prompt_stands_there_once_the_last_one_first(
    listed: Any, make_generation: Any, stranger: Any
) -> None:
    now = timezone.now()
    for age, prompt in enumerate(["A fox", "狐狸", "A fox", "An owl", ""]):
        make_generation("failed", prompt=prompt, created=now - timedelta(minutes=age))
    make_generation(prompt="Somebody else's fox", owner=stranger)
    make_generation("succeeded", prompt="Gone", trashed_at=now, deleted_at=now)
    assert listed() == ["A fox", "狐狸", "An owl"]
    assert listed("FOX") == ["A fox"]
    assert listed(" 狐 ") == ["狐狸"]
    assert listed("horse") == []


def test_fifty_are_shown_however_many_takes_each_has(listed: Any, owner: Any) -> None:
    Generation.objects.bulk_create(
        Generation(
            owner=owner, provider="sandbox", model="m", status="canceled", prompt=f"Take {n % 60}"
        )
        for n in range(600)
    )
    assert len(set(listed())) == len(listed()) == 50


def test_without_scripts_a_page_leads_to_the_form(
    client: Client, owner: Any, make_generation: Any
) -> None:
    row = make_generation(prompt="<b>A fox</b>")
    client.force_login(owner)
    page = client.get("/prompts/?q=fox").content.decode()
    assert f'href="/?remix={row.pk}">&lt;b&gt;A fox&lt;/b&gt;</a>' in page
    assert 'href="/prompts/"' in client.get("/").content.decode()
