"""No name can be taken for another one's, at whatever door an account is made."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client

from generations.accounts import names
from generations.accounts.names import validate_name
from generations.models import RateLimit

pytestmark = pytest.mark.django_db
TWINS = ["ANN", "Ann", "аnn", "ΑΝΝ", "ａｎｎ", "ɑnn", "𝐚nn", "АNN", "ᴀɴɴ"]


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
    [old] = User.objects.bulk_create([User(username="ANN")])
    client.force_login(ann)
    page = f"/admin/auth/user/{old.pk}/change/"
    form = client.get(page).context["adminform"].form
    data = {name: value for name, value in form.initial.items() if isinstance(value, str)}
    moments = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    client.post(page, data | moments | {"first_name": "Old", "is_active": "on"})
    old.refresh_from_db()
    assert old.first_name == "Old"


BOTH_ARE_ASKED = Barrier(2, timeout=60)


class SlowHasher(MD5PasswordHasher):
    """Waits until both have passed their forms: a password is hashed between form and row."""

    algorithm = "slow"

    def encode(self, password: str, salt: str) -> str:
        if not BOTH_ARE_ASKED.broken:
            BOTH_ARE_ASKED.wait()
        return str(super().encode(password, salt))


@pytest.fixture
def both_at_once(settings: Any) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["tests.accounts.test_names.SlowHasher"]
    settings.WANSTUDIO_SIGNUP = "open"
    BOTH_ARE_ASKED.reset()
    yield
    BOTH_ARE_ASKED.abort()


def sign_up(name: str) -> int:
    data = {"username": name, "password1": "correct horse 7", "password2": "correct horse 7"}
    try:
        return Client().post("/accounts/signup/", data).status_code
    finally:
        connection.close()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [("bob", "BOB"), ("cop", "сор"), ("bob", "bob")])
def test_of_two_who_sign_up_at_one_instant_one_gets_the_name(
    both_at_once: None, names: tuple[str, str]
) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(sign_up, names))
    assert sorted(answers) == [200, 302]
    assert User.objects.exclude(username="ann").count() == 1
    assert not RateLimit.objects.filter(key__startswith="name-").exists()


def test_who_asks_again_while_the_other_is_stored_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = User(username="bob")
    names.reserve_name(other)
    looked = names.is_taken

    def is_taken(name: str) -> bool:
        found = looked(name)
        User.objects.bulk_create([other])
        names.release_name(other)
        return found

    monkeypatch.setattr(names, "is_taken", is_taken)
    with pytest.raises(ValidationError):
        validate_name("BOB")


def test_the_rule_holds_for_who_asks_no_form() -> None:
    with pytest.raises(IntegrityError):
        User.objects.create_user("ANN")
