"""A file that is read in pieces, wherever they come from."""

import io


class RangeReader(io.RawIOBase):
    """`size` bytes, of which a subclass gives the piece that begins at `at`."""

    def __init__(self, size: int) -> None:
        self.size, self.at = size, 0

    def piece(self, length: int) -> bytes:
        """At most `length` bytes from `at` on; empty at the end."""
        raise NotImplementedError

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self.piece(len(buffer))
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)
