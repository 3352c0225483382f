"""The staff pages with 30,000 generations: medians in milliseconds, printed.

With TEST_DATABASE_URL on PostgreSQL, else on SQLite. Goal: 300 ms; the slowest is in the table.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from generations.models import Event, Generation, SubmitThrottle
from generations.reports.aggregate import update_daily_sums

from .report import Report

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

ROWS, PEOPLE, DAYS, ROUNDS = 30_000, 40, 90, 5
STATUSES = {"succeeded": 86, "failed": 10, "canceled": 2, "unconfirmed": 1, "storing": 1}
REVIEWS = {"pending": 30, "approved": 60, "rejected": 8, "flagged": 2}
WORDS = "fox snow dawn river city night rain slow camera light 小猫 雨后 街道 晨光".split()  # noqa: SIM905

PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "sheet": ("generations_generation_changelist", {}),
    "sheet as a table": ("generations_generation_changelist", {"view": "table"}),
    "to review": ("generations_generation_changelist", {"show": "to_review"}),
    "failed": ("generations_generation_changelist", {"show": "failed"}),
    "one service": ("generations_generation_changelist", {"service": "dashscope"}),
    "search, many hits": ("generations_generation_changelist", {"q": "fox"}),
    "search, no hit": ("generations_generation_changelist", {"q": "没有这个词"}),
    "search by id": ("generations_generation_changelist", {"q": str(UUID(int=77))}),
    "attention": ("generations_attention", {}),
    "numbers, 90 days": ("generations_numbers", {"days": "90"}),
    "ledger": ("generations_spend", {"by": "all"}),
    "log": ("generations_event_changelist", {}),
    "log, everything": ("generations_event_changelist", {"who": "all"}),
}


def pick(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def fill() -> None:
    """A studio after ninety busy days, the same at every run."""
    chance, now = random.Random(1), timezone.now()
    people = [User.objects.create(username=f"person {number}") for number in range(PEOPLE)]
    for alias in ("dashscope", "vtrix"):
        SubmitThrottle.objects.at(alias, "wan2.2-t2v-plus")
    rows = [generation(chance, now, number, people) for number in range(ROWS)]
    Generation.objects.bulk_create(rows, batch_size=2000)
    Event.objects.bulk_create(
        (event for row in rows for event in events(chance, row)), batch_size=5000
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def generation(chance: random.Random, now: Any, number: int, people: list[User]) -> Generation:
    status = pick(chance, STATUSES)
    created = now - timedelta(seconds=number * DAYS * 86_400 / ROWS)
    sent = None if status == "canceled" else created + timedelta(seconds=chance.random() * 60)
    done = status == "succeeded"
    return Generation(
        id=UUID(int=number + 1),
        owner=chance.choice(people),
        provider=chance.choice(["dashscope", "vtrix"]),
        model="wan2.2-t2v-plus",
        prompt=" ".join(chance.choices(WORDS, k=24)),
        size="832x480",
        status=status,
        created=created,
        submitted_at=sent,
        due_at=now if status == "storing" else None,
        finished_at=created + timedelta(seconds=200),
        remote_id=f"remote-{number}" if status in ("succeeded", "storing") else None,
        video=f"videos/{number}.mp4" if done else "",
        poster=f"posters/{number}.webp" if done else "",
        error_code="content" if status == "failed" else "",
        review=pick(chance, REVIEWS) if done else "pending",
        price="0.10",
        provider_data={"cost": "0.09", "answer": {"output": "x" * 600}} if done else {},
    )


def events(chance: random.Random, row: Generation) -> list[Event]:
    kinds = ["queued", "submitting", row.status]
    kinds += [row.review] if row.review != "pending" else []
    return [
        Event(
            generation=row,
            kind=kind,
            by=row.owner if kind in ("queued", row.review) else None,
        )
        for kind in kinds
    ]


def say(name: str, result: float) -> None:
    print(f"{name:32}{result:8.0f}")


def milliseconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def test_staff_pages(client: Any, operator: Any, capsys: Any, report: Report) -> None:
    fill()
    slowest: tuple[float, str, list[float]] = (0, "", [])
    with capsys.disabled():
        print(f"\n{connection.vendor}, {ROWS:,} generations, medians of {ROUNDS} in ms")
        now = timezone.now()
        say("summing up ninety days, once", milliseconds(lambda: update_daily_sums(now)))
        update_daily_sums(now + timedelta(minutes=10))
        quiet = now + timedelta(minutes=20)
        say("summing up, nothing changed", milliseconds(lambda: update_daily_sums(quiet)))
        client.force_login(operator)
        for name, (address, query) in PAGES.items():
            url = reverse(f"admin:{address}")
            assert client.get(url, query).status_code == 200
            times = [milliseconds(lambda: client.get(url, query)) for _ in range(ROUNDS)]  # noqa: B023
            say(name, median(times))
            slowest = max(slowest, (median(times), name, times))
    vendor = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    what = f"The slowest of {len(PAGES)} staff pages over {ROWS:,} rows: {slowest[1]}"
    report.add(what, vendor, slowest[2], "ms", bar=300)
