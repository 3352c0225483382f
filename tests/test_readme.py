"""The first pages that anybody reads: both say the same, and what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "README.zh-Hans.md")


def found(page: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / page).read_text()))


@pytest.mark.parametrize("page", [*PAGES, "docs/reviewing.md"])
def test_every_picture_and_page_exists(page: str) -> None:
    targets = found(page, r"\]\((?!https?:)([^)#]+)[^)]*\)")
    assert targets
    assert [name for name in targets if not (ROOT / page).parent.joinpath(name).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_words_of_the_sandbox_are_explained(page: str) -> None:
    told = re.findall(
        r"`(\[\w+\])`", (ROOT / "generations/providers/sandbox/__init__.py").read_text()
    )
    assert set(told) == found(page, r"`(\[\w+\])`")


def test_both_give_the_same_commands() -> None:
    english, chinese = (
        found(page, r"(?m)^(?:make|docker|echo|for|chmod) [^#\n]*") for page in PAGES
    )
    assert {line.strip() for line in english} == {line.strip() for line in chinese}
