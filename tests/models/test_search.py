"""What a search finds: on either database, with the index and without it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from generations.models import Generation, pagination, search, search_index
from generations.models.search import matching, search_page, search_text
from generations.tasks.housekeeping import refill_search
from generations.text import fold

pytestmark = pytest.mark.django_db

FOUND = [
    ("A Red kite over Łódź", "red KITE"),
    ("A Red kite over Łódź", "kite red"),
    ("A Red kite over Łódź", "ŁÓD ite"),
    ("A Red kite over Łódź", unicodedata.normalize("NFD", "łódź")),
    (unicodedata.normalize("NFD", "Café"), "café"),
    ("雨后的街道，小猫", "小猫"),
    ("雨后的街道，小猫", "街道\u3000后的"),
    ("雨后的街道，小猫 and a Dog", "dog 猫"),
    ("100 % of the sky", "0 %"),
    ("under_score \\ 'quoted'", "r_s \\ 'Q"),
    ('a "quoted" word', '"quoted"'),
    ("12:30 at noon", "12:30"),
    ("Кот и ёж", "КОТ ЁЖ"),
    ("Eine Straße", "STRASSE"),
]
LETTERS = "aZéÉß小猫街道かな한국ı _%\"'\\\u02d1"


@pytest.fixture(autouse=True)
def read_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is asked about all but the newest row."""
    monkeypatch.setattr(search, "READ_FIRST", 1)


def found(text: str) -> set[Any]:
    rows = Generation.objects.filter(matching(text))
    return {row.pk for row in search_page(rows, text, "").rows}


@pytest.mark.parametrize(("prompt", "text"), FOUND)
@pytest.mark.parametrize("indexed", [True, False])
def test_every_word_is_found_in_any_order_whatever_its_capitals_and_signs(
    make_generation: Any, prompt: str, text: str, indexed: bool
) -> None:
    if not indexed:
        search_index.drop()
    row = make_generation("succeeded", prompt=prompt)
    for _ in range(2):
        make_generation("succeeded", prompt="something else")
    assert found(text) == {row.pk}


@pytest.mark.parametrize("text", ["green", "red 小猫", "小狗", "%", "_", "12_30", "\\", "后雨"])
def test_signs_that_mean_something_to_databases_stand_for_themselves(
    make_generation: Any, text: str
) -> None:
    for prompt in ("a red kite", "雨后的街道，小猫 12:30", "something else"):
        make_generation("succeeded", prompt=prompt)
    assert not found(text)


def test_either_database_finds_what_python_finds(make_generation: Any) -> None:
    # Imported here: once it is, Hypothesis reads the whole product before the first test, in each
    # process of `make test`.
    from hypothesis import given, settings
    from hypothesis import strategies as st

    parts = st.text(LETTERS, max_size=12)

    @settings(max_examples=60, deadline=None)
    @given(prompts=st.lists(parts, min_size=3, max_size=5), text=parts)
    def check(prompts: list[str], text: str) -> None:
        Generation.objects.all().delete()
        rows = {make_generation("succeeded", prompt=prompt).pk: fold(prompt) for prompt in prompts}
        words = fold(text).split()
        assert found(text) == {pk for pk, prompt in rows.items() if all(w in prompt for w in words)}

    check()


def test_a_word_that_many_rows_hold_is_read_for(
    make_generation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "MAX_FOUND", 2)
    for _ in range(3):
        make_generation("succeeded", prompt="a cat")
    assert search_index.find(["cat"]) is None
    assert len(found("cat")) == 3


def test_older_pages_go_on_where_the_newest_ended(make_generation: Any) -> None:
    rows = [make_generation("succeeded", prompt=f"kite {n}") for n in range(30)]
    first = search_page(Generation.objects.filter(matching("kite")), "kite", "")
    assert len(first.rows) == pagination.PAGE and first.older
    second = search_page(Generation.objects.filter(matching("kite")), "kite", first.older)
    assert {row.pk for row in [*first.rows, *second.rows]} == {row.pk for row in rows}


def test_a_seed_is_found_beside_the_index(make_generation: Any) -> None:
    row = make_generation("succeeded", prompt="by its seed", seed=123456)
    for _ in range(2):
        make_generation("succeeded", prompt="something else")
    assert found("123456") == {row.pk}


def test_rows_that_an_older_release_writes_are_filled_by_housekeeping_and_by_the_command(
    make_generation: Any,
) -> None:
    for run in (refill_search, lambda: call_command("refill_search", verbosity=0)):
        Generation.objects.all().delete()
        row = make_generation("succeeded", prompt="Zeppelin")
        blank = make_generation("succeeded", prompt="")
        Generation.objects.update(search_text="")
        make_generation("succeeded", prompt="something else")
        assert found("zeppelin") == set()
        run()
        assert found("zeppelin") == {row.pk}
        blank.refresh_from_db()
        assert blank.search_text == search_text("") == " "


def test_a_row_that_says_nothing_of_its_text_can_be_inserted(make_generation: Any) -> None:
    """Processes of the release before know no such column."""
    row = make_generation("succeeded", prompt="before")
    names = [f.column for f in Generation._meta.concrete_fields if f.name != "search_text"]
    table = Generation._meta.db_table
    quoted = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TEMPORARY TABLE copied AS SELECT {quoted} FROM "{table}"')  # noqa: S608
        row.delete()
        cursor.execute(f'INSERT INTO "{table}" ({quoted}) SELECT {quoted} FROM copied')  # noqa: S608
    assert Generation.objects.get().search_text == ""
