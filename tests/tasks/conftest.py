"""A provider on loopback, and threads that run tasks as a cluster's workers do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.brokers import get_broker
from django_q.signing import SignedPackage

from generations.models import Generation, Status, claim_store
from generations.tasks import poller
from generations.tasks.store import store
from generations.tasks.submit import submit_queued
from generations.worker import heartbeat
from tests.emulator import Emulator

ADAPTER = "generations.providers.dashscope.DashScope"
PATIENCE = 120  # seconds, which no machine is too slow for
QUICK = {"poll_every": 0.1, "query_rate": 200, "submit_every": 0, "max_open": 1000}


@pytest.fixture
def service(settings: Any, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """DashScope, as the emulator plays it, is the one service there is; the poller is quick."""
    monkeypatch.setattr(poller, "TICK", 0.02)
    monkeypatch.setattr(poller, "DISPATCH_EVERY", 0.1)
    options = {**emulator.options(), **QUICK}
    settings.PROVIDERS = {"dashscope": {"BACKEND": ADAPTER, "OPTIONS": options}}
    return emulator


@pytest.fixture
def ask(owner: Any) -> Callable[..., Generation]:
    """Ask for a video as the form does."""

    def build(prompt: str = "a paper boat", **changes: Any) -> Generation:
        fields = {"owner": owner, "provider": "dashscope", "model": "wan2.2-t2v-plus"}
        fields |= {"prompt": prompt, "size": "832x480", **changes}
        return Generation.objects.create_queued(**fields)

    return build


def finished_row(ask: Callable[..., Generation], service: Emulator) -> Generation:
    """A row whose video waits at the service."""
    row = ask()
    submit_queued(row.provider, row.model)
    service.advance(60)
    row.refresh_from_db()
    row.transition(Status.STORING, due_at=timezone.now())
    return row


def store_video(pk: UUID) -> None:
    """Save the video of a row as a worker does, if it is due."""
    if row := claim_store(pk):
        store(row)


class Workers:
    """Threads that take tasks from the queue and run them, until told to stop."""

    def __init__(self, signs: Path, count: int = 4) -> None:
        self.signs = signs
        self.count = count
        self.over = threading.Event()
        self.failures: list[BaseException] = []
        self.threads: list[threading.Thread] = []

    def __enter__(self) -> Workers:
        self.threads = [threading.Thread(target=self._work) for _ in range(self.count)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        """Stop as a cluster does: long tasks look at the file."""
        self.over.set()
        heartbeat.stop_file(self.signs).touch()
        for thread in self.threads:
            thread.join()

    def _work(self) -> None:
        try:
            while not self.over.is_set():
                self._run_one_task()
        finally:
            connection.close()

    def _run_one_task(self) -> None:
        broker = get_broker()
        for ack_id, payload in broker.dequeue() or []:
            task = SignedPackage.loads(payload)
            broker.acknowledge(ack_id)
            try:
                import_string(task["func"])(*task["args"], **task["kwargs"])
            except BaseException as error:
                self.failures.append(error)

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true()`, or fail the test."""
        end = time.monotonic() + PATIENCE
        while not true():
            if time.monotonic() > end:
                rows = Generation.objects.values_list("status", "due_at", "error_detail")
                raise AssertionError(f"still waiting: {list(rows)} {self.failures}")
            time.sleep(0.05)

    def until_ended(self) -> None:
        """Wait until no row moves any more."""
        self.until(lambda: not Generation.objects.scheduled().exists())


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    monkeypatch.setenv(heartbeat.VARIABLE, str(tmp_path / "heartbeat"))
    with Workers(tmp_path / "heartbeat") as running:
        yield running
