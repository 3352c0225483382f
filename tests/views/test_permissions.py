"""Owner, stranger and anonymous at every address of the app."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import get_resolver, reverse

from generations.models import Generation
from generations.urls import urlpatterns
from tests.at_once import at_once
from tests.test_matrix import addresses

OF_A_ROW = [one.name for one in urlpatterns if "<uuid:pk>" in str(one.pattern)]
OF_NO_ROW = [(one.name, [1] if "<int:pk>" in str(one.pattern) else []) for one in urlpatterns
             if "<uuid:pk>" not in str(one.pattern)]  # fmt: skip
BY_POST = {"cancel", "favourite", "share", "delete", "restore", "selection"}
OWNERS_OWN = {"cancel", "again", "favourite", "share", "delete", "restore"}
pytestmark = pytest.mark.django_db


def ask(client, name, *args, **headers):
    method = client.post if name in BY_POST else client.get
    return method(reverse(f"generations:{name}", args=args), **headers)


@pytest.mark.parametrize("name", OF_A_ROW)
def test_a_strangers_row_does_not_exist(client, make_generation, stranger, name):
    row = make_generation("succeeded")
    client.force_login(stranger)
    assert ask(client, name, row.pk).status_code == 404
    assert ask(client, name, uuid4()).status_code == 404


@pytest.mark.parametrize("name", sorted(OWNERS_OWN))
def test_what_is_shared_can_be_seen_and_not_touched(client, make_generation, stranger, name):
    row = make_generation("succeeded", shared=True)
    client.force_login(stranger)
    assert ask(client, "detail", row.pk).status_code == 200
    assert ask(client, name, row.pk).status_code == 404
    assert Generation.objects.filter(pk=row.pk, trashed_at=None, favourite=False).exists()


@pytest.mark.parametrize("name", ["detail", "video", "download", "status"])
def test_a_rejected_video_is_hidden_from_all_but_its_owner_and_staff(
    client, make_generation, owner, stranger, reviewer, name
):
    row = make_generation("succeeded", shared=True, review="rejected")
    answers = {}
    for person in (owner, stranger, reviewer):
        client.force_login(person)
        answers[person.username] = ask(client, name, row.pk).status_code
    found = 286 if name == "status" else 200
    assert answers == {"owner": found, "stranger": 404, "reviewer": found}


@pytest.mark.parametrize(("person", "answer"), [("owner", 200), ("stranger", 404),
                                                ("reviewer", 200)])  # fmt: skip
def test_a_shared_video_does_not_hand_out_the_picture_it_began_with(
    client, make_generation, request, person, answer
):
    content = ContentFile(b"of somebody's kitchen", name="kitchen.png")
    row = make_generation("succeeded", shared=True, source_image=content)
    client.force_login(request.getfixturevalue(person))
    assert ask(client, "detail", row.pk).status_code == 200
    assert ask(client, "picture", row.pk).status_code == answer


@pytest.mark.parametrize("person", ["owner", "stranger", "reviewer", "operator"])
def test_only_owners_and_those_with_the_right_learn_what_a_shared_video_cost(
    client, make_generation, request, person
):
    row = make_generation(
        "succeeded", shared=True, provider="vtrix", provider_data={"cost": "0.4711"}
    )
    client.force_login(request.getfixturevalue(person))
    pages = [ask(client, "detail", row.pk), client.get(f"/live/?seen={row.pk}:before")]
    told = ["0.4711" in page.content.decode() for page in pages]
    assert told == [person in ("owner", "operator")] * 2


@pytest.mark.parametrize(("name", "args"), OF_NO_ROW)
def test_anonymous_people_sign_in_first(client, owner, name, args):
    response = ask(client, name, *args)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=%2F")


OPEN = {
    "setup/", "livez", "readyz", "healthz", "metrics", "manifest.webmanifest", "i18n/setlang/",
    "accounts/signup/", "accounts/logout/", "accounts/login/", "accounts/inactive/",
    "accounts/password_reset/", "accounts/password_reset/done/",
    "^accounts/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", "accounts/reset/done/",
    "accounts/email/sent/", "accounts/email/confirm/<str:key>/",
    "accounts/login/passkey/", "accounts/second-factor/code/",
    "accounts/single-sign-on/<slug:provider_id>/", "accounts/single-sign-on/cancelled/",
    "accounts/single-sign-on/<slug:provider_id>/callback/",
    "accounts/single-sign-on/feishu/callback/", "accounts/single-sign-on/dingtalk/callback/",
}  # fmt: skip


def test_only_these_pages_are_open_to_anonymous_people():
    opened = {path for path, view in addresses(get_resolver()) if not asks_to_sign_in(view)}
    assert {path for path in opened if "admin/" not in path} == OPEN


def asks_to_sign_in(view):
    return getattr(view, "login_required", True)


@pytest.mark.parametrize("name", OF_A_ROW)
def test_anonymous_people_learn_nothing_of_rows(client, make_generation, name):
    row = make_generation("succeeded", shared=True)
    assert ask(client, name, row.pk).status_code == 302
    assert ask(client, name, uuid4()).status_code == 302


@pytest.mark.parametrize("name", sorted(BY_POST))
def test_nothing_is_changed_by_a_link(client, make_generation, owner, name):
    row = make_generation("succeeded")
    client.force_login(owner)
    args = () if name == "selection" else (row.pk,)
    assert client.get(reverse(f"generations:{name}", args=args)).status_code == 405


def test_a_lost_session_sends_a_fragment_back_to_the_page_it_stands_on(client, owner):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/activity/?before=x"}
    response = client.get("/live/", headers=headers)
    assert response["HX-Redirect"] == "/accounts/login/?next=%2Factivity%2F%3Fbefore%3Dx"


@pytest.mark.parametrize(
    ("referrer", "back"),
    [("//evil/", None), ("http://testserver//evil/", "/%2Fevil/")],
)
def test_people_cannot_be_led_to_another_site(client, make_generation, owner, referrer, back):
    row = make_generation("succeeded")
    client.force_login(owner)
    url = reverse("generations:favourite", args=[row.pk])
    response = client.post(url, {"next": "https://evil.example/"}, headers={"Referer": referrer})
    assert response["Location"] == (back or f"/v/{row.pk}/")


def test_with_nobody_there_every_page_leads_to_the_set_up(client, db):
    for url in ("/", "/gallery/", "/admin/", "/accounts/login/", "/v/x/", f"/v/{uuid4()}/"):
        assert client.get(url)["Location"] == "/setup/"
    assert client.get("/setup/").status_code == 200
    assert client.get("/healthz").status_code in (200, 503)
    assert [client.get(url).status_code for url in ("/livez", "/readyz")] == [200, 200]


def test_the_set_up_makes_one_administrator_and_is_gone(client, db):
    data = {"username": "ada", "password1": "correct horse", "password2": "correct horse"}
    assert client.post("/setup/", data)["Location"] == "/"
    ada = User.objects.get()
    assert (ada.is_superuser, ada.is_staff) == (True, True)
    assert client.get("/").status_code == 200
    assert client.get("/setup/").status_code == 404
    assert client.post("/setup/", data | {"username": "eve"}).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_set_ups_at_once_one_makes_the_administrator():
    def set_up(number):
        data = {"username": f"ada-{number}", "password1": "correct horse"}
        return Client().post("/setup/", data | {"password2": "correct horse"}).status_code

    assert sorted(at_once(10, set_up)) == [302] + [404] * 9
    assert User.objects.count() == 1


def test_beyond_loopback_the_set_up_wants_the_token_of_the_start(client, db, settings):
    settings.WANSTUDIO_BEYOND_LOOPBACK = True
    data = {"username": "ada", "password1": "correct horse", "password2": "correct horse"}
    for token in ({}, {"token": "guessed"}, {"token": "猜"}):
        assert client.post("/setup/", data | token).status_code == 200
    assert not User.objects.exists()
    right = {"token": settings.WANSTUDIO_SETUP_TOKEN}
    assert client.post("/setup/", data | right).status_code == 302
