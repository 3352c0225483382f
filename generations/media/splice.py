"""A file in which a part is replaced while it is read. Nothing is copied."""

import io
from typing import BinaryIO

from generations.media.range_reader import RangeReader


class Splice(RangeReader):
    """`file` with `put` in place of the bytes from `start` to `end`. Closes `file` with itself."""

    def __init__(self, file: BinaryIO, start: int, end: int, put: bytes) -> None:
        self.file, self.start, self.put = file, start, put
        self.grown = len(put) - (end - start)
        super().__init__(file.seek(0, io.SEEK_END) + self.grown)

    def piece(self, length: int) -> bytes:
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
