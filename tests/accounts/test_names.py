"""No name can be taken for another one's, at whatever door an account is made."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from generations.accounts.names import validate_name

pytestmark = pytest.mark.django_db
TWINS = ["ANN", "Ann", "аnn", "ΑΝΝ", "ａｎｎ", "ɑnn", "𝐚nn", "АNN"]


@pytest.fixture(autouse=True)
def ann() -> Any:
    return User.objects.create_superuser("ann", password="password")


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_name(name)


@pytest.mark.parametrize(
    ("old", "new"),
    [("bob", "b0b"), ("alice", "AIice"), ("user1", "userl"), ("сор", "cop"), ("αβγ", "ΑΒΓ"),
     ("工力", "エカ"), ("Ärger", "ärger")],
)  # fmt: skip
def test_names_that_read_alike_are_twins(old: str, new: str) -> None:
    User.objects.create_user(old)
    with pytest.raises(ValidationError):
        validate_name(new)


@pytest.mark.parametrize(
    "name",
    ["anna", "an", "josé", "Иван", "Νίκος", "王小明", "王ann", "ひろしカナ", "김민수", "علي",
     "ann2", "ann@example.com", "ann.lee+x-y_z"],
)  # fmt: skip
def test_other_names_of_one_alphabet_are_taken(name: str) -> None:
    validate_name(name)


@pytest.mark.parametrize("name", ["Иvan", "anп", "ᏚᎪᎷ", "ꓮꓠꓠ", "αbc", "ann١"])
def test_no_name_mixes_alphabets_or_takes_a_rare_one(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_name(name)


def test_nobody_is_called_like_the_address_of_another() -> None:
    User.objects.create_user("bob", email="Bob@example.com")
    with pytest.raises(ValidationError):
        validate_name("bob@Example.com")


@pytest.mark.parametrize("name", ["ANN", "аnn"])
def test_every_door_asks(client: Client, settings: Any, ann: User, name: str) -> None:
    settings.WANSTUDIO_SIGNUP = "open"
    data = {"username": name, "password1": "correct horse 7", "password2": "correct horse 7"}
    assert client.post("/accounts/signup/", data).status_code == 200
    client.force_login(ann)
    assert client.post("/admin/auth/user/add/", data).status_code == 200
    with pytest.raises(CommandError, match="looks like one that is taken"):
        call_command("createsuperuser", interactive=False, username=name, email="")
    assert User.objects.count() == 1


def test_an_old_account_whose_name_clashes_is_still_edited_by_staff(
    client: Client, ann: User
) -> None:
    old = User.objects.create_user("ANN")
    client.force_login(ann)
    page = f"/admin/auth/user/{old.pk}/change/"
    form = client.get(page).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if isinstance(value, str)}
    moments = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    client.post(page, data | moments | {"first_name": "Old", "is_active": "on"})
    old.refresh_from_db()
    assert old.first_name == "Old"


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
