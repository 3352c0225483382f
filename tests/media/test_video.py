"""Films that fail in unusual places."""

from pathlib import Path

import pytest

from generations import media
from generations.decoders.mp4 import boxes
from tests.films import draw_film


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return draw_film(tmp_path / "film.mp4")


def blanked(film: Path, kind: bytes) -> None:
    """Fill a part of the film with zeros."""
    content = bytearray(film.read_bytes())
    with film.open("rb") as file:
        part = next(box for box in boxes(file, 0, len(content)) if box.kind == kind)
    content[part.body : part.end] = bytes(part.end - part.body)
    film.write_bytes(content)


@pytest.mark.parametrize("kind", [b"mdat", b"moov"])
def test_a_film_without_a_picture_that_decodes_has_no_poster(
    film: Path, tmp_path: Path, kind: bytes
) -> None:
    blanked(film, kind)
    with pytest.raises(media.InvalidVideoError):
        media.poster(film, tmp_path / "poster.webp")
    assert not (tmp_path / "poster.webp").exists()


def test_an_index_that_is_larger_than_any_real_one_is_not_read(film: Path) -> None:
    with film.open("ab") as file:
        size = 9 * 1024 * 1024
        file.write(size.to_bytes(4) + b"moov" + bytes(size - 8))
    with pytest.raises(media.InvalidVideoError, match="index is too large"):
        media.probe(film)
