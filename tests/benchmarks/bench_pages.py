"""The pages while many people watch or wait, and what a studio uses that nobody visits."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .clients import Client, OpenPage, keep_asking, timed, watch_slowly
from .conftest import Database
from .processes import pss_mb, tree
from .report import Report
from .rows import fill_events, fill_gallery, fill_queue, fill_running, row_id
from .studio import Studio

Start = Callable[..., Studio]
VIEWERS, RATE = 120, 250_000  # people, and bytes a second for each
PATIENCE = 8.0  # seconds in which the other pages come, or do not
PAGES, SECONDS = 1000, 12.0
CADENCE = 3.0  # seconds between two polls of a row
# Seconds between two questions where nothing tells: what is at the service, what is not.
MOVING, WAITING = 3.0, 6.0
KEYED = {"DASHSCOPE_API_KEY": "not-used", "DASHSCOPE_BASE_URL": "http://127.0.0.1:9"}


def test_slow_viewers(home: Database, start: Start, report: Report) -> None:
    studio = start()
    people = studio.people(VIEWERS + 1)
    fill_gallery(home, [pk for pk, _ in people], 1000)
    video = Path(studio.env["MEDIA_ROOT"]) / "videos/0.mp4"
    video.parent.mkdir(parents=True)
    video.write_bytes(bytes(20_000_000))
    studio.web()
    ours, served = while_they_watch(studio, people)
    note = f"{served} of {VIEWERS} were served at the same time"
    studio.stop()
    naive = naively(studio, people) if home.name == "SQLite" else []
    what = f"{VIEWERS} people watching slowly: other pages"
    report.add(what, home.name, ours, "ms", bar=50, naive=naive, note=f"{note}; {NAIVE}")


NAIVE = "the naive way is Django's FileResponse under gunicorn as it comes, with two processes"


def naively(studio: Studio, people: list[tuple[int, str]]) -> list[float]:
    bind = f"127.0.0.1:{studio.port}"
    line = ["-m", "gunicorn", "--workers=2", f"--bind={bind}", "wanstudio.wsgi"]
    studio.web(*line, DJANGO_SETTINGS_MODULE="tests.benchmarks.naive_settings")
    return while_they_watch(studio, people)[0]


def while_they_watch(studio: Studio, people: list[tuple[int, str]]) -> tuple[list[float], int]:
    """Milliseconds of other pages (all the patience if none came), and how many were served."""
    sessions = [session for _, session in people[1:]]
    served: list[int] = []
    stop = asyncio.Event()
    loop = asyncio.new_event_loop()
    play = watch_slowly(studio.url, f"/v/{row_id(0)}/video.mp4", sessions, RATE, stop)
    thread = threading.Thread(target=lambda: served.append(loop.run_until_complete(play)))
    thread.start()
    time.sleep(5)
    values = others(studio, people[0][1])
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    return values, served[0]


def others(studio: Studio, session: str) -> list[float]:
    """New connections each time, so that every process is met."""
    values: list[float] = []
    paths, end = ["/gallery/", "/", f"/v/{row_id(3)}/"], time.monotonic() + PATIENCE
    for number in range(150):
        client = Client(studio.url, session)
        client.connection.timeout = max(1.0, end - time.monotonic())
        try:
            values.append(client.get(paths[number % 3]).seconds * 1000)
        except TimeoutError:
            return [*values, PATIENCE * 1000]
        finally:
            client.connection.close()
    return values


def test_open_pages(home: Database, start: Start, before: Start | None, report: Report) -> None:
    share, values = while_pages_are_open(start)
    theirs, slower = while_pages_are_open(before) if before else ([], [])
    what = f"{PAGES:,} open pages waiting, polled every {CADENCE:.0f} s"
    report.add(f"{what}: answer", home.name, values, "ms", naive=slower)
    note = f"web processes, and PostgreSQL's part; {len(values) / SECONDS:.0f} answers a second"
    note += f", before {len(slower) / SECONDS:.0f}" if before else ""
    machine = f"{what}: of the machine"
    report.add(machine, home.name, share, "%", bar=35, naive=theirs, note=note, why=DRIVER)
    report.add(
        f"{what}: processor for each answer",
        home.name,
        each(share, values),
        "ms",
        naive=each(theirs, slower),
    )


def each(share: list[float], answers: list[float]) -> list[float]:
    """Milliseconds of one core for one answer."""
    return [share[0] / 100 * 2 * SECONDS * 1000 / len(answers)] if answers else []


def while_pages_are_open(start: Start) -> tuple[list[float], list[float]]:
    """How much of the machine they take in per cent, and milliseconds of each answer.

    Half of the pages show one video, half a list with three cards; on half, everything waits.
    """
    studio = start(**KEYED)
    home = studio.database
    people = studio.people(PAGES // 5)
    owners = [pk for pk, _ in people]
    count = 2 * PAGES
    tasks = [f"remote-{number}" for number in range(count // 2)]
    fill_running(home, owners, tasks, KEYED["DASHSCOPE_BASE_URL"], CADENCE)
    fill_queue(home, owners, count // 2, first=count // 2)
    fill_events(home, "running", 0, count // 2)
    fill_events(home, "queued", count // 2, count // 2)
    web = studio.web()
    pages = opened(studio, [session for _, session in people])
    with polled(home):
        asyncio.run(keep_asking(studio.url, pages, 6))  # by then each is in its rhythm
        meter = studio.meter(web)
        values = asyncio.run(keep_asking(studio.url, pages, SECONDS))
        share = meter.cores() / 2 * 100
    studio.stop()
    return [share], values


@contextmanager
def polled(home: Database) -> Iterator[None]:
    """What is due is due again after the cadence, as if a poller polled it."""
    over = threading.Event()

    def poll() -> None:
        while not over.wait(0.2):
            home.repeat(CADENCE)

    thread = threading.Thread(target=poll)
    thread.start()
    yield
    over.set()
    thread.join()


DRIVER = (
    "An answer asks session, person, rows and places in line, three to five short questions; with "
    "PostgreSQL the driver and the server's own processes are counted too."
)


def opened(studio: Studio, sessions: list[str]) -> list[OpenPage]:
    """What each page asks, with the versions that it shows: five pages of each person."""
    shown = [shown_on(Client(studio.url, session).get("/activity/").body) for session in sessions]
    people = len(sessions)
    return [
        open_page(sessions[number % people], shown[number % people], number, number // people)
        for number in range(PAGES)
    ]


def open_page(session: str, shown: list[str], number: int, turn: int) -> OpenPage:
    """One video's page or a list; `shown` are the newest first, which are those at the service."""
    every = WAITING if turn % 2 else MOVING
    if number % 2:
        row, _, version = shown[-1 - turn if turn % 2 else turn].partition(":")
        return OpenPage(f"/v/{row}/status/?seen={version}", session, every)
    cards = shown[-3:] if turn % 2 else shown[2:5]
    return OpenPage(f"/live/?seen={','.join(cards)}", session, every)


def shown_on(page: bytes) -> list[str]:
    """`<id>:<version>` of the open cards on a page."""
    cards = page.decode().split('data-open="')[1:]
    return [f"{card[:36]}:{card.partition('data-version=')[2][1:13]}" for card in cards]


def test_at_rest(home: Database, start: Start, report: Report) -> None:
    studio = start(**KEYED)
    ((_, session),) = studio.people(1)
    processes = [studio.web(), studio.worker()]
    client = Client(studio.url, session)
    timed(partial(client.get, "/"), 20)
    time.sleep(3)
    meter = studio.meter(*processes)
    time.sleep(10)
    cores = meter.cores() * 100
    memory = pss_mb(tree(*(process.pid for process in processes)))
    note = "all processes together, shared pages counted once; the processor with PostgreSQL's part"
    report.add("web + worker at rest: memory", home.name, [memory], "MB", bar=450, note=note)
    report.add("web + worker at rest: of a core", home.name, [cores], "%", bar=2)
