"""The pages of the accounts library: at our addresses, and only where they make sense."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.http import Http404
from django.urls import reverse

from wanstudio.account_urls import DJANGO, OF_PASSWORDS, PAGES, again_if_taken
from wanstudio.account_urls import unless_single_sign_on_only as guarded


def test_a_page_that_django_names_has_one_address_under_both_names() -> None:
    for ours, django_s in DJANGO.items():
        route, _ = (PAGES | OF_PASSWORDS)[ours]
        assert reverse(ours) == reverse(django_s) == f"/accounts/{route}"


@pytest.mark.parametrize(("clashes", "calls"), [(0, 1), (1, 2)])
def test_who_was_second_at_one_instant_is_asked_again_and_once(clashes: int, calls: int) -> None:
    called: list[str] = []

    def view(request: str) -> str:
        called.append(request)
        if len(called) <= clashes:
            raise IntegrityError
        return "answer"

    assert again_if_taken(view)("ask") == "answer"
    assert called == ["ask"] * calls


def test_what_fails_twice_is_no_name_that_was_taken() -> None:
    def view(request: str) -> str:
        raise IntegrityError("another table")

    with pytest.raises(IntegrityError, match="another table"):
        again_if_taken(view)("ask")


@pytest.mark.parametrize("alone", [True, False])
def test_pages_of_passwords_are_there_unless_single_sign_on_is_alone(
    settings: Any, alone: bool
) -> None:
    settings.WANSTUDIO_OIDC_ONLY = alone
    page = guarded(lambda request: "page")
    if alone:
        with pytest.raises(Http404):
            page("ask")
    else:
        assert page("ask") == "page"
