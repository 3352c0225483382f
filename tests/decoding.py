"""Files that tests open: in a fork of a child that has its libraries, behind its limits."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from generations.media import isolated
from tests.python_process import run_python


def run(command: list[str], **how: Any) -> subprocess.CompletedProcess[bytes]:
    return run_python(command[1:], **how)


@pytest.fixture(scope="session", autouse=True)
def forked_children() -> Iterator[None]:
    """Most of what a child costs is the import of its libraries, and of what a test costs that."""
    with pytest.MonkeyPatch.context() as patch:
        forked = SimpleNamespace(run=run, TimeoutExpired=subprocess.TimeoutExpired)
        patch.setattr(isolated, "subprocess", forked)
        yield


@pytest.fixture
def real_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "subprocess", subprocess)
