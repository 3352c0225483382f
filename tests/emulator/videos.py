"""Small true videos: H.264 in MP4, five seconds at 30 frames a second, dark above and light below.

Two halves, so that the first frame shows something and a poster is found at once.
"""

from __future__ import annotations

import struct
import tempfile
import threading
from functools import cache
from pathlib import Path

import av

FRAMES, RATE = 150, 30
LEVELS = (70, 170), (130, 130), (120, 120)  # of Y, U and V in the upper and the lower half
_encoding = threading.Lock()


def video(size: str, *, faststart: bool, mark: str, file: str = "") -> bytes:
    """The MP4 of `size` (`832x480`), or `file`; `mark` makes its bytes unlike any other's.

    With `faststart` the index (`moov`) comes before the pictures, else after them.
    """
    with _encoding:
        content = Path(file).read_bytes() if file else _encode(size, faststart)
    return content + _free_box(mark.encode())


def _free_box(data: bytes) -> bytes:
    """A box that players skip (ISO/IEC 14496-12, 8.1.2)."""
    return struct.pack(">I4s", 8 + len(data), b"free") + data


@cache
def _encode(size: str, faststart: bool) -> bytes:
    width, height = (int(side) for side in size.split("x"))
    frame = _frame(width, height)
    # The muxer opens the file a second time for faststart, so it needs a real name.
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        options = {"movflags": "+faststart"} if faststart else {}
        with av.open(file.name, "w", format="mp4", options=options) as container:
            stream = container.add_stream("libx264", rate=RATE)
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.options = {"preset": "ultrafast", "threads": "1"}
            for index in range(FRAMES):
                frame.pts = index
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return Path(file.name).read_bytes()


def _frame(width: int, height: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, (above, below) in zip(frame.planes, LEVELS, strict=True):
        half = plane.buffer_size // 2
        plane.update(bytes([above]) * half + bytes([below]) * (plane.buffer_size - half))
    return frame
