"""A restore waits until no worker is at work, and refuses while one is."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from generations.models import Generation, WorkerHeartbeat, worker_heartbeat
from generations.operations import workers
from tests.backups import sqlite_alone
from wanstudio import __version__

pytestmark = [sqlite_alone, pytest.mark.django_db(transaction=True)]


def test_a_worker_that_is_at_work_is_seen_and_nothing_is_restored(
    backup: Path, make_generation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_generation("failed")
    WorkerHeartbeat.objects.record()
    monkeypatch.setattr(workers.time, "sleep", lambda _: WorkerHeartbeat.objects.record())

    with pytest.raises(CommandError, match="A worker is at work. Stop web and worker first.") as no:
        call_command("restore", backup, "--replace")

    assert "kill -KILL" in str(no.value) and "--worker-ended" in str(no.value)
    assert Generation.objects.count() == 2


def test_one_that_was_stopped_a_moment_ago_is_waited_for(
    backup: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silence(seconds: float) -> None:
        """As if it had lasted long enough."""
        monkeypatch.setattr(worker_heartbeat, "SILENCE", timedelta(0))

    WorkerHeartbeat.objects.record()
    monkeypatch.setattr(workers.time, "sleep", silence)
    call_command("restore", backup, "--replace")
    assert capsys.readouterr().out.startswith("A worker was seen at ")


def test_one_that_ended_for_good_is_not_waited_for(
    backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    WorkerHeartbeat.objects.record(timezone.now() + timedelta(hours=1))  # a clock that is wrong
    call_command("restore", backup, "--replace", "--worker-ended")
    assert "A worker was seen" not in capsys.readouterr().out


def changed(backup: Path, **facts: Any) -> None:
    path = backup / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


def test_a_backup_knows_the_version_that_made_it(
    backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    assert manifest["version"] == __version__
    assert "0001_first" in manifest["migrations"]
    call_command("restore", backup, "--replace")
    assert "version" not in capsys.readouterr().out


def test_a_backup_of_another_version_says_so_before_it_is_restored(
    backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(backup, version="0.9.1")
    call_command("restore", backup, "--replace")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"This backup was made by version 0.9.1, and this is {__version__}")


def test_a_backup_with_migrations_that_are_not_known_here_is_refused(backup: Path) -> None:
    changed(backup, version="9.0.0", migrations=["0001_first", "0099_later"])
    with pytest.raises(CommandError, match="does not know its migration 0099_later: restore it"):
        call_command("restore", backup, "--replace")
