"""The page on reliability names tests. They must be there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text()


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE))
    missing = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if not re.search(rf"^ *def {name}\(", read(path), re.MULTILINE)
    ]
    assert len(named) > 50
    assert not missing


def test_every_fault_has_an_end_and_a_test() -> None:
    faults = PAGE.partition("## What may go wrong")[2]
    lines = [line for line in faults.splitlines() if line.startswith("| ")]
    rows = [line for line in lines if "| Expected end |" not in line]
    assert len(rows) > 60
    for line in rows:
        _, fault, end, test, _ = (cell.strip() for cell in line.split("|"))
        assert fault and end and ("::test_" in test or test == "the same"), line


def read(path: str) -> str:
    file = ROOT / path
    return file.read_text() if file.exists() else ""
