"""The emulator as a process: the same handles, and a memory that outlives a kill."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Emulator
from tests.emulator.calls import PROMPT, create, poll, word
from tests.emulator.client import EmulatorProcess, RemoteEmulator


def test_other_processes_have_the_same_handles(emulator: Emulator) -> None:
    remote = RemoteEmulator(emulator.base_url)
    remote.fail("create", "reset after")
    assert create(emulator) == "broken"
    state = remote.state()
    assert (state["charged"], state["creates"][0]["accepted"]) == (1, True)
    assert state["creates"][0]["body"]["input"] == {"prompt": PROMPT}
    remote.freeze(state["tasks"][0]["id"], "running")
    assert remote.state()["tasks"][0]["state"] == "running"
    remote.add_foreign(prompt="theirs")
    assert (remote.charged, len(remote.state()["tasks"])) == (1, 2)
    with pytest.raises(ValueError, match="no fault is called"):
        remote.fail("create", "misspelt")
    remote.clear()
    assert (remote.charged, remote.state()["tasks"], remote.requests()) == (0, [], [])


def test_it_goes_on_after_it_stood_still() -> None:
    with EmulatorProcess() as process:
        process.process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        process.process.send_signal(signal.SIGCONT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.process.wait(0.5)
        assert process.charged == 0


def test_what_was_recorded_outlives_a_kill(tmp_path: Path) -> None:
    with EmulatorProcess(journal=tmp_path / "journal", seconds=60) as process:
        emulator: Any = process
        create(emulator)
        process.fail("create", "reset after")
        assert create(emulator) == "broken"
        before = process.state()
        process.kill()
        process.start()
        after = process.state()
        assert after["charged"] == before["charged"] == 2
        assert after["creates"] == before["creates"]
        polled = poll(emulator, after["tasks"][0]["id"])
        assert word(polled, "dashscope") in ("PENDING", "RUNNING")
