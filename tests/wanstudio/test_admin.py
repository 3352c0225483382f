"""What stands in an address of the admin: only filters that are offered, with values they have."""

from __future__ import annotations

from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generations.models import Generation
from tests.conftest import person

pytestmark = pytest.mark.django_db

LISTS = {
    f"{model._meta.app_label}_{model._meta.model_name}": model_admin
    for model, model_admin in admin.site._registry.items()
}
HOSTILE = (
    "\0", "(", "^(a|a)*$", "'", "%", "9" * 40, "-1", "0001-01-01", "9999-12-31T23:59-14",
    "x" * 900, "None", "True", "[]", "2026-13-45", "ann\0",
)  # fmt: skip
# What no filter asks for, with a value that fits.
LOOKUPS = {"regex": "x", "iregex": "x", "contains": "x", "in": "1", "year__gt": "1"}
# Parameters that lists have of themselves.
PLAIN = ("q", "p", "o", "e", "all", "_popup", "_facets", "before", "view", "since")


def offered(name: str) -> list[str]:
    """The parameters of every filter of the list, and some that its field could have."""
    found = []
    for each in LISTS[name].list_filter:
        field = getattr(each, "parameter_name", each[0] if isinstance(each, tuple) else each)
        found += [field, *(f"{field}__{end}" for end in ("exact", "gte", "isnull", "id__exact"))]
    return found


@pytest.fixture
def staff(client: Client, operator: Any, make_generation: Any) -> Client:
    make_generation("succeeded")
    client.force_login(operator)
    return client


@pytest.mark.parametrize("name", LISTS)
def test_no_value_of_a_filter_is_an_error_of_ours(staff: Client, name: str) -> None:
    url = reverse(f"admin:{name}_changelist")
    for value in HOSTILE:
        query = urlencode(dict.fromkeys([*offered(name), *PLAIN], value))
        assert staff.get(f"{url}?{query}").status_code in (200, 302), value


@pytest.mark.parametrize("name", LISTS)
def test_nothing_is_filtered_by_what_is_not_offered(staff: Client, name: str) -> None:
    url = reverse(f"admin:{name}_changelist")
    names = [field.name for field in LISTS[name].model._meta.concrete_fields]
    query = urlencode({f"{each}__{end}": LOOKUPS[end] for each in names for end in LOOKUPS})
    staff.get(url)  # content types are remembered
    with CaptureQueriesContext(connection) as plain:
        assert staff.get(url).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        assert staff.get(f"{url}?{query}").status_code == 200
    assert len(asked) == len(plain)


def test_a_regular_expression_is_never_run(staff: Client) -> None:
    Generation.objects.update(prompt="a" * 40 + "!")
    url = reverse("admin:generations_generation_changelist")
    assert staff.get(f"{url}?prompt__regex=^(a|a)*$").status_code == 200  # else it takes for ever


@pytest.mark.parametrize("page", ["generations_export", "generations_log_export"])
def test_an_export_takes_the_same_filters(staff: Client, page: str) -> None:
    for query in ("prompt__regex=(", "created__gte=(", "at__gte=(", "status__exact=%00", "e=1"):
        answer = staff.get(f"{reverse(f'admin:{page}')}?{query}")
        assert answer.status_code == 200, query
        assert len(b"".join(answer.streaming_content).splitlines()) >= 1


def test_what_is_offered_filters(staff: Client, make_generation: Any) -> None:
    failed = make_generation("failed")
    url = reverse("admin:generations_generation_changelist")
    shown = staff.get(f"{url}?status__exact=failed&prompt__contains=nothing&created__gte=(")
    assert [row.pk for row in shown.context["cl"].result_list] == [failed.pk]
    person("ann", staff=True)
    people = staff.get(
        f"{reverse('admin:auth_user_changelist')}?is_superuser__exact=0&is_staff__exact=1"
    )
    assert [user.username for user in people.context["cl"].result_list] == ["ann"]


PAGES = ("attention", "numbers", "spend", "review", "export", "log_export")


@pytest.mark.parametrize("page", PAGES)
def test_no_parameter_of_our_own_pages_is_an_error_of_ours(staff: Client, page: str) -> None:
    names = ("days", "since", "until", "show", "service", "who", "kind", "by", "month", "id", "to")
    for value in HOSTILE:
        query = urlencode(dict.fromkeys([*names, *PLAIN], value))
        answer = staff.get(f"{reverse(f'admin:generations_{page}')}?{query}")
        assert answer.status_code in (200, 302, 400), value
        answer.getvalue()


@pytest.mark.parametrize("name", LISTS)
def test_no_id_is_an_error_of_ours(staff: Client, name: str) -> None:
    for page, value in product(("change", "delete", "history"), HOSTILE):
        url = reverse(f"admin:{name}_{page}", args=[value])
        assert staff.get(url).status_code in (302, 403, 404), url
