"""Left out where nobody asks for it: Hypothesis, once imported, reads the whole product."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make fuzz` asks for it."""
    return None if config.option.markexpr == "fuzz" else True
