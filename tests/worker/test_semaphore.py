"""At most so many processes of a cluster at a time, and none that died."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from generations.worker import heartbeat, semaphore

HOLD = """
from generations.worker import semaphore
with semaphore.acquire(1) as acquired:
    print(acquired, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "heartbeat"))


def test_one_too_many_is_told_so_until_another_has_ended() -> None:
    with ExitStack() as stack, semaphore.acquire(2) as first:
        assert (first, stack.enter_context(semaphore.acquire(2))) == (True, True)
        with semaphore.acquire(2) as third:
            assert not third
        stack.close()
        with semaphore.acquire(2) as third:
            assert third


def test_a_process_that_is_killed_leaves_its_place() -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout and holder.stdout.readline() == b"True\n"
    with semaphore.acquire(1) as acquired:
        assert not acquired

    holder.kill()
    holder.communicate()

    with semaphore.acquire(1) as acquired:
        assert acquired


def test_another_cluster_has_places_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with semaphore.acquire(1):
        monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "other"))
        with semaphore.acquire(1) as acquired:
            assert acquired


def test_without_a_supervisor_nothing_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(heartbeat.VARIABLE)
    with semaphore.acquire(1), semaphore.acquire(1) as acquired:
        assert acquired
