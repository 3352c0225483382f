"""The administrator that a script makes."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["", "Robot@example.com"])
def test_the_superuser_of_a_script_needs_no_address(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "robot")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse 7")
    if address:
        monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", address)
    call_command("createsuperuser", interactive=False, verbosity=0)
    made = User.objects.get(username="robot")
    assert made.is_superuser and made.check_password("correct horse 7")
    assert made.email == address.lower()
