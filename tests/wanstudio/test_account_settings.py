"""Guessing locks out who guesses, and nobody else."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from generations.models import RateLimit
from tests.accounts.signing_in import NEWCOMER, SIGN_UP, sign_in

GUESSES = 8  # for a name from one address, within 15 minutes
ALL_GUESSES = 30  # from one address, for whatever names


def test_who_guesses_is_locked_out_and_the_real_person_elsewhere_is_not(client, owner):
    for _ in range(20):
        guessed = sign_in(client, "wrong")
    assert guessed.status_code == 429
    assert "15 minutes" in guessed.content.decode()
    assert sign_in(client, "password").status_code == 429
    assert sign_in(client, "password", address="192.0.2.2").status_code == 302


def test_who_has_many_addresses_of_one_network_is_one_guesser(client, owner):
    for number in range(GUESSES):
        sign_in(client, "wrong", address=f"2001:db8:1:2::{number}")
    assert sign_in(client, "password", address="2001:db8:1:2:a:b:c:d").status_code == 429
    assert sign_in(client, "password", address="2001:db8:1:3::1").status_code == 302


def test_one_guess_for_each_of_many_names_is_guessing_too(client, owner, stranger):
    answers = [sign_in(client, "wrong", username=f"name{n}").status_code for n in range(60)]
    assert answers == [200] * ALL_GUESSES + [429] * (60 - ALL_GUESSES)
    assert sign_in(client, "password").status_code == 429
    assert sign_in(client, "password", address="192.0.2.2").status_code == 302


def test_who_keeps_guessing_one_name_keeps_nobody_else_at_that_address_out(client, owner, stranger):
    for _ in range(2 * ALL_GUESSES):
        sign_in(client, "wrong")
    assert sign_in(client, "password", username="stranger").status_code == 302


@pytest.mark.parametrize("name", ["OWNER", "Owner@example.com", " owner "])
def test_another_spelling_of_a_name_is_no_further_guess(client, owner, name):
    for _ in range(GUESSES):
        sign_in(client, "wrong", username=name)
    assert sign_in(client, "password", username=name).status_code == 429


def minutes_pass(minutes):
    """As if all that is counted had been counted that much earlier."""
    for row in RateLimit.objects.all():
        row.value = [moment - 60 * minutes for moment in row.value]
        row.save()


def counted():
    return sorted(RateLimit.objects.values_list("key", "value"))


def test_who_keeps_trying_while_locked_out_writes_nothing_more(client, owner):
    long = {"username": "owner", "password": "wrong", "more": "x" * 2000}
    for _ in range(GUESSES):
        client.post(reverse("login"), long)
    locked = counted()
    for _ in range(20):
        assert client.post(reverse("login"), long).status_code == 429
    assert counted() == locked


def test_the_lock_ends_after_15_minutes_for_who_keeps_trying_too(client, owner):
    for _ in range(GUESSES):
        sign_in(client, "wrong")
    minutes_pass(10)
    assert sign_in(client, "password").status_code == 429
    minutes_pass(6)
    assert sign_in(client, "password").status_code == 302


@pytest.mark.parametrize("name", ["n" * 500_000, "n" * 255, "a\0b"])
def test_nothing_is_looked_up_or_counted_that_no_account_can_have(client, owner, name):
    response = sign_in(client, "wrong", username=name)
    assert response.status_code == 200
    assert not [key for key, value in counted() if "login_failed" in key]


def test_no_name_that_was_tried_is_written_down(client, owner):
    sign_in(client, "wrong", username="secret-name")
    assert "secret-name" not in str(list(RateLimit.objects.values()))


def test_a_few_typing_errors_lock_nobody_out(client, owner):
    for _ in range(GUESSES - 1):
        assert sign_in(client, "wrong").status_code == 200
    assert sign_in(client, "password").status_code == 302


def test_guesses_at_the_old_password_are_limited_too(client, owner):
    client.force_login(owner)
    new = {"password1": "a-long-new-word-1", "password2": "a-long-new-word-1"}
    for _ in range(GUESSES):
        client.post(reverse("password_change"), new | {"oldpassword": "wrong"})
    answer = client.post(reverse("password_change"), new | {"oldpassword": "password"})
    assert answer.status_code == 429
    owner.refresh_from_db()
    assert owner.check_password("password")


def test_one_address_makes_twenty_accounts_an_hour_at_most(client, owner, settings):
    settings.WANSTUDIO_SIGNUP = "open"
    for number in range(25):
        answer = client.post(
            SIGN_UP, NEWCOMER | {"username": f"new{number}x"}, REMOTE_ADDR="192.0.2.7"
        )
        client.logout()
    assert answer.status_code == 429
    assert User.objects.filter(username__startswith="new").count() == 20
    assert client.post(SIGN_UP, NEWCOMER, REMOTE_ADDR="192.0.2.8").status_code == 302
