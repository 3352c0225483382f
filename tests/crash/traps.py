"""Where a process may die: every line of the steps that matter, found in the source."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[2]

# File -> functions whose every line is a place to die. Main thread of a worker only.
STEPS = {
    "generations/models/claims.py": ("claim_submit", "claim_store", "claim_polls"),
    "generations/models/generation.py": (
        "Generation.start_submit",
        "Generation.transition",
        "Generation.mark_running",
    ),
    "generations/tasks/submit.py": ("submit_queued", "send", "write_down"),
    "generations/tasks/submit_outcomes.py": ("accept",),
    "generations/tasks/video_request.py": ("request_of",),
    "generations/providers/http/client.py": ("HTTPClient._send",),
    "generations/providers/http/provider.py": ("HTTPProvider.submit", "HTTPProvider._accepted"),
    "generations/tasks/poller.py": (
        "run_poller",
        "Poller.run_once",
        "Poller.start_polls",
        "Poller.apply_results",
        "Poller.apply",
        "Poller.apply_to_row",
    ),
    "generations/tasks/poll_result.py": ("apply_poll", "finish", "keep_running"),
    "generations/tasks/store.py": (
        "store",
        "download_video",
        "finished_task",
        "extend_claim",
        "keep",
        "faststart",
        "save_poster",
    ),
    "generations/tasks/store_queue.py": ("store_due", "next_row"),
    "generations/media/storage.py": (
        "save_file",
        "_sync_directory",
        "temporary_path",
        "temporary_file",
    ),
}

# The places that the fault table names; each is the line that holds these words.
NAMED = {
    "before the claim is committed": ("generations/models/claims.py", "row.start_submit(now)"),
    "after the claim is committed": ("generations/tasks/video_request.py", "return VideoRequest("),
    "before the POST": ("generations/providers/http/client.py", "client.send("),
    "during the POST, after the charge": (
        "generations/providers/http/client.py",
        "status = str(response.status_code)",
    ),
    "after the answer, before it is written": (
        "generations/tasks/submit.py",
        'log.info("accepted %s as %s"',
    ),
    "before the id is committed": (
        "generations/models/generation.py",
        'running: dict[str, Any] = {"remote_id": remote_id',
    ),
    "during a poll": ("generations/tasks/poller.py", "poll = partial(pool.provider.poll"),
    "before a poll's answer is written": ("generations/tasks/poll_result.py", "row.transition("),
    "before a download": ("generations/tasks/store.py", "with path.open("),
    "during a download": ("generations/tasks/store.py", "now = timezone.now()"),
    "at the end of a download": ("generations/tasks/store.py", "seen = media.probe_with_poster("),
    "before the poster is saved": ("generations/tasks/store.py", "if not picture.stat()"),
    "between sync and rename": ("generations/media/storage.py", "stored = storage.save(name"),
    "between rename and commit": ("generations/tasks/store.py", "moved = row.transition("),
}


def every_line() -> list[str]:
    """`path:line` of every place, in the order of a generation's life."""
    return [f"{path}:{line}" for path, names in STEPS.items() for line in lines(path, names)]


def named_places() -> dict[str, str]:
    return {name: f"{path}:{line_with(path, words)}" for name, (path, words) in NAMED.items()}


def lines(path: str, names: tuple[str, ...]) -> list[int]:
    found = {code.co_qualname: code for code in codes(path)}
    return sorted(
        {
            line
            for name in names
            for _, line in dis.findlinestarts(found[name])
            if line and line > found[name].co_firstlineno
        }
    )


def codes(path: str) -> Iterator[CodeType]:
    """Every function of the file, compiled."""
    waiting = [compile((ROOT / path).read_text(), path, "exec")]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]


def line_with(path: str, words: str) -> int:
    for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
        if words in line:
            return number
    raise LookupError(f"no line of {path} holds {words!r}")
