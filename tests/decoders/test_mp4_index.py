"""Moving the index changes the places it tells, and no other byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from generations.decoders.mp4 import boxes, size_of
from generations.decoders.mp4_index import index_first
from tests.films import draw_film, frames_of


@pytest.fixture
def late(tmp_path: Path) -> Path:
    film = draw_film(tmp_path / "late.mp4", movflags="")
    with film.open("ab") as file:
        file.write(b"\0\0\0\x0cfree1234")
    return film


def parts(path: Path) -> dict[bytes, bytes]:
    content = path.read_bytes()
    with path.open("rb") as file:
        return {box.kind: content[box.body : box.end] for box in boxes(file, 0, size_of(file))}


def test_everything_but_the_index_stays_to_the_byte(late: Path, tmp_path: Path) -> None:
    index_first(late, tmp_path / "out.mp4")
    before, after = parts(late), parts(tmp_path / "out.mp4")

    assert list(after)[:2] == [b"ftyp", b"moov"]
    assert set(after) == set(before)
    assert {kind for kind in before if before[kind] != after[kind]} == {b"moov"}
    assert len(before[b"moov"]) == len(after[b"moov"])
    assert frames_of(tmp_path / "out.mp4") == frames_of(late)


def box(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4, "big") + kind + body


@pytest.mark.parametrize(("kind", "width"), [(b"stco", 4), (b"co64", 8)])
def test_every_place_is_told_anew(kind: bytes, width: int, tmp_path: Path) -> None:
    """Before the index and behind it, on four bytes and on eight."""
    first = box(b"ftyp", b"isom")
    places = [len(first) + 8, 0]
    for _ in range(2):  # the second place depends on the length of the index
        table = bytes(4) + (2).to_bytes(4, "big")
        table += b"".join(place.to_bytes(width, "big") for place in places)
        track = box(b"mdia", box(b"minf", box(b"stbl", box(kind, table))))
        head = first + box(b"mdat", b"before") + box(b"moov", box(b"trak", track))
        places[1] = len(head) + 8
    (tmp_path / "in.mp4").write_bytes(head + box(b"mdat", b"behind"))
    index_first(tmp_path / "in.mp4", tmp_path / "out.mp4")

    moved = (tmp_path / "out.mp4").read_bytes()
    at = moved.index(kind) + 12
    told = [int.from_bytes(moved[at + n * width :][:width], "big") for n in range(2)]
    assert [moved[place : place + 6] for place in told] == [b"before", b"behind"]


@pytest.mark.parametrize("flags", ["frag_keyframe+empty_moov", "frag_keyframe"])
def test_an_index_in_pieces_is_not_moved(flags: str, tmp_path: Path) -> None:
    film = draw_film(tmp_path / "f.mp4", movflags=flags)
    with pytest.raises(ValueError, match="does not stand alone"):
        index_first(film, tmp_path / "out.mp4")


def test_an_index_that_tells_more_than_it_has_is_not_moved(late: Path, tmp_path: Path) -> None:
    content = bytearray(late.read_bytes())
    at = content.index(b"stco")
    content[at + 8 : at + 12] = b"\xff\xff\xff\xff"
    late.write_bytes(content)
    with pytest.raises(ValueError, match="more places"):
        index_first(late, tmp_path / "out.mp4")
