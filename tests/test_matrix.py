"""Every address × every role × every method, found by itself: nothing of others, no 500, no hole.

What is new in a urls.py is tried here without anybody adding a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, product
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from generations.models import Generation, SubmitThrottle
from tests.conftest import person

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="rights do not ask which database"),
]

METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
ROLES = ("anonymous", "stranger", "staff", "reviewer", "operator", "finance", "superuser", "owner")
NO_RIGHT_TO_SEE = {"anonymous", "stranger", "staff", "finance"}
# What a page must not hold. Data blocks (type="application/json") run nothing.
INLINE = re.compile(
    r"<style|<script(?![^>]*\bsrc=)(?![^>]*application/json)|\sstyle\s*=|\son[a-z]+\s*=|javascript:",
    re.IGNORECASE,
)
PARTS = re.compile(r"<(?:\w+:)?(\w+)>")
GROUPS = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    """Each address of the site with its parts still named, `v/<uuid:pk>/`, and its view."""
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one, path)
        elif isinstance(one, URLPattern):
            yield path, one.callback


def filled(pattern: str, values: dict[str, str]) -> str:
    pattern = re.sub(r"\\Z|[\^$]|\?$", "", pattern).replace(r"\.", ".")
    pattern = GROUPS.sub(lambda part: values.get(part[1], "generations"), pattern)
    return "/" + PARTS.sub(lambda part: values.get(part[1], "x"), pattern)


EVERY = sorted({address for address, view in addresses(get_resolver())})
OF_A_ROW = [address for address in EVERY if address.startswith("v/<uuid:pk>")]


@pytest.fixture
def row(make_generation: Any) -> Generation:
    made: Generation = make_generation("succeeded", prompt="a secret picnic")
    return made


@pytest.fixture(params=ROLES)
def visitor(request: pytest.FixtureRequest, row: Generation, operator: Any) -> tuple[str, Client]:
    client = Client(raise_request_exception=False)
    role = request.param
    if role == "owner":
        client.force_login(row.owner)
    elif role == "superuser":
        client.force_login(operator)
    elif role != "anonymous":
        someone = person(f"someone-{role}", staff=role != "stranger")
        someone.groups.set(Group.objects.filter(name=role))
        client.force_login(someone)
    return role, client


def values_for(row: Generation) -> list[dict[str, str]]:
    """Parts of addresses, for rows of ours and of Django's."""
    throttle = SubmitThrottle.objects.at("sandbox", "sandbox-t2v")
    common = {"uidb64": "MQ", "token": "x-y", "action": "check-again", "app_label": "generations"}
    common |= {"check_id": str(row.pk)}
    numbers = (str(row.pk), str(row.owner_id), str(throttle.pk))
    return [common | {"pk": number, "object_id": number} for number in numbers]


def is_known(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:  # a number where a UUID belongs
        return False
    return True


def paths_for(row: Generation) -> dict[str, list[str]]:
    """Each address with the paths of these rows that lead there, and one that leads nowhere."""
    parts = values_for(row)
    ways = {address: [filled(address, values) for values in parts] for address in EVERY}
    paths = {address: list(dict.fromkeys(filter(is_known, way))) for address, way in ways.items()}
    assert all(paths.values()), paths
    return paths | {"nowhere": ["/v/1/"]}


def ask(client: Client, method: str, path: str) -> HttpResponse:
    """One request; who was signed in is so again afterwards, and all is as it was."""
    with transaction.atomic():
        session = client.cookies.copy()
        answer: HttpResponse = client.generic(method, path)
        answer.getvalue()  # streamed ones are read to their end
        client.cookies = session
        transaction.set_rollback(True)
    return answer


def requests_for(role: str, paths: list[str]) -> Iterator[tuple[str, str]]:
    """Reading and posting for everybody. The rare methods are tried where most is let through."""
    yield from product(METHODS[:2], paths)
    if role in ("anonymous", "superuser"):
        yield from product(METHODS[2:], paths[:1])


# Pages are not kept at all, of files the browser asks again, and posters may be kept for a while.
KEPT_BY_NOBODY_ELSE = re.compile(
    r"private, (no-store|no-cache|max-age=600)|max-age=0, no-cache, no-store, .*, private"
)


def test_every_address_answers_every_role_without_an_error_of_ours(
    visitor: tuple[str, Client], row: Generation
) -> None:
    role, client = visitor
    for paths in paths_for(row).values():
        for method, path in requests_for(role, paths):
            answer = ask(client, method, path)
            told = f"{role} {method} {path}: {answer.status_code}"
            assert answer.status_code < 500 or path in ("/healthz", "/readyz"), told
            assert answer.headers.get("Content-Security-Policy"), told
            assert answer.headers["X-Content-Type-Options"] == "nosniff", told
            assert answer.headers["X-Frame-Options"] in ("DENY", "SAMEORIGIN"), told
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", told
            assert "camera=()" in answer.headers["Permissions-Policy"], told
            assert KEPT_BY_NOBODY_ELSE.fullmatch(answer.headers["Cache-Control"]), told
            check_page(answer, told)
            if role in NO_RIGHT_TO_SEE and not answer.streaming:
                assert b"secret picnic" not in answer.content, told


def check_page(answer: HttpResponse, told: str) -> None:
    if answer.streaming or not answer.headers.get("Content-Type", "").startswith("text/html"):
        return
    found = INLINE.search(answer.content.decode())
    assert found is None, f"{told}: {found and found[0]}"


@pytest.mark.parametrize("visitor", sorted(NO_RIGHT_TO_SEE), indirect=True)
def test_a_row_that_is_not_yours_is_not_there(visitor: tuple[str, Client], row: Generation) -> None:
    role, client = visitor
    for pattern, method in product(OF_A_ROW, METHODS):
        theirs = ask(client, method, filled(pattern, {"pk": str(row.pk)}))
        nowhere = ask(client, method, filled(pattern, {"pk": str(uuid4())}))
        # Nothing tells a row of somebody else from one that never was.
        told = f"{role} {method} {pattern}"
        assert theirs.status_code == nowhere.status_code, told
        assert theirs.status_code in (302, 404, 405), told


@pytest.mark.parametrize("visitor", sorted(NO_RIGHT_TO_SEE - {"anonymous"}), indirect=True)
def test_of_a_shared_row_strangers_get_what_is_shared_and_nothing_more(
    visitor: tuple[str, Client], row: Generation
) -> None:
    role, client = visitor
    row.source_image.save("kitchen.png", ContentFile(b"a secret kitchen"), save=False)
    Generation.objects.filter(pk=row.pk).update(shared=True, source_image=row.source_image.name)
    answers = {}
    for pattern in OF_A_ROW:
        answer = client.get(filled(pattern, {"pk": str(row.pk)}))
        assert b"secret kitchen" not in answer.getvalue(), f"{role} {pattern}"
        answers[pattern.removeprefix("v/<uuid:pk>/")] = answer.status_code
    shown = {name for name, status in answers.items() if status in (200, 286)}
    assert shown == {"", "status/", "video.mp4", "download/"}


def test_errors_of_all_kinds_carry_the_policy(
    client: Client, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raise_request_exception = False
    client.force_login(owner)
    cases = {
        400: client.get("/", headers={"Host": "evil.example"}),
        404: client.get("/nowhere/"),
        405: client.get(f"/v/{uuid4()}/cancel/"),
        403: Client(enforce_csrf_checks=True).post("/accounts/login/"),
    }
    from generations.views import lists

    monkeypatch.setattr(lists, "render_page", lambda *args, **kwargs: 1 / 0)
    cases[500] = client.get("/activity/")
    for status, answer in cases.items():
        assert answer.status_code == status
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        check_page(answer, str(status))


# Whoever is signed in already, in another tab perhaps, is led on from these.
SIGN_IN_PAGES = {"/accounts/login/", "/accounts/signup/", "/setup/"}


def test_nothing_is_changed_without_the_token_of_the_form(
    make_generation: Any, operator: Any
) -> None:
    """Not even by who may do everything: each post is refused before it is looked at."""
    row = make_generation("succeeded", owner=operator)
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    paths = paths_for(row)
    before = everything()
    for path in chain.from_iterable(paths.values()):
        refused = {302} if path in SIGN_IN_PAGES else {301, 403, 404}
        assert client.post(path).status_code in refused | {301, 404}, path
    assert everything() == before
    exempt = [path for path, view in addresses(get_resolver()) if hasattr(view, "csrf_exempt")]
    assert not exempt


def everything() -> list[list[dict[str, Any]]]:
    """Every row of the app, of its people, and of the queue."""
    return [
        list(model.objects.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.app_label in ("generations", "auth", "django_q")
    ]
