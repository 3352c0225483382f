"""A service that nobody kills, and a site to kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.harness import Site
from tests.emulator.client import EmulatorProcess


@pytest.fixture(autouse=True)
def needs_linux() -> None:
    if not Path("/proc/self/comm").exists():
        pytest.skip("processes are found by Linux's /proc")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[EmulatorProcess]:
    journal = str(tmp_path / "journal")
    with EmulatorProcess(seconds=0.5, waiting=0.1, journal=journal) as emulator:
        yield emulator


@pytest.fixture
def site(tmp_path: Path, service: EmulatorProcess) -> Iterator[Site]:
    with Site(tmp_path, service, throttles=14) as site:
        yield site
