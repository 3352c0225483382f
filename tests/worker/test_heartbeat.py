"""The sign of life between a cluster and who watches over it."""

import os
import time
from pathlib import Path

import pytest

from generations.worker import heartbeat


@pytest.fixture
def sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "pulse"
    monkeypatch.setenv(heartbeat.VARIABLE, str(path))
    return path


def test_a_beat_makes_the_pulse_young(sign: Path) -> None:
    sign.touch()
    os.utime(sign, (0, 0))

    heartbeat.beat()

    assert sign.stat().st_mtime > 0


def test_nobody_is_stopping_until_it_is_said(sign: Path) -> None:
    assert not heartbeat.is_stopping()

    heartbeat.stop_file(sign).touch()

    assert heartbeat.is_stopping()


def test_without_anybody_watching_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(heartbeat.VARIABLE, raising=False)

    heartbeat.beat()

    assert not heartbeat.is_stopping()


def test_who_rests_gets_up_when_told_to_stop(sign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LOOK_EVERY", 0.01)
    began = time.monotonic()
    heartbeat.rest(0.05)
    assert time.monotonic() - began >= 0.05

    heartbeat.stop_file(sign).touch()
    heartbeat.rest(3600)  # or this test would never end
