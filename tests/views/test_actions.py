"""What people do with their rows."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from generations.models import Generation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sharing", ["everyone", "nobody"])
def test_where_the_studio_decides_nobody_shares_one_by_one(
    client: Client, owner: Any, make_generation: Any, settings: Any, sharing: str
) -> None:
    settings.WANSTUDIO_SHARING = sharing
    row = make_generation("succeeded")
    client.force_login(owner)
    assert client.post(f"/v/{row.pk}/share/").status_code == 404
    row.refresh_from_db()
    assert not row.shared


@pytest.mark.parametrize(
    "wanted", ["foo", "https:", "javascript:a", "//evil.example/", "?a", "\0", "[", ""]
)
def test_no_address_to_go_back_to_is_an_error(
    client: Client, owner: Any, make_generation: Any, wanted: str
) -> None:
    row = make_generation("succeeded")
    client.force_login(owner)
    back = client.post(f"/v/{row.pk}/favourite/", {"next": wanted})
    assert (back.status_code, back["Location"]) == (302, f"/v/{row.pk}/")


@pytest.mark.parametrize(
    ("referrer", "led"),
    [
        ("http://testserver", "/"), ("http://testserver/gallery/?q=a", "/gallery/?q=a"),
        ("http://testserver?a=b", "/?a=b"), ("foo", None), ("http://evil.example/", None),
        ("http://testserver//evil.example", "/%2Fevil.example"), ("http://[", None),
    ],
)  # fmt: skip
def test_no_referrer_is_an_error(
    client: Client, owner: Any, make_generation: Any, referrer: str, led: str | None
) -> None:
    row = make_generation("succeeded")
    client.force_login(owner)
    back = client.post(f"/v/{row.pk}/favourite/", headers={"Referer": referrer})
    assert (back.status_code, back["Location"]) == (302, led or f"/v/{row.pk}/")


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/", "/i18n/setlang/"])
def test_next_is_no_error_at_any_door(owner: Any, path: str) -> None:
    client = Client(enforce_csrf_checks=path != "/i18n/setlang/")
    client.force_login(owner)
    for wanted in ("foo", "https:", "[", "\0"):
        answers = [client.post(path, {"next": wanted}), client.get(path, {"next": wanted})]
        assert {answer.status_code for answer in answers} <= {200, 302, 403, 405}


def test_the_id_of_somebody_elses_row_tells_nothing(
    client: Client, owner: Any, stranger: Any, make_generation: Any
) -> None:
    theirs = make_generation("succeeded", owner=stranger)
    client.force_login(owner)
    answers = []
    for pk in (theirs.pk, uuid4()):
        failed = make_generation("failed")
        form = {"id": str(pk), "model": "sandbox/sandbox-t2v", "size": "832x480", "prompt": "Fox"}
        answers.append((
            client.post("/", form).status_code,
            client.post("/", form, headers={"HX-Request": "true"}).status_code,
            client.post(f"/v/{failed.pk}/again/", {"id": str(pk), "sure": "yes"}).status_code,
        ))  # fmt: skip
    assert answers == [(302, 200, 302)] * 2
    assert theirs == Generation.objects.get(owner=stranger)


def test_sending_again_names_its_price(
    client: Client, owner: Any, make_generation: Any, settings: Any
) -> None:
    row = make_generation("failed", error_code="provider", provider="away", price="0.5")
    client.force_login(owner)
    for path in ("/activity/", f"/v/{row.pk}/again/"):
        assert "about $0.50" in client.get(path).content.decode(), path
    Generation.objects.update(price=None)
    assert "about $" not in client.get(f"/v/{row.pk}/again/").content.decode()
