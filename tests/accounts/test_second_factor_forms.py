"""The forms of a second factor, as they stand in their pages."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.accounts.test_second_factor import confirm

pytestmark = pytest.mark.django_db


@pytest.fixture
def confirmed(owner: User) -> Client:
    """Signed in, and the password given again."""
    client = Client()
    client.force_login(owner)
    confirm(client)
    return client


@pytest.mark.parametrize(
    ("path", "label"),
    [("app", "The code that the app shows"), ("passkey", "Name of the passkey")],
)
def test_fields_have_our_labels(confirmed: Client, path: str, label: str) -> None:
    assert label in confirmed.get(f"/accounts/second-factor/{path}/").content.decode()


def test_a_passkey_is_always_one_that_signs_in_without_a_name(confirmed: Client) -> None:
    page = confirmed.get("/accounts/second-factor/passkey/").content.decode()
    [field] = re.findall(r'<input[^>]*name="passwordless"[^>]*>', page)
    assert 'type="hidden"' in field and 'value="True"' in field
