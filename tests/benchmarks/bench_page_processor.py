"""What a page costs the web process, beside the same page of the commit before."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from .bench_gallery import cursor
from .clients import Client
from .conftest import Database
from .report import Report
from .rows import fill_gallery
from .studio import Studio

ROWS, ROUNDS, REQUESTS = 20_000, 6, 20
PAGES = {
    "the form": "/",
    "the gallery": "/gallery/",
    "the gallery, half way down": cursor(ROWS // 2),
    "the activity page": "/activity/",
}


@dataclass
class Visitor:
    """Somebody who asks one web process for pages."""

    studio: Studio
    web: subprocess.Popen[bytes]
    client: Client

    def processor(self, path: str) -> float:
        """Milliseconds of processor for one request, the mean of some."""
        self.client.get(path)
        meter, began = self.studio.meter(self.web), time.monotonic()
        for _ in range(REQUESTS):
            assert self.client.get(path).status == 200
        return meter.cores() * (time.monotonic() - began) / REQUESTS * 1000


def visitor(start: Callable[..., Studio]) -> Visitor:
    studio = start()
    ((person, session),) = studio.people(1)
    fill_gallery(studio.database, [person], ROWS)
    return Visitor(studio, studio.web(), Client(studio.url, session))


def test_processor_of_pages(
    home: Database,
    start: Callable[..., Studio],
    before: Callable[..., Studio] | None,
    report: Report,
) -> None:
    if not before:
        pytest.skip("BENCH_BEFORE names no checkout to compare with")
    ours, theirs = visitor(start), visitor(before)
    for name, path in PAGES.items():
        pairs = [(ours.processor(path), theirs.processor(path)) for _ in range(ROUNDS)]
        what = f"Processor for a page, in turn with the commit before: {name}"
        report.add(what, home.name, [a for a, _ in pairs], "ms", naive=[b for _, b in pairs])
