"""The fixture `emulator`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator import Emulator


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """All four services on a free port, fresh for each test; a task takes half a second."""
    with Emulator() as running:
        yield running
