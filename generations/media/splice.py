"""A file of which a part reads as something else. Nothing is copied."""

from __future__ import annotations

import io
from typing import BinaryIO


class Splice(io.RawIOBase):
    """`file` with `put` in place of the bytes from `start` to `end`. Closes `file` with itself."""

    def __init__(self, file: BinaryIO, start: int, end: int, put: bytes) -> None:
        self.file, self.start, self.put = file, start, put
        self.grown = len(put) - (end - start)
        self.size = file.seek(0, io.SEEK_END) + self.grown
        self.at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self._piece(len(buffer))
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def _piece(self, length: int) -> bytes:
        """From where we are, up to the next seam."""
        behind = self.start + len(self.put)
        if self.start <= self.at < behind:
            return self.put[self.at - self.start :][:length]
        before = self.at < self.start
        self.file.seek(self.at if before else self.at - self.grown)
        return self.file.read(min(length, self.start - self.at) if before else length)

    def close(self) -> None:
        self.file.close()
        super().close()
