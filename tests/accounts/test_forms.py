"""What a form of an account says, in whose language, and at which field."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.accounts.signing_in import NEWCOMER, SIGN_UP

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "changes",
    [{"username": "owner"}, {"password2": "another"}, {"password1": "12345", "password2": "12345"}],
    ids=["a name that is taken", "two passwords", "a weak one"],
)
def test_what_is_wrong_is_said_at_its_field(
    client: Any, owner: Any, settings: Any, changes: dict[str, str]
) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    page = client.post(SIGN_UP, NEWCOMER | changes)
    assert page.status_code == 200
    assert 'class="error"' in page.content.decode()
    assert User.objects.count() == 1


def test_the_page_speaks_chinese(client: Any, owner: Any, settings: Any) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    page = client.get(SIGN_UP, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "注册账户" in page


def test_an_address_is_kept_and_is_no_name(client: Any, owner: Any, settings: Any) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    client.post(SIGN_UP, NEWCOMER | {"email": "New@Example.com"})
    assert User.objects.get(username="newcomer").email == "new@example.com"
    client.logout()
    page = client.post(SIGN_UP, NEWCOMER | {"username": "other@example.com"})
    assert "A username cannot be an e-mail address" in page.content.decode()
