"""A provider on loopback, and threads that run tasks as a cluster's workers do."""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.conf import Conf
from django_q.signing import SignedPackage

from generations.models import (
    FOREVER,
    Generation,
    PollerLease,
    Status,
    SubmitThrottle,
    WorkerHeartbeat,
    claim_store,
)
from generations.providers import providers
from generations.providers.errors import OutcomeUnknownError
from generations.tasks import poller
from generations.tasks.call_pool import CallResult
from generations.tasks.store import store
from generations.tasks.submit import submit_queued
from generations.worker import heartbeat
from generations.worker.cluster import DatabaseBroker, RedisBroker
from tests.emulator import Emulator
from tests.providers.server import Server
from tests.waiting import PATIENCE

ADAPTER = "generations.providers.dashscope.DashScope"
THROTTLE = ("dashscope", "wan2.2-t2v-plus")
I2V = "wan2.2-i2v-flash"
UNREACHABLE = "The provider cannot be reached at the moment.", "目前无法连接服务商。"
BEYOND = "https://provider.invalid"
QUICK = {"poll_every": 0.1, "query_rate": 200, "submit_every": 0, "max_open": 1000}
Ask = Callable[..., Generation]


@pytest.fixture
def service(settings: Any, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """DashScope, as the emulator plays it, is the one service there is; the poller is quick."""
    monkeypatch.setattr(poller, "TICK", 0.02)
    monkeypatch.setattr(poller, "DISPATCH_EVERY", 0.1)
    options = {**emulator.options(), **QUICK}
    settings.PROVIDERS = {"dashscope": {"BACKEND": ADAPTER, "OPTIONS": options}}
    return emulator


@pytest.fixture
def ask(owner: Any) -> Ask:
    """Ask for a video as the form does."""

    def build(prompt: str = "a paper boat", **changes: Any) -> Generation:
        fields = {"owner": owner, "provider": "dashscope", "model": "wan2.2-t2v-plus"}
        fields |= {"prompt": prompt, "size": "832x480", **changes}
        return Generation.objects.create_queued(**fields)

    return build


def sent(row: Generation) -> Generation:
    """Submit once, whatever it raises, and read the row again."""
    with suppress(OutcomeUnknownError):
        submit_queued(*THROTTLE)
    row.refresh_from_db()
    return row


def throttle() -> SubmitThrottle:
    return SubmitThrottle.objects.at(*THROTTLE)


def png() -> ContentFile:
    return ContentFile(b"bytes of a picture", name="p.png")


def send(row: Generation | None = None, times: int = 1) -> Generation | None:
    """Work the line, and again as if the time it rests had passed."""
    for _ in range(times):
        SubmitThrottle.objects.update(next_at=timezone.now())
        SubmitThrottle.objects.exclude(paused_until=FOREVER).update(paused_until=None)
        with suppress(OutcomeUnknownError):
            submit_queued(*THROTTLE)
    if row:
        row.refresh_from_db()
    return row


def poll(row: Generation) -> None:
    """What the poller does with one answer."""
    provider = providers["dashscope"]
    running = poller.Poller(PollerLease.objects.acquire())
    pool = running.pool("dashscope")
    row.refresh_from_db()
    try:
        answer = CallResult("dashscope", "poll", row, value=provider.poll(row.remote_id, row.model))
    except Exception as error:
        answer = CallResult("dashscope", "poll", row, error=error)
    running.apply_to_row(pool, answer)
    running.lease.release()


def settle_on(settings: Any, **options: Any) -> None:
    """Change options of the one provider there is."""
    entry = settings.PROVIDERS["dashscope"]
    settings.PROVIDERS = {"dashscope": entry | {"OPTIONS": entry["OPTIONS"] | options}}


def finished_row(ask: Ask, service: Emulator) -> Generation:
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
        broker = RedisBroker() if Conf.REDIS else DatabaseBroker()
        broker.housekeeping_at = time.monotonic()
        try:
            while not self.over.is_set():
                self._run_one_task(broker)
        finally:
            connection.close()

    def _run_one_task(self, broker: DatabaseBroker | RedisBroker) -> None:
        for ack_id, payload in broker.dequeue() or []:
            task = SignedPackage.loads(payload)
            if ack_id is not None:  # not one of the broker's own
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


# What people are told


@pytest.fixture
def page(client: Any) -> Callable[..., str]:
    """The page of a row as its owner reads it."""

    def read(row: Generation, language: str = "en") -> str:
        client.force_login(row.owner)
        url = reverse("generations:detail", args=[row.pk])
        answer = client.get(url, headers={"accept-language": language})
        return html.unescape(answer.content.decode())

    return read


@pytest.fixture
def says(page: Callable[..., str]) -> Callable[..., bool]:
    """Does the page of a row say this sentence, in English and in Chinese?"""

    def read(row: Generation, sentence: tuple[str, str]) -> bool:
        english, chinese = sentence
        return english in page(row) and chinese in page(row, "zh-hans")

    return read


@pytest.fixture
def attention(client: Any, operator: Any) -> Callable[[], str]:
    def read() -> str:
        client.force_login(operator)
        answer = client.get(reverse("admin:generations_attention"))
        return html.unescape(answer.content.decode())

    return read


@pytest.fixture
def health(client: Any, transactional_db: None) -> Callable[[], tuple[int, str]]:
    """The status of `/healthz` and what it says of the providers, with a worker that lives."""

    def read() -> tuple[int, str]:
        WorkerHeartbeat.objects.record()
        answer = client.get("/healthz")
        return answer.status_code, answer.json()["providers"]

    return read


@pytest.fixture
def proxy() -> Iterator[Server]:
    with Server() as server:
        yield server
