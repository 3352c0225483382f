"""A stand-in that needs no key and no network: it pretends to wait, then draws a film here.

It keeps no state. The remote id tells all there is to know about an ask, so any worker can
answer for it, also after a restart. Only the picture of an image-to-video ask lies in a file,
named by the remote id; a picture given by URL is never fetched, a drawn one takes its place.

`[refuse]`, `[fail]` and `[slow]` in the prompt show the other ways an ask can end.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from generations.providers.base import (
    SEED_MAX,
    ImageToVideoModel,
    OnProgress,
    Provider,
    RemoteState,
    RemoteTask,
    VideoModel,
    VideoRequest,
)
from generations.providers.errors import (
    DownloadError,
    ErrorCode,
    ProviderUnavailableError,
    RequestRejectedError,
)
from generations.providers.http.options import validate_request
from generations.providers.sandbox import render
from generations.sizes import IMAGE_SIZES

SCHEME = "sandbox:"
KEPT_FOR = 24 * 3600  # seconds, as long as the real services keep a task
PENDING_SHARE = 0.2  # of the running time
SLOW = 10  # times the running time


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """All that is known of an ask; its text form is the remote id."""

    started: int  # milliseconds since 1970
    size: str
    seed: int
    digest: str  # of the prompts
    ending: str  # "ok", "fail" or "slow"
    mark: bool
    nonce: str  # makes two equal requests different

    FORM = re.compile(
        r"(?P<started>\d{13})-(?P<size>\d{3,4}x\d{3,4}|480P|720P)-(?P<seed>\d{1,10})"
        r"-(?P<digest>[0-9a-f]{16})-(?P<ending>ok|fail|slow)-(?P<mark>[01])-(?P<nonce>[0-9a-f]{8})",
        re.ASCII,
    )

    def __str__(self) -> str:
        return (
            f"{self.started}-{self.size}-{self.seed}"
            f"-{self.digest}-{self.ending}-{self.mark:d}-{self.nonce}"
        )

    @classmethod
    def read(cls, remote_id: str) -> Ticket | None:
        """The ticket of a remote ID; None for an ID that was not created here."""
        found = cls.FORM.fullmatch(remote_id)
        if found is None:
            return None
        parts = found.groupdict() | {
            "started": int(found["started"]),
            "seed": int(found["seed"]),
            "mark": found["mark"] == "1",
        }
        return cls(**parts)


class Sandbox(Provider):
    """`seconds` is how long it pretends to work, `pictures` a directory for uploaded pictures."""

    label = "Sandbox"
    models = (
        VideoModel(id="sandbox-t2v", label="Sandbox"),
        ImageToVideoModel(id="sandbox-i2v", label="Sandbox", prompt_required=False),
    )
    poll_every = 1
    query_rate = 50
    max_open = 4
    submit_every = 0.1

    def __init__(
        self,
        *,
        alias: str,
        seconds: float = 6,
        pictures: Path | str | None = None,
        clock: Callable[[], float] = time.time,
        **limits: Any,
    ) -> None:
        super().__init__(alias=alias, **limits)
        self.seconds = seconds
        self.pictures = Path(pictures or Path(tempfile.gettempdir()) / "wanstudio-sandbox")
        self.clock = clock

    def submit(
        self, request: VideoRequest, *, deadline: float, on_progress: OnProgress = None
    ) -> str:
        if time.monotonic() > deadline:
            raise ProviderUnavailableError(detail="the time to send this was over")
        validate_request(self.model(request.model), request)
        if request.seed is not None and not 0 <= request.seed <= SEED_MAX:
            raise RequestRejectedError(ErrorCode.INPUT, f"seed {request.seed}")
        if "[refuse]" in request.prompt:
            raise RequestRejectedError(ErrorCode.CONTENT, "the prompt says [refuse]")
        remote_id = str(self._ticket_for(request))
        if request.image and request.image.content:
            self._keep_picture(remote_id, request.image.content)
        return remote_id

    def poll(self, remote_id: str, model: str) -> RemoteTask:
        ticket = Ticket.read(remote_id)
        age = self._age(ticket) if ticket else KEPT_FOR
        if ticket is None or abs(age) >= KEPT_FOR:
            return RemoteTask(state=RemoteState.GONE, detail="the sandbox knows no such task")
        work = self._work(ticket)
        if age < PENDING_SHARE * work:
            return RemoteTask(state=RemoteState.PENDING)
        if age < work:
            return RemoteTask(state=RemoteState.RUNNING, progress=int(100 * age / work))
        return self._ended(ticket, work)

    def download(self, url: str, file: BinaryIO, *, on_chunk: Any = None) -> None:
        """Draw the film and write it into `file`: the same ask and seed, the same bytes."""
        remote_id = url.removeprefix(SCHEME)
        ticket = Ticket.read(remote_id)
        if ticket is None or self._age(ticket) >= KEPT_FOR:
            raise DownloadError(detail="the sandbox no longer has this film")
        picture = self._picture(remote_id) if ticket.size in IMAGE_SIZES else None
        with tempfile.TemporaryDirectory(prefix="wanstudio-") as directory:
            path = Path(directory) / "film.mp4"
            render.render(
                path,
                size=ticket.size,
                recipe=f"{ticket.digest}-{ticket.seed}",
                mark=ticket.mark,
                picture=picture,
                on_second=on_chunk,
            )
            with path.open("rb") as drawn:
                shutil.copyfileobj(drawn, file)

    def _ticket_for(self, request: VideoRequest) -> Ticket:
        texts = f"{request.prompt}\0{request.negative_prompt}".encode()
        seed = secrets.randbelow(SEED_MAX + 1) if request.seed is None else request.seed
        endings = ("fail", "slow")
        return Ticket(
            started=int(self.clock() * 1000),
            size=request.size,
            seed=seed,
            digest=hashlib.sha256(texts).hexdigest()[:16],
            ending=next((word for word in endings if f"[{word}]" in request.prompt), "ok"),
            mark=request.watermark,
            nonce=secrets.token_hex(4),
        )

    def _age(self, ticket: Ticket) -> float:
        return self.clock() - ticket.started / 1000

    def _work(self, ticket: Ticket) -> float:
        return self.seconds * (SLOW if ticket.ending == "slow" else 1)

    def _ended(self, ticket: Ticket, work: float) -> RemoteTask:
        begun = ticket.started / 1000
        facts = {
            "cost": "0",
            "seed": ticket.seed,
            "queued_at": _iso(begun),
            "started_at": _iso(begun + PENDING_SHARE * work),
            "ended_at": _iso(begun + work),
        }
        if ticket.ending == "fail":
            return RemoteTask(
                state=RemoteState.FAILED,
                error_code=ErrorCode.CONTENT,
                detail="the prompt says [fail]",
                provider_data=facts,
            )
        return RemoteTask(
            state=RemoteState.SUCCEEDED,
            video_url=f"{SCHEME}{ticket}",
            progress=100,
            provider_data=facts,
        )

    def _keep_picture(self, remote_id: str, content: bytes) -> None:
        self.pictures.parent.mkdir(mode=0o750, parents=True, exist_ok=True)  # `MEDIA_ROOT`
        self.pictures.mkdir(mode=0o700, exist_ok=True)
        oldest = time.time() - KEPT_FOR
        for path in self.pictures.iterdir():
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
        part = self.pictures / f"{remote_id}.part"
        part.write_bytes(content)
        os.replace(part, self.pictures / remote_id)

    def _picture(self, remote_id: str) -> bytes | None:
        try:
            return (self.pictures / remote_id).read_bytes()
        except FileNotFoundError:  # given by URL, or kept on another machine
            return None


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="seconds")
