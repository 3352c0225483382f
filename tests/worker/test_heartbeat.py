"""The heartbeat file between a cluster and its supervisor."""

import os
import time
from pathlib import Path

import pytest

from generations.worker import heartbeat


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "heartbeat"
    monkeypatch.setenv(heartbeat.VARIABLE, str(path))
    return path


def test_a_beat_touches_the_file(file: Path) -> None:
    file.touch()
    os.utime(file, (0, 0))

    heartbeat.beat()

    assert file.stat().st_mtime > 0


def test_a_cluster_is_stopping_once_the_stop_file_is_there(file: Path) -> None:
    assert not heartbeat.is_stopping()

    heartbeat.stop_file(file).touch()

    assert heartbeat.is_stopping()


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_supervisor_nothing_happens(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(heartbeat.VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(heartbeat.VARIABLE, value)

    heartbeat.beat()

    assert not heartbeat.is_stopping()


def test_a_sleep_ends_when_the_cluster_is_told_to_stop(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "CHECK_EVERY", 0.01)
    began = time.monotonic()
    heartbeat.sleep(0.05)
    assert time.monotonic() - began >= 0.05

    heartbeat.stop_file(file).touch()
    heartbeat.sleep(3600)  # or this test would never end
