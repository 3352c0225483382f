"""Which bells ring, and that repeats do not fill the queue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.signing import SignedPackage

from generations.models import Generation, SubmitThrottle, claim_store, claim_submit
from generations.tasks.dispatcher import Dispatcher
from tests.emulator import Emulator

pytestmark = pytest.mark.django_db

Ask = Callable[..., Generation]
LANE = ("dashscope", "wan2.2-t2v-plus")


@pytest.fixture
def rung(django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], None]], list[Any]]:
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


def test_a_lane_with_somebody_waiting_is_rung_once(service: Emulator, ask: Ask, rung: Any) -> None:
    ask(), ask()
    bells = Dispatcher()

    assert rung(bells.dispatch) == [("submit_queued", *LANE)]
    assert rung(bells.dispatch) == []


def test_a_bell_that_was_answered_rings_again(service: Emulator, ask: Ask, rung: Any) -> None:
    ask(), ask()
    bells = Dispatcher()
    rung(bells.dispatch)
    row = claim_submit(*LANE, max_open=9, submit_every=0)
    row.mark_running("id", endpoint="", due_at=timezone.now())

    assert rung(bells.dispatch) == [("submit_queued", *LANE)]


def test_nobody_is_rung_for_a_paused_lane(service: Emulator, ask: Ask, rung: Any) -> None:
    ask()
    SubmitThrottle.objects.pause(*LANE, whole_service=True, code="auth", detail="")

    assert rung(Dispatcher().dispatch) == []


def test_nobody_is_rung_before_the_time_has_come(service: Emulator, ask: Ask, rung: Any) -> None:
    ask()
    SubmitThrottle.objects.at(*LANE).postpone(60)

    assert rung(Dispatcher().dispatch) == []


def test_nobody_is_rung_without_a_free_place(
    service: Emulator, ask: Ask, rung: Any, make_generation: Any, settings: Any
) -> None:
    settings.PROVIDERS["dashscope"]["OPTIONS"]["max_open"] = 1
    settings.PROVIDERS = {**settings.PROVIDERS}
    ask()
    make_generation(status="running", provider=LANE[0], model=LANE[1])

    assert rung(Dispatcher().dispatch) == []


def test_nobody_is_rung_for_a_service_that_is_not_configured(
    service: Emulator, ask: Ask, rung: Any
) -> None:
    ask(provider="elsewhere")

    assert rung(Dispatcher().dispatch) == []


def test_stores_leave_a_worker_for_the_watch_and_one_for_a_send(
    make_generation: Any, rung: Any, settings: Any
) -> None:
    settings.WANSTUDIO_WORKERS = 4
    rows = [make_generation(status="storing") for _ in range(5)]
    bells = Dispatcher()

    first = rung(bells.dispatch_stores)

    assert len(first) == 2
    assert rung(bells.dispatch_stores) == []
    assert {name for name, _ in first} == {"store_video"}
    assert {pk for _, pk in first} <= {row.pk for row in rows}


def test_the_video_that_expires_first_is_brought_home_first(
    make_generation: Any, rung: Any, settings: Any
) -> None:
    settings.WANSTUDIO_WORKERS = 3
    now = timezone.now()
    make_generation(status="storing", submitted_at=now - timedelta(hours=1))
    old = make_generation(status="storing", submitted_at=now - timedelta(hours=23))

    assert rung(Dispatcher().dispatch_stores) == [("store_video", old.pk)]


def test_a_place_is_free_again_when_a_store_has_ended(
    make_generation: Any, rung: Any, settings: Any
) -> None:
    settings.WANSTUDIO_WORKERS = 3
    first, second = (make_generation(status="storing") for _ in range(2))
    bells = Dispatcher()
    [(_, pk)] = rung(bells.dispatch_stores)
    row, other = (first, second) if first.pk == pk else (second, first)
    row.transition("failed", error_code="expired")

    assert rung(bells.dispatch_stores) == [("store_video", other.pk)]


def test_a_failed_store_gives_its_place_to_another(
    make_generation: Any, rung: Any, settings: Any
) -> None:
    settings.WANSTUDIO_WORKERS = 3
    now = timezone.now()
    first = make_generation(status="storing", submitted_at=now - timedelta(hours=2))
    second = make_generation(status="storing")
    bells = Dispatcher()
    assert rung(bells.dispatch_stores) == [("store_video", first.pk)]
    first.transition("storing", due_at=now + timedelta(minutes=1), attempts=1, error_code="save")

    assert rung(bells.dispatch_stores) == [("store_video", second.pk)]


def test_a_send_whose_worker_died_is_in_doubt(service: Emulator, make_generation: Any) -> None:
    past = timezone.now() - timedelta(seconds=1)
    row = make_generation(status="submitting", provider=LANE[0], model=LANE[1], due_at=past)
    fresh = make_generation(
        status="submitting", provider="sandbox", due_at=timezone.now() + timedelta(seconds=9)
    )

    Dispatcher().expire_submits(timezone.now())

    row.refresh_from_db()
    fresh.refresh_from_db()
    assert (row.status, row.error_code) == ("unconfirmed", "unconfirmed")
    assert row.due_at is not None  # DashScope can be asked for it
    assert fresh.status == "submitting"


def test_a_save_whose_worker_died_leaves_a_trace_and_lets_others_go_first(
    make_generation: Any, rung: Any, settings: Any
) -> None:
    settings.WANSTUDIO_WORKERS = 3
    now = timezone.now()
    deadly = make_generation(status="storing", submitted_at=now - timedelta(hours=2))
    other = make_generation(status="storing")
    bells = Dispatcher()
    pauses = []
    for _ in range(3):
        assert rung(bells.dispatch_stores) == [("store_video", deadly.pk)]
        assert claim_store(deadly.pk)
        past = timezone.now() - timedelta(seconds=1)
        Generation.objects.filter(pk=deadly.pk).update(due_at=past)  # nobody came back
        assert claim_store(deadly.pk) is None
        bells.expire_stores(timezone.now())
        deadly.refresh_from_db()
        pauses.append((deadly.due_at - timezone.now()).total_seconds())
        assert rung(bells.dispatch_stores) == [("store_video", other.pk)]
        bells = Dispatcher()
        Generation.objects.filter(pk=deadly.pk).update(due_at=past)

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
