"""Which tasks are enqueued, and that repeats do not fill the queue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.signing import SignedPackage

from generations.models import (
    Event,
    Generation,
    SubmitThrottle,
    claim_next_store,
    claim_store,
    claim_submit,
)
from generations.providers import providers
from generations.tasks.dispatcher import Dispatcher
from generations.tasks.store_queue import MAX_STORES
from generations.tasks.submit import submit_queued
from tests.emulator import Emulator
from tests.tasks.conftest import THROTTLE, Ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def enqueued(django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], None]], list[Any]]:
    """What a call puts on the queue, as `(task, *args)`."""

    def run(call: Callable[[], None]) -> list[Any]:
        get_broker().purge_queue()
        with django_capture_on_commit_callbacks(execute=True):
            call()
        broker, found = get_broker(), []
        while broker.queue_size():
            for ack_id, payload in broker.dequeue():
                task = SignedPackage.loads(payload)
                found.append((task["name"], *task["args"]))
                broker.acknowledge(ack_id)
        return found

    return run


def test_a_submit_is_enqueued_once_for_all_rows_that_wait(
    service: Emulator, ask: Ask, enqueued: Any
) -> None:
    ask(), ask()
    dispatcher = Dispatcher()

    assert enqueued(dispatcher.dispatch) == [("submit_queued", *THROTTLE)]
    assert enqueued(dispatcher.dispatch) == []


def test_when_a_worker_took_the_submit_the_next_is_enqueued(
    service: Emulator, ask: Ask, enqueued: Any
) -> None:
    ask(), ask()
    dispatcher = Dispatcher()
    enqueued(dispatcher.dispatch)
    row = claim_submit(*THROTTLE, max_open=9, submit_every=0)
    row.mark_running("id", endpoint="", due_at=timezone.now())

    assert enqueued(dispatcher.dispatch) == [("submit_queued", *THROTTLE)]


def test_nothing_is_enqueued_while_the_throttle_is_paused(
    service: Emulator, ask: Ask, enqueued: Any
) -> None:
    ask()
    SubmitThrottle.objects.pause(*THROTTLE, whole_service=True, code="auth", detail="")

    assert enqueued(Dispatcher().dispatch) == []


def refuse(service: Emulator) -> SubmitThrottle:
    """A submit that the service refuses for its key, some time ago."""
    with_key(service, "sk-mistyped-000000000000")
    submit_queued(*THROTTLE)
    SubmitThrottle.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    return SubmitThrottle.objects.paused().get(pause_code="auth")


def with_key(service: Emulator, key: str) -> None:
    options = settings.PROVIDERS["dashscope"]["OPTIONS"] | {"api_key": key}
    settings.PROVIDERS["dashscope"]["OPTIONS"] = options
    providers.reset()


def test_a_pause_for_a_refused_key_lasts_as_long_as_the_key(
    service: Emulator, ask: Ask, enqueued: Any
) -> None:
    ask()
    refuse(service)

    assert enqueued(Dispatcher().dispatch) == []
    assert SubmitThrottle.objects.paused().exists()

    with_key(service, service.settings.keys[0])

    assert enqueued(Dispatcher().dispatch) == [("submit_queued", *THROTTLE)]
    assert not SubmitThrottle.objects.paused().exists()
    assert Event.objects.filter(kind="resumed", by=None).count() == 1


def test_another_address_ends_a_pause_for_a_refused_key_too(
    service: Emulator, ask: Ask, enqueued: Any
) -> None:
    ask()
    refuse(service)
    settings.PROVIDERS["dashscope"]["OPTIONS"]["base_url"] = f"{service.base_url}/cn"
    providers.reset()

    assert enqueued(Dispatcher().dispatch) == [("submit_queued", *THROTTLE)]


def test_workers_with_two_keys_do_not_undo_each_other_at_once(
    service: Emulator, ask: Ask, enqueued: Any
) -> None:
    ask()
    refuse(service)
    with_key(service, service.settings.keys[0])
    SubmitThrottle.objects.update(next_at=timezone.now())

    assert enqueued(Dispatcher().dispatch) == []


@pytest.mark.parametrize("code", ["billing", "restored"])
def test_a_changed_key_ends_no_pause_of_another_cause(
    service: Emulator, ask: Ask, enqueued: Any, code: str
) -> None:
    ask()
    SubmitThrottle.objects.pause(
        *THROTTLE, whole_service=True, code=code, detail="", credentials_hash="of-an-old-key"
    )

    assert enqueued(Dispatcher().dispatch) == []


def test_nothing_is_enqueued_before_the_time_has_come(
    service: Emulator, ask: Ask, enqueued: Any
) -> None:
    ask()
    SubmitThrottle.objects.at(*THROTTLE).postpone(60)

    assert enqueued(Dispatcher().dispatch) == []


def test_nothing_is_enqueued_without_a_free_slot(
    service: Emulator, ask: Ask, enqueued: Any, make_generation: Any, settings: Any
) -> None:
    settings.PROVIDERS["dashscope"]["OPTIONS"]["max_open"] = 1
    settings.PROVIDERS = {**settings.PROVIDERS}
    ask()
    make_generation(status="running", provider=THROTTLE[0], model=THROTTLE[1])

    assert enqueued(Dispatcher().dispatch) == []


def test_nothing_is_enqueued_for_a_provider_that_is_not_configured(
    service: Emulator, ask: Ask, enqueued: Any
) -> None:
    ask(provider="elsewhere")

    assert enqueued(Dispatcher().dispatch) == []


def test_as_many_workers_are_woken_as_saves_became_due_and_one_cluster_can_begin(
    enqueued: Any,
) -> None:
    assert enqueued(lambda: Dispatcher().start_stores(1)) == [("store_due",)]
    assert enqueued(lambda: Dispatcher().start_stores(99)) == [("store_due",)] * MAX_STORES


def test_while_tasks_pile_up_nobody_is_woken_for_a_save(
    django_capture_on_commit_callbacks: Any,
) -> None:
    get_broker().purge_queue()

    for _ in range(20):
        with django_capture_on_commit_callbacks(execute=True):
            Dispatcher().start_stores(1)

    assert get_broker().queue_size() == settings.WANSTUDIO_WORKERS
    get_broker().purge_queue()


def test_a_send_whose_worker_died_is_in_doubt(service: Emulator, make_generation: Any) -> None:
    past = timezone.now() - timedelta(seconds=1)
    row = make_generation(status="submitting", provider=THROTTLE[0], model=THROTTLE[1], due_at=past)
    fresh = make_generation(
        status="submitting", provider="sandbox", due_at=timezone.now() + timedelta(minutes=1)
    )

    Dispatcher().expire_submits(timezone.now())

    row.refresh_from_db()
    fresh.refresh_from_db()
    assert (row.status, row.error_code) == ("unconfirmed", "unconfirmed")
    assert row.due_at is not None  # DashScope can be asked for it
    assert fresh.status == "submitting"


def test_a_save_whose_worker_died_leaves_a_trace_and_lets_others_go_first(
    make_generation: Any,
) -> None:
    now = timezone.now()
    deadly = make_generation(status="storing", submitted_at=now - timedelta(hours=2))
    other = make_generation(status="storing")
    pauses = []
    for _ in range(3):
        past = timezone.now() - timedelta(seconds=1)
        Generation.objects.filter(pk=deadly.pk).update(due_at=past)
        assert claim_next_store() == deadly
        Generation.objects.filter(pk=deadly.pk).update(due_at=past)  # nobody came back
        assert claim_store(deadly.pk) is None
        Dispatcher().expire_stores(timezone.now())
        deadly.refresh_from_db()
        pauses.append((deadly.due_at - timezone.now()).total_seconds())

    assert claim_next_store() == other
    assert (deadly.status, deadly.attempts, deadly.error_code) == ("storing", 3, "save")
    assert pauses[0] < pauses[1] < pauses[2]
    note = "the worker that saved it did not come back"
    assert deadly.events.get(kind="not_saved").note == note


def test_a_save_under_way_is_left_alone(make_generation: Any) -> None:
    row = make_generation(status="storing")
    claim_store(row.pk)

    Dispatcher().expire_stores(timezone.now())

    row.refresh_from_db()
    assert (row.attempts, row.error_code) == (0, "")
