"""Small real films for tests, drawn on the spot."""

import io
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from PIL import Image, ImageDraw


def draw_film(
    path: Path,
    *,
    size: tuple[int, int] = (96, 64),
    frames: int = 30,
    fps: int | Fraction = 30,
    blank: int = 0,
    movflags: str = "+faststart",
    metadata: dict[str, str] | None = None,
) -> Path:
    """An H.264 film of a moving square; its first `blank` frames are black."""
    muxing = {"movflags": movflags} if movflags else {}
    with av.open(str(path), "w", format="mp4", options=muxing) as out:
        out.metadata.update(metadata or {})
        stream = out.add_stream("libx264", rate=fps, options={"g": "10", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            image = Image.new("RGB", size, "black" if number < blank else "teal")
            if number >= blank:
                left = number % (size[0] // 2)
                ImageDraw.Draw(image).rectangle((left, 8, left + 24, 40), fill="orange")
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, 1 / Fraction(fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def draw_webm(path: Path, *, size: tuple[int, int] = (96, 64), live: bool = False) -> Path:
    """A VP8 film of one second; `live` as recorders write it, which know no end."""
    muxing = {"live": "1"} if live else {}
    options = {"g": "10", "deadline": "realtime", "threads": "1"}  # further ones wait busily
    with av.open(str(path), "w", format="webm", options=muxing) as out:
        stream = out.add_stream("libvpx", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(30):
            frame = av.VideoFrame.from_image(Image.new("RGB", size, (8 * number, 99, 99)))
            frame.pts, frame.time_base = number, Fraction(1, 30)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def frames_of(path: Path) -> list[bytes]:
    """Every decoded frame, to compare two films."""
    with av.open(str(path)) as film:
        return [b"".join(bytes(p) for p in frame.planes) for frame in film.decode(video=0)]


def still(path: Path, number: int = 75) -> Image.Image:
    """One frame of a film."""
    with av.open(str(path)) as film:
        return next(islice(film.decode(video=0), number, None)).to_image()


def sound_alone() -> bytes:
    """An MP4 without a picture."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=44100)
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate = 44100
        for number in range(20):
            frame.pts = 1024 * number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()
