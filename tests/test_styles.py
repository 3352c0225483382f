"""Style sheets: a page links those of its classes, and no class stands in them for nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from generations.models import Conversion, ConversionKind

ROOT = Path(__file__).resolve().parent.parent
SHEETS = {path.stem: path for path in (ROOT / "static/css").glob("*.css")}
EVERYWHERE = ("studio", "fields")


def classes_in(sheet: Path) -> set[str]:
    """The classes that its selectors name, without those of a place inside `:has` and the like."""
    text = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", sheet.read_text(), flags=re.DOTALL)
    selectors = re.sub(r"\{[^{}]*\}", "{}", text)
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", selectors))


def own_classes(name: str) -> set[str]:
    """The classes that no other sheet knows: whoever uses one needs this sheet."""
    others = (classes_in(path) for other, path in SHEETS.items() if other != name)
    return classes_in(SHEETS[name]).difference(*others)


@pytest.fixture
def pages(client: Client, owner: Any, make_generation: Any) -> dict[str, str]:
    """Each page of a person who has something on it."""
    rows = [make_generation("succeeded", poster="posters/one.webp") for _ in range(3)]
    failed = make_generation("failed")
    make_generation("succeeded", trashed_at=rows[0].created)
    Conversion.objects.create(owner=owner, kind=ConversionKind.JOIN, sources=["one", "two"])
    client.force_login(owner)
    one, two, three = (row.pk for row in rows)
    addresses = [
        "/", "/gallery/", "/activity/", "/trash/", "/help/", "/prompts/", "/collections/",
        "/conversions/", f"/v/{one}/", f"/v/{failed.pk}/", f"/compare/?a={one}",
        f"/compare/?a={one}&b={two}&b={three}",
    ]  # fmt: skip
    found = {address: client.get(address).content.decode() for address in addresses}
    join = {"action": "join", "id": [one.hex, two.hex]}
    found["join"] = client.post("/selection/", join).content.decode()
    return found


@pytest.mark.django_db
def test_every_page_links_the_sheets_of_its_classes(pages: dict[str, str]) -> None:
    for address, page in pages.items():
        used = {one for names in re.findall(r'class="([^"]*)"', page) for one in names.split()}
        linked = re.findall(r"css/(\w+)\.", page)
        assert used and set(EVERYWHERE) <= set(linked), address
        for name in SHEETS.keys() - set(linked):
            assert used & own_classes(name) == set(), (address, name)


def test_every_class_of_a_sheet_is_used() -> None:
    folders = (("templates", "html"), ("static/js", "js"), ("generations", "py"))
    texts = [
        path.read_text() for folder, end in folders for path in (ROOT / folder).rglob(f"*.{end}")
    ]
    words = set(re.findall(r"[\w-]+", "\n".join(texts)))
    for name, path in SHEETS.items():
        assert classes_in(path) <= words, name
