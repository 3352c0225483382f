"""Many rows at once: what a busy studio has in its database, without the way that led there."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from generations.models import Event, Generation
from generations.models.search import search_text

from .databases import PostgreSQL, SQLite

# One in three prompts is Chinese. "小猫" is in some of them, "meadow" in some others.
ENGLISH = """
a red paper kite rises over the misty river valley at dawn slow aerial shot soft light an orange
cat watches first snow through window warm lamp neon signs mirrored in rainy street cyclist passes
cinematic motion old harbour boats gulls wind wheat field storm
""".split()  # noqa: SIM905
CHINESE = "雨后的街道霓虹灯倒映在水面上自行车缓缓驶过电影质感清晨薄雾山谷风筝升起航拍柔光"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)

Make = Callable[[int], Any]


def prompts(count: int = 5000) -> list[str]:
    """The same at every run: 10 to 40 English words, or 15 to 60 Chinese characters."""
    chance = random.Random(1)
    made = []
    for number in range(count):
        if number % 3:
            words = chance.choices(ENGLISH, k=chance.randint(10, 40))
            words += ["meadow"] if number % 50 == 1 else []
            made.append(" ".join(words))
        else:
            text = "".join(chance.choices(CHINESE, k=chance.randint(15, 60)))
            made.append(text + ("小猫" if number % 30 == 0 else ""))
    return made


def columns_of(model: Any, example: Any) -> dict[str, Any]:
    """Column -> value of `example`, as the database takes it."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    values = {field.column: getattr(example, field.attname) for field in fields}
    plain = {
        name: value if not hasattr(value, "name") else value.name or ""
        for name, value in values.items()
    }
    return {name: "{}" if isinstance(value, dict) else value for name, value in plain.items()}


def fill_generations(
    database: SQLite | PostgreSQL, count: int, changes: dict[str, Any], **makers: Make
) -> None:
    """`count` rows like `changes`; `makers` give what differs from row to row, by its number."""
    columns = columns_of(Generation, Generation(**changes))
    columns |= makers | {"search_text": lambda n: search_text(makers["prompt"](n))}
    known = database.columns("generations_generation")  # the commit before has fewer
    columns = {name: value for name, value in columns.items() if name in known}
    database.fill("generations_generation", list(columns), built(count, list(columns.values())))


def built(count: int, values: Sequence[Any]) -> Iterator[list[Any]]:
    for number in range(count):
        yield [value(number) if callable(value) else value for value in values]


def row_id(number: int) -> UUID:
    """Spread over all ids, as random ones are, and the same at every run."""
    return UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835 + 1) % 2**128)


def fill_gallery(
    database: SQLite | PostgreSQL, owners: Sequence[int], count: int, *, searched: bool = False
) -> None:
    """`count` finished videos of `owners`, one a second; other people's are shared.

    The index of the search is fed only if it is `searched`: that takes most of the time.
    """
    if not searched:
        database.forget_search()
    texts = prompts()
    makers: dict[str, Make] = {
        "id": row_id,
        "owner_id": lambda n: owners[n % len(owners)],
        "prompt": lambda n: f"{texts[n % len(texts)]} {n}",
        "remote_id": lambda n: f"remote-{n}",
        "created": lambda n: EPOCH + n * SECOND,
        "submitted_at": lambda n: EPOCH + n * SECOND,
        "finished_at": lambda n: EPOCH + (n + 90) * SECOND,
        "video": lambda n: f"videos/{n}.mp4",
        "poster": lambda n: f"posters/{n}.webp",
    }
    same = ready() | {"shared": True}
    fill_generations(database, count, same, **makers)


def ready() -> dict[str, Any]:
    return asked() | {
        "status": "succeeded", "width": 832, "height": 480, "seconds": 5.0, "bytes": 10_000_000,
        "sha256": "0" * 64, "review": "approved", "billed": "yes", "remote_state": "succeeded",
    }  # fmt: skip


def asked() -> dict[str, Any]:
    return {"provider": "dashscope", "model": "wan2.2-t2v-plus", "size": "832x480"}


def fill_queue(
    database: SQLite | PostgreSQL, owners: Sequence[int], count: int, first: int = 0
) -> None:
    """`count` waiting rows of `owners`, asked for a minute ago and long before."""
    begin = datetime.now(UTC) - timedelta(minutes=1) - count * SECOND
    fill_generations(
        database, count, asked() | {"status": "queued"},
        id=lambda n: row_id(n + first),
        owner_id=lambda n: owners[n % len(owners)],
        prompt=lambda n: f"waiting {n}",
        created=lambda n: begin + n * SECOND,
        due_at=lambda n: begin + n * SECOND,
    )  # fmt: skip


def fill_running(
    database: SQLite | PostgreSQL,
    owners: Sequence[int],
    tasks: Sequence[str],
    endpoint: str,
    spread: float,
    first: int = 0,
) -> None:
    """A running row for each remote id; their polls fall due over `spread` seconds from now."""
    now = datetime.now(UTC)
    same = asked() | {"status": "running", "remote_state": "running", "endpoint": endpoint}
    fill_generations(
        database, len(tasks), same,
        id=lambda n: row_id(n + first),
        owner_id=lambda n: owners[n % len(owners)],
        prompt=lambda n: f"running {n}",
        remote_id=lambda n: tasks[n],
        created=lambda n: now - 30 * SECOND,
        submitted_at=lambda n: now - 29 * SECOND,
        due_at=lambda n: now + timedelta(seconds=spread * n / len(tasks)),
    )  # fmt: skip


def fill_events(database: SQLite | PostgreSQL, kind: str, first: int, count: int) -> None:
    """When rows `first` and the following came into `kind`."""
    columns = columns_of(Event, Event(kind=kind, at=datetime.now(UTC) - 20 * SECOND))
    columns.pop("id")
    columns |= {"generation_id": lambda n: row_id(n + first)}
    database.fill("generations_event", list(columns), built(count, list(columns.values())))
