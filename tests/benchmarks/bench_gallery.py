"""The gallery at any depth, posters that the browser has, and the search.

`BENCH_PROMPTS=1000000` searches so many prompts, which takes some minutes to fill in.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from .clients import Client, side_by_side, timed
from .conftest import Database
from .report import Report
from .rows import EPOCH, SECOND, fill_gallery, row_id
from .studio import Studio

ROWS, PROMPTS = 200_000, int(os.environ.get("BENCH_PROMPTS", "100000"))
SEARCH_BAR = 40 if PROMPTS <= 100_000 else 150  # ms
POSTERS, ROUNDS = 24, 20
OTHERS = 200
DEPTHS = {"first": 0, "half way down": ROWS // 2, "ten from the end": ROWS - 10 * 24}
WORDS = {"English": "meadow", "Chinese": "小猫", "Chinese, no hit": "没有这个词"}
WORDS |= {"English, no hit": "zeppelin", "a common word": "cat"}
WORDS |= {"two words, of which one is nowhere": "harbour zeppelin"}

Start = Callable[..., Studio]


def cursor(number: int) -> str:
    """The address of the page that follows row `number`."""
    created = int((EPOCH + number * SECOND).timestamp() * 1_000_000)
    return f"/gallery/?before={created}-{row_id(number).hex}"


def test_gallery_pages(home: Database, start: Start, report: Report) -> None:
    studio = start()
    people = studio.people(OTHERS)
    fill_gallery(home, [pk for pk, _ in people], ROWS)
    studio.web()
    client = Client(studio.url, people[0][1])
    paths = {name: cursor(ROWS - rows) if rows else "/gallery/" for name, rows in DEPTHS.items()}
    alone = {name: timed(partial(client.get, path), 40) for name, path in paths.items()}
    together = [
        partial(timed, partial(Client(studio.url, session).get, path), 30)
        for (_, session), path in zip(people[:8], 8 * list(paths.values()), strict=False)
    ]
    crowd = side_by_side(together)
    naive = naive_pages(studio, people)
    for name, values in alone.items():
        what = f"Gallery page of 24 over {ROWS:,} rows, alone: {name}"
        report.add(what, home.name, values, "ms", bar=20, naive=naive[name])
    what = f"Gallery page of 24 over {ROWS:,} rows, 8 clients, all depths"
    report.add(what, home.name, crowd, "ms", bar=100, naive=naive["8 clients"], note=COUNTS)


COUNTS = "the naive page counts all rows and skips by OFFSET"


def naive_pages(studio: Studio, people: list[tuple[int, str]]) -> dict[str, list[float]]:
    studio.stop()
    studio.web(DJANGO_SETTINGS_MODULE="tests.benchmarks.naive_settings")
    client = Client(studio.url, people[0][1])
    paths = {name: f"/gallery/?page={1 + rows // 24}" for name, rows in DEPTHS.items()}
    found = {name: timed(partial(client.get, path), 4, 1) for name, path in paths.items()}
    each = zip(people[:8], 8 * list(paths.values()), strict=False)
    crowd = [partial(timed, partial(Client(studio.url, s).get, p), 2, 1) for (_, s), p in each]
    return found | {"8 clients": side_by_side(crowd)}


def test_posters_that_the_browser_has(
    home: Database, start: Start, before: Start | None, report: Report
) -> None:
    ours = revalidated(start)
    theirs = revalidated(before) if before else []
    what = f"{POSTERS} posters answered by 304, processor of the web process together"
    report.add(what, home.name, ours, "ms", bar=60, naive=theirs, note=SERVED, why=ASKED)


SERVED = "with PostgreSQL's part"
ASKED = (
    "An answer needs three short queries: session, person and row. With PostgreSQL, the driver and "
    "the server's own process are counted too."
)


def revalidated(start: Start) -> list[float]:
    """Milliseconds of processor for a page's posters, the mean of some rounds."""
    studio = start()
    ((person, session),) = studio.people(1)
    fill_gallery(studio.database, [person], POSTERS)
    folder = Path(studio.env["MEDIA_ROOT"]) / "posters"
    folder.mkdir(parents=True)
    for number in range(POSTERS):
        (folder / f"{number}.webp").write_bytes(b"RIFF")
    web, client = studio.web(), Client(studio.url, session)
    paths = [f"/v/{row_id(number)}/poster.webp" for number in range(POSTERS)]
    tags = [client.get(path).headers["ETag"] for path in paths]
    for round_ in range(ROUNDS + 3):
        if round_ == 3:
            meter, began = studio.meter(web), time.monotonic()
        for path, tag in zip(paths, tags, strict=True):
            assert client.get(path, **{"If-None-Match": tag}).status == 304
    cores, seconds = meter.cores(), time.monotonic() - began
    studio.stop()
    return [cores * seconds / ROUNDS * 1000]


def test_search(home: Database, start: Start, before: Start | None, report: Report) -> None:
    studio = start()
    people = studio.people(1)
    fill_gallery(home, [people[0][0]], PROMPTS, searched=True)
    found = searches(studio, people[0][1])
    theirs: dict[str, list[float]] = {}
    if before:
        older = before()
        [(pk, session)] = older.people(1)
        fill_gallery(older.database, [pk], PROMPTS)
        theirs = searches(older, session)
    for name, values in found.items():
        what = f"Search over {PROMPTS:,} prompts, the whole page: {name}"
        report.add(what, home.name, values, "ms", bar=SEARCH_BAR, naive=theirs.get(name, []))


def searches(studio: Studio, session: str) -> dict[str, list[float]]:
    """Milliseconds of the page for each of the words."""
    web, client = studio.web(), Client(studio.url, session)
    paths = {name: f"/gallery/?q={quote(word)}" for name, word in WORDS.items()}
    found = {name: timed(partial(client.get, path), 20) for name, path in paths.items()}
    web.terminate()
    web.wait()
    return found
