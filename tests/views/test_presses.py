"""What hurried people do to the form and to their rows, over HTTP: one wish, one row."""

from __future__ import annotations

import io
import re
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from generations.models import Generation
from tests.at_once import at_once

pytestmark = pytest.mark.django_db

NEW = "/"


def form(**changes: Any) -> dict[str, Any]:
    filled = {"id": str(uuid4()), "prompt": "A fox in the snow", "size": "832x480"}
    return {"model": "sandbox/sandbox-t2v", "prompt_extend": "on", **filled, **changes}


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.django_db(transaction=True)
def test_fifty_posts_of_one_form_at_once_make_one_row(owner: Any) -> None:
    filled = form()
    session = signed_in(owner).cookies

    def press(number: int) -> str:
        client = Client()
        client.cookies = session
        return client.post(NEW, filled).headers["Location"]

    assert set(at_once(50, press)) == {f"/v/{filled['id']}/"}
    assert Generation.objects.count() == 1


def test_a_double_click_and_a_reload_land_on_the_same_page(owner: Any) -> None:
    client, filled = signed_in(owner), form()

    answers = [client.post(NEW, filled) for _ in range(3)]

    assert {answer.headers["Location"] for answer in answers} == {f"/v/{filled['id']}/"}
    assert Generation.objects.count() == 1


def test_back_and_generate_once_more_is_the_same_wish_until_it_is_edited(owner: Any) -> None:
    client, filled = signed_in(owner), form()
    client.post(NEW, filled)

    client.post(NEW, filled)
    assert Generation.objects.count() == 1

    edited = client.post(NEW, filled | {"prompt": "A wolf in the snow"})
    assert edited.headers["Location"] != f"/v/{filled['id']}/"
    assert Generation.objects.count() == 2


def test_the_same_form_in_two_tabs_makes_one_row(owner: Any) -> None:
    one, other, filled = signed_in(owner), signed_in(owner), form()

    one.post(NEW, filled)
    other.post(NEW, filled, headers={"HX-Request": "true"})

    assert Generation.objects.count() == 1


@pytest.mark.parametrize("page", ["/activity/", "/v/{}/"])
def test_try_again_pressed_twice_makes_one_video(
    owner: Any, make_generation: Any, page: str
) -> None:
    client = signed_in(owner)
    row = make_generation("failed", error_code="provider", model="sandbox-t2v")
    shown = client.get(page.format(row.pk)).content.decode()
    pattern = rf'action="(/v/{row.pk}/again/)".*?name="id" value="([^"]+)"'
    [button] = re.findall(pattern, shown, re.DOTALL)

    answers = [client.post(button[0], {"id": button[1]}) for _ in range(2)]

    assert {answer.headers["Location"] for answer in answers} == {f"/v/{button[1]}/"}
    assert Generation.objects.filter(retry_of=row).count() == 1


@pytest.mark.parametrize("posted", [{}, {"id": "nonsense"}])
def test_a_press_without_an_id_is_asked_once_more_and_makes_nothing(
    owner: Any, make_generation: Any, posted: dict[str, str]
) -> None:
    row = make_generation("failed", error_code="provider")

    answer = signed_in(owner).post(f"/v/{row.pk}/again/", posted)

    assert answer.headers["Location"] == f"/v/{row.pk}/again/"
    assert Generation.objects.count() == 1


def test_trying_again_keeps_the_pace_of_everybody(
    owner: Any, make_generation: Any, settings: Any
) -> None:
    settings.WANSTUDIO_RATE = 2
    row = make_generation("failed", error_code="provider")
    client = signed_in(owner)
    for _ in range(2):
        client.post(NEW, form(seed="nonsense"))

    client.post(f"/v/{row.pk}/again/", {"id": str(uuid4())})

    assert Generation.objects.count() == 1


def test_a_row_on_its_way_is_not_deleted(owner: Any, make_generation: Any) -> None:
    rows = [make_generation(status=status) for status in ("submitting", "running", "storing")]
    client = signed_in(owner)

    for row in rows:
        client.post(reverse("generations:delete", args=[row.pk]))
    everything = {"action": "delete", "id": [str(row.pk) for row in rows]}
    client.post(reverse("generations:selection"), everything)

    assert Generation.objects.not_trashed().count() == 3


def test_a_row_in_doubt_is_not_deleted_and_says_why(owner: Any, make_generation: Any) -> None:
    row, ready = make_generation("unconfirmed"), make_generation("succeeded")
    client = signed_in(owner)
    assert reverse("generations:delete", args=[row.pk]) not in page(client, row)

    client.post(reverse("generations:delete", args=[row.pk]))
    assert "Staff check the bill first" in page(client, row)
    both = {"action": "delete", "id": [str(row.pk), str(ready.pk)]}
    client.post(reverse("generations:selection"), both)

    assert list(Generation.objects.not_trashed()) == [row]
    assert "Staff check the bill first" in page(client, row)


def page(client: Client, row: Any) -> str:
    return client.get(reverse("generations:detail", args=[row.pk])).content.decode()


def test_who_was_signed_out_during_an_upload_leaves_no_row_and_no_picture(owner: Any) -> None:
    client = signed_in(owner)
    client.get(NEW)
    client.logout()
    picture = io.BytesIO()
    Image.new("RGB", (400, 400)).save(picture, "PNG")
    upload = SimpleUploadedFile("boat.png", picture.getvalue(), "image/png")

    answer = client.post(NEW, form(model="sandbox/sandbox-i2v", image=upload))

    assert answer.headers["Location"].startswith("/accounts/login/")
    assert not Generation.objects.exists()
    assert not (django_settings.MEDIA_ROOT / "pictures").exists()
