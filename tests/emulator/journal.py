"""An append-only file of JSON lines: what was recorded outlives the emulator's process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    """Each line goes to the kernel before the answer leaves, so `kill -9` loses none.

    With an empty path it writes nothing. A half last line is dropped on reading.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path) if path else None
        self._file: Any = None

    def read(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.path is None or not self.path.exists():
            return
        for line in self.path.read_text().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            yield entry["kind"], entry["data"]

    def write(self, kind: str, data: dict[str, Any]) -> None:
        if self.path is None:
            return
        if self._file is None:
            self._file = self.path.open("ab", buffering=0)
        self._file.write(json.dumps({"kind": kind, "data": data}).encode() + b"\n")

    def clear(self) -> None:
        if self.path is not None:
            self.close()
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
