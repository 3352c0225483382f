"""Somebody leaves: the account is deactivated, its videos stay, change hands or are deleted."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.urls import reverse

from generations.accounts import names
from generations.models import Generation
from tests.factory import make_generation


@pytest.fixture
def chief(admin_client):
    return admin_client


@pytest.fixture
def videos(owner):
    return [make_generation(status, owner=owner) for status in ("succeeded", "running")]


def leave(client, person, **choice):
    url = reverse("admin:auth_user_leave", args=[person.pk])
    return client.post(url, choice, follow=True)


def test_deleting_an_account_with_videos_leads_to_how_somebody_leaves(chief, owner, videos):
    answer = chief.get(reverse("admin:auth_user_delete", args=[owner.pk]), follow=True)
    assert "nobody can sign in with it" in answer.content.decode()
    assert "2 generations belong to this account" in answer.content.decode()


def test_an_account_that_made_nothing_is_deleted(chief, owner):
    chief.post(reverse("admin:auth_user_delete", args=[owner.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=owner.pk).exists()


def test_who_leaves_is_signed_out_and_the_videos_stay(chief, client, owner, videos):
    client.force_login(owner)
    leave(chief, owner, videos="stay")
    assert client.get("/gallery/").status_code == 302
    assert Generation.objects.owned_by(owner).not_trashed().count() == 2


def test_the_videos_are_handed_over_with_what_is_on_its_way(chief, owner, videos):
    heir = User.objects.create_user("heir")
    answer = leave(chief, owner, videos="hand_over", to=heir.pk)
    assert "2 videos were handed over" in answer.content.decode()
    assert Generation.objects.owned_by(heir).count() == 2


def test_an_heir_must_be_named(chief, owner, videos):
    answer = leave(chief, owner, videos="hand_over")
    assert "Choose who gets the videos." in answer.content.decode()
    owner.refresh_from_db()
    assert owner.is_active


def test_to_the_trash_goes_what_is_settled_alone(chief, owner, videos):
    answer = leave(chief, owner, videos="trash")
    assert "1 stay: they are in progress" in answer.content.decode()
    assert [row.trashed_at is None for row in map(refreshed, videos)] == [False, True]


def refreshed(row):
    row.refresh_from_db()
    return row


def test_nobody_leaves_by_themselves_nor_sends_an_administrator_away(chief, client, owner):
    administrator = User.objects.get(is_superuser=True)
    assert leave(chief, administrator, videos="stay").status_code == 403
    client.force_login(owner)
    url = reverse("admin:auth_user_leave", args=[administrator.pk])
    assert client.post(url, {"videos": "stay"}).status_code in (302, 403)
    administrator.refresh_from_db()
    assert administrator.is_active


def test_an_address_that_staff_change_is_the_only_one_that_counts(chief, client, owner):
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    page = reverse("admin:auth_user_change", args=[owner.pk])
    initial = chief.get(page).context["adminform"].form.initial
    data = {name: value for name, value in initial.items() if isinstance(value, str)}
    moments = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "is_active": "on"}
    chief.post(page, data | moments | {"email": "Other@example.com"})
    owner.refresh_from_db()
    assert owner.email == "other@example.com"
    for name, status in (("owner@example.com", 200), ("other@example.com", 302)):
        answer = client.post(reverse("login"), {"username": name, "password": "password"})
        assert answer.status_code == status


def test_a_name_taken_after_the_check_is_refused_at_its_field(chief, owner, monkeypatch):
    checked = iter([False])  # by the form; then somebody else is quicker
    is_taken = names.is_taken
    monkeypatch.setattr(names, "is_taken", lambda name: next(checked, True) or is_taken(name))
    page = reverse("admin:auth_user_change", args=[owner.pk])
    moments = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    answer = chief.post(page, moments | {"username": "late", "first_name": "Kept"})
    field = answer.context["adminform"].form["username"]
    assert field.errors == ["This name is taken, or looks like one that is taken."]
    assert 'value="Kept"' in answer.content.decode()
    owner.refresh_from_db()
    assert owner.username != "late"
