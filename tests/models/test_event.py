"""One vocabulary of events: what is written anywhere has its words, in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from generations.models import Event, EventKind, RepairAction, Review, Status

APP = Path(__file__).resolve().parents[2] / "generations"
FILES = [path for path in sorted(APP.rglob("*.py")) if "migrations" not in path.parts]
ACTION_KINDS = {
    RepairAction.CHECK_AGAIN: EventKind.RUNNING,
    RepairAction.ATTACH: EventKind.RUNNING,
    RepairAction.SETTLE: EventKind.FAILED,
}
MAKES_EVENT = ("Event", "Event.objects.create")
# Every event that people may read: its kind and its data.
READ: list[tuple[str, dict[str, str]]] = [(kind, {}) for kind in EventKind.values]
READ += [(ACTION_KINDS[action], {"action": action.value}) for action in RepairAction]
READ += [("of_another_release", {})]


def kinds_written(path: Path) -> Iterator[tuple[ast.expr, dict[str, str]]]:
    """What stands for the kind of each event written in `path`; annotations of names around it."""
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        arguments = [*function.args.args, *function.args.kwonlyargs]
        names = {arg.arg: ast.unparse(arg.annotation) for arg in arguments if arg.annotation}
        for call in ast.walk(function):
            if isinstance(call, ast.Call):
                method = getattr(call.func, "attr", "")
                if method in ("log_event", "log_event_once"):
                    yield call.args[0], names
                elif method in ("", "create") and ast.unparse(call.func) in MAKES_EVENT:
                    yield next(word.value for word in call.keywords if word.arg == "kind"), names


WRITTEN = [
    (f"{path.relative_to(APP)}:{expression.lineno}", expression, names)
    for path in FILES
    for expression, names in kinds_written(path)
]


def test_the_places_that_write_events_are_found() -> None:
    assert len({place for place, _, _ in WRITTEN}) > 15


@pytest.mark.parametrize(
    ("expression", "names"), [pytest.param(*rest, id=place) for place, *rest in WRITTEN]
)
def test_every_kind_that_is_written_is_in_the_vocabulary(
    expression: ast.expr, names: dict[str, str]
) -> None:
    text = ast.unparse(expression)
    if isinstance(expression, ast.Attribute):
        assert text.removeprefix("EventKind.") in EventKind.__members__
    else:
        assert text.startswith("EventKind(") or names.get(text) == "EventKind"


def test_no_kind_is_there_that_nothing_writes() -> None:
    sources = "".join(path.read_text() for path in FILES if path.name != "event.py")
    for kind in set(EventKind) - {EventKind(status) for status in Status}:
        decided = kind in Review.values
        assert decided or f"EventKind.{kind.name}" in sources, kind


@pytest.mark.parametrize("word", [*EventKind, *RepairAction])
def test_every_word_has_its_chinese(word: EventKind | RepairAction) -> None:
    with translation.override("zh-hans"):
        assert not any(character.isascii() for character in word.label)


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "data"), READ)
def test_no_page_shows_a_kind_as_it_is_stored(
    client: Any, make_generation: Any, operator: Any, kind: str, data: dict[str, str]
) -> None:
    row = make_generation("failed", error_code="provider")
    event = Event.objects.create(generation=row, kind=kind, data=data)
    pages = {
        reverse("generations:detail", args=[row.pk]): row.owner,
        reverse("admin:generations_generation_change", args=[row.pk]): operator,
        reverse("admin:generations_event_changelist") + "?who=all": operator,
    }
    for url, reader in pages.items():
        client.force_login(reader)
        for language in ("en", "zh-hans"):
            body = client.get(url, headers={"Accept-Language": language}).content.decode()
            with translation.override(language):
                assert escape(event.label) in body, (url, language)
            for raw in (f">{kind}<", f">{kind.replace('_', ' ')}<"):
                assert raw not in body, (url, language)


@pytest.mark.django_db
def test_the_log_says_the_reason_in_words(client: Any, make_generation: Any, operator: Any) -> None:
    row = make_generation("succeeded")
    row.log_event(EventKind.REJECTED, by=operator, data={"reason": "hate"})
    client.force_login(operator)
    url = reverse("admin:generations_event_changelist")
    body = client.get(url, headers={"Accept-Language": "en"}).content.decode()
    assert "It insults or threatens people." in body
    assert ">hate<" not in body
