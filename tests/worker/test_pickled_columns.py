"""Rows of django-q2 that hold a pickle: whatever reads them, none of it runs."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import management, serializers
from django.core.cache import caches
from django.db import connection
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import Failure, OrmQ, Schedule, Success, Task
from django_q.monitor import save_task
from picklefield import PickledObjectField
from picklefield.fields import dbsafe_decode, dbsafe_encode

from generations.models import RateLimit
from generations.worker.task_queue import delete_failures

COLUMNS = ("result", "args", "kwargs")


class Trap:
    """Its pickle is the call of `os.mkdir`."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


def trap(target: Path) -> str:
    """As the column would hold it."""
    return str(dbsafe_encode(Trap(target), copy=False))


@pytest.fixture
def sprung(tmp_path: Path) -> Path:
    """The folder that is there once a pickle was run."""
    return tmp_path / "sprung"


@pytest.fixture
def hostile(db: None, sprung: Path) -> str:
    """The id of a failed task with a trap in every column, as only SQL can write it."""
    now = timezone.now()
    task = Task.objects.create(
        id="a" * 32, name="hostile", func="f", started=now, stopped=now, success=False
    )
    pickled = trap(sprung)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE django_q_task SET result = %s, args = %s, kwargs = %s", [pickled] * 3
        )
    return task.id


def test_the_trap_works(sprung: Path) -> None:
    dbsafe_decode(trap(sprung))
    assert sprung.exists()


def test_no_way_to_read_a_row_runs_what_it_holds(hostile: str, sprung: Path) -> None:
    for model in (Task, Failure):
        row = model.objects.get(pk=hostile)
        assert [getattr(row, column) for column in COLUMNS] == [None] * 3
        assert list(model.objects.values_list(*COLUMNS)) == [(None,) * 3]
        row.refresh_from_db()
        serializers.serialize("json", model.objects.all())
    assert Task.get_result(hostile) is None
    assert not Success.objects.exists()
    assert not sprung.exists()


def test_a_fixture_runs_nothing_either(db: None, sprung: Path, tmp_path: Path) -> None:
    now = "2026-11-28T00:00:00Z"
    fields = {"name": "hostile", "func": "f", "started": now, "stopped": now}
    fields |= dict.fromkeys(COLUMNS, trap(sprung))
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([{"model": "django_q.task", "pk": "b" * 32, "fields": fields}]))
    management.call_command("loaddata", str(file), verbosity=0)
    assert Task.objects.get().result is None
    assert not sprung.exists()


def test_a_task_that_fails_again_meets_its_row_and_runs_nothing(hostile: str, sprung: Path) -> None:
    now = timezone.now()
    task = {"id": hostile, "name": "hostile", "success": False, "result": "why", "stopped": now}
    save_task(task | {"sync": True, "func": "f"}, None)
    assert Task.objects.get().attempt_count == 1
    assert not sprung.exists()


def test_old_failures_are_deleted_and_nothing_runs(hostile: str, sprung: Path) -> None:
    Task.objects.update(stopped=timezone.now() - timedelta(days=31))
    delete_failures()
    assert not Task.objects.exists()
    assert not sprung.exists()


def test_a_waiting_task_that_is_not_signed_runs_nothing(db: None, sprung: Path) -> None:
    row = OrmQ.objects.create(key="any", payload=f"{trap(sprung)}:aa:bb")
    assert row.task == {"id": "*BadSignature"}
    assert not sprung.exists()


def test_every_pickled_column_of_every_model_is_among_them() -> None:
    fields = [field for model in apps.get_models() for field in model._meta.concrete_fields]
    pickled = [field for field in fields if isinstance(field, PickledObjectField)]
    assert {field.name for field in pickled} == set(COLUMNS)
    assert all(field.to_python("anything") is None for field in pickled)


def test_a_row_of_the_schedule_calls_nothing() -> None:
    assert Schedule._meta.db_table == "django_q_schedule"
    assert Conf.SCHEDULER is False


@pytest.mark.django_db
def test_no_cache_keeps_pickles_outside_the_process() -> None:
    """Django's own caches pickle, but for the one that other processes cannot write to."""
    backends = {cache["BACKEND"] for cache in settings.CACHES.values()}
    assert backends == {
        "django.core.cache.backends.locmem.LocMemCache",
        "generations.accounts.rate_limits.RateLimitCache",
    }
    RateLimit.objects.put(caches["default"].make_key("a"), "gASVAAA=", 60)
    assert caches["default"].get("a") == "gASVAAA="
