"""Fixtures: `emulator` in this process, `emulator_process` in one of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator import Emulator
from tests.emulator.client import EmulatorProcess


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """All four services on a free port, fresh for each test; a task takes half a second."""
    with Emulator() as running:
        yield running


@pytest.fixture
def emulator_process() -> Iterator[EmulatorProcess]:
    """The same as a process, which outlives whatever the test kills."""
    with EmulatorProcess() as running:
        yield running
