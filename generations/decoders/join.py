"""Joins clips of one kind into one MP4, without encoding them again."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from generations.decoders import InvalidFileError
from generations.decoders.mp4 import boxes
from generations.decoders.mp4_index import copy_bytes, layout_of, new_moov, read_index
from generations.decoders.video import open_video, probe, stream_of

LABELS = (b"udta", b"meta")  # the places of labels in an index; a muxer writes only some of them


def join(paths: list[str], target: str) -> None:
    """Write the pictures of all clips to `target`, in their order, without sound.

    The labels of the first clip stay, as that which says that an AI made it. Raises
    `InvalidFileError` with a reason (`size`, `kind`, `damaged`) and the place, from 1 on, of the
    first clip that does not fit those before.
    """
    for place, path in enumerate(paths, 1):
        _check(path, paths[0], place)
    bare = f"{target}.bare.part"
    try:
        _remux(paths, bare)
        _label(Path(bare), Path(paths[0]), Path(target))
        probe(target)
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise InvalidFileError("damaged", 0) from error
    finally:
        Path(bare).unlink(missing_ok=True)


def _check(path: str, first: str, place: int) -> None:
    try:
        probe(path)
        with open_video(path) as clip, open_video(first) as model:
            mine, wanted = stream_of(clip), stream_of(model)
            if (mine.width, mine.height) != (wanted.width, wanted.height):
                raise InvalidFileError("size", place)
            if "mp4" not in clip.format.name or _coding(mine) != _coding(wanted):
                raise InvalidFileError("kind", place)
    except (av.FFmpegError, ValueError) as error:
        raise InvalidFileError("damaged", place) from error
    except InvalidFileError as error:
        known = error.args[0] in ("size", "kind")
        raise InvalidFileError(*error.args if known else ("damaged", place)) from error


def _coding(stream: VideoStream) -> tuple[object, ...]:
    """What a player needs to set up its decoder, once for the whole file."""
    codec = stream.codec_context
    return codec.name, codec.pix_fmt, codec.extradata


def _remux(paths: list[str], target: str) -> None:
    with av.open(target, "w", format="mp4", options={"movflags": "+faststart"}) as out:
        with open_video(paths[0]) as first:
            stream = out.add_stream_from_template(stream_of(first))
        begin = Fraction(0)
        for path in paths:
            with open_video(path) as clip:
                begin += _append(clip, out, stream, begin)


def _append(
    clip: InputContainer, out: OutputContainer, stream: VideoStream, begin: Fraction
) -> Fraction:
    """Mux the packets of a clip, which begins at `begin` seconds. Returns its length in seconds."""
    source = stream_of(clip)
    unit = source.time_base or Fraction(1, av.time_base)
    moved, end = round(begin / unit) - (source.start_time or 0), 0
    for packet in clip.demux(source):
        if packet.dts is None or packet.pts is None:  # the flush packet at the end of the stream
            continue
        end = max(end, packet.pts + (packet.duration or 0) - (source.start_time or 0))
        packet.pts, packet.dts = packet.pts + moved, packet.dts + moved
        packet.stream = stream
        out.mux(packet)
    return end * unit


def _label(bare: Path, first: Path, target: Path) -> None:
    """Copy `bare` to `target` with the labels of `first` in its index."""
    with first.open("rb") as source:
        labels = _boxes_of(read_index(source, layout_of(source)), wanted=True)
    with bare.open("rb") as file, target.open("wb") as out:
        layout = layout_of(file)
        index = _boxes_of(read_index(file, layout), wanted=False) + labels
        copy_bytes(file, out, 0, layout.start)
        out.write(new_moov(layout, index))
        copy_bytes(file, out, layout.moov.end, layout.size)


def _boxes_of(index: bytes, *, wanted: bool) -> bytes:
    """The boxes of an index that hold labels; or all others."""
    kept, start = b"", 0
    for box in boxes(io.BytesIO(index), 0, len(index)):
        if (box.kind in LABELS) == wanted:
            kept += index[start : box.end]
        start = box.end
    return kept
