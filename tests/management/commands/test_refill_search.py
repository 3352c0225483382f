"""The command that fills what is searched, and makes its index."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from generations.checks import check_search
from generations.models import search_index

pytestmark = pytest.mark.django_db


def test_the_check_tells_of_a_missing_index_and_the_command_makes_it(make_generation: Any) -> None:
    assert not list(check_search(databases=["default"]))
    search_index.drop()
    assert [message.id for message in check_search(databases=["default"])] == ["generations.W013"]
    call_command("refill_search", verbosity=0)
    assert not list(check_search(databases=["default"]))
    row = make_generation("succeeded", prompt="zeppelin")
    assert search_index.find(["zeppelin"]) == [row.pk]
