"""From the service's "done" until a page that is open can play the video."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import av

from tests.emulator.client import EmulatorProcess

from .bench_form import MODEL, QUICK_FILTERS, services
from .clients import Client
from .conftest import Database
from .report import Report
from .studio import Studio

Start = Callable[..., Studio]
VIDEOS, MEGABYTES = 12, 10
PAGE_ASKS_EVERY = 3.0  # seconds, where the studio does not say it
TOLD = re.compile(rb'data-poll-after="([\d.]+)"')
SEEN = re.compile(rb"\?seen=([0-9a-f]+)")


def film(path: Path) -> Path:
    """Five seconds of noise, which is what ten megabytes take."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 832, 480, "yuv420p"
        stream.bit_rate = MEGABYTES * 8_000_000 // 5
        stream.options = {"preset": "ultrafast"}
        for _ in range(150):
            frame = av.VideoFrame(832, 480, "yuv420p")
            for plane in frame.planes:
                plane.update(os.urandom(plane.buffer_size))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_done_to_playable(
    home: Database, start: Start, before: Start | None, report: Report, tmp_path: Path
) -> None:
    video = film(tmp_path / "film.mp4")
    values, questions = until_playable(start, video)
    theirs, asked = until_playable(before, video) if before else ([], [])
    size = video.stat().st_size / 1e6
    what = "Service done to playable in an open page, 3 s cadence"
    note = f"a file of {size:.1f} MB on loopback; playable is the first answer to the player"
    report.add(what, home.name, values, "s", bar=4.2, middle=2.7, naive=theirs, note=note)
    what = "Questions of such a page until then"
    report.add(what, home.name, questions, "", naive=asked)


def until_playable(start: Start, video: Path) -> tuple[list[float], list[float]]:
    """Seconds from the service's end of each video, and how often its page asked."""
    with EmulatorProcess(seconds=6, waiting=0.5, video=str(video)) as emulator:
        studio = start(**services(emulator), **QUICK_FILTERS)
        ((_, session),) = studio.people(1)
        studio.worker()
        studio.web()
        playable: dict[str, float] = {}
        asked: list[float] = []
        pages = []
        for number in range(VIDEOS):
            emulator.change(seconds=6 + number * 0.77 % 3)  # at any moment between two questions
            page = threading.Thread(
                target=sit_before, args=(studio, session, number, playable, asked)
            )
            page.start()
            pages.append(page)
            time.sleep(1.1)
        for page in pages:
            page.join()
        ends = {task["prompt"]: task["ends"] for task in emulator.state()["tasks"]}
    return [playable[prompt] - end for prompt, end in ends.items()], asked


def sit_before(
    studio: Studio, session: str, number: int, playable: dict[str, float], asked: list[float]
) -> None:
    """Ask for a video, stay on its page as the script does, and press play once it is there."""
    client, pk, prompt = Client(studio.url, session), uuid4(), f"page {number}"
    client.sign()
    fields = {"id": str(pk), "model": MODEL, "prompt": prompt, "size": "832x480"}
    assert client.post("/", fields | {"resolution": "720P"}).headers.get("X-Accepted")
    answer, questions = client.get(f"/v/{pk}/"), 0
    while answer.status != 286:
        told = TOLD.search(answer.body)
        after = answer.headers.get("X-Poll-After") or (told and told[1].decode())
        if seen := SEEN.search(answer.body):
            version = seen[1].decode()
        time.sleep(float(after or PAGE_ASKS_EVERY))
        answer = client.get(f"/v/{pk}/status/?seen={version}")
        questions += 1
    asked.append(questions)
    answer = client.get(f"/v/{pk}/video.mp4", Range="bytes=0-262143")
    assert answer.status == 206, answer.body[:200]
    playable[prompt] = time.time()
