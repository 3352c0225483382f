"""A WebM by its first bytes, and whether all of it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from generations import media
from generations.decoders.webm import is_cut_off, is_webm
from tests.films import draw_film, draw_webm


@pytest.mark.parametrize("live", [False, True])
def test_a_webm_is_a_whole_video(live: bool, tmp_path: Path) -> None:
    film = draw_webm(tmp_path / "film", live=live)

    assert is_webm(film) and not is_cut_off(film)
    facts = media.probe(film)
    assert (facts.width, facts.height, facts.suffix, facts.faststart) == (96, 64, ".webm", True)
    assert facts.seconds == pytest.approx(1, abs=0.1)
    assert media.faststart(film) == film


def test_an_mp4_is_none(tmp_path: Path) -> None:
    assert not is_webm(draw_film(tmp_path / "f.mp4"))


@pytest.mark.parametrize("kept", [4, 30, 60, 0.5, 0.99])
def test_a_webm_that_is_cut_off_is_refused(kept: float, tmp_path: Path) -> None:
    film = draw_webm(tmp_path / "film")
    content = film.read_bytes()
    film.write_bytes(content[: int(kept if kept > 1 else kept * len(content))])
    with pytest.raises(media.InvalidVideoError):
        media.probe(film)


@pytest.mark.parametrize("kind", [b"\x84mkvx", b"\x88matroska"])
def test_another_kind_of_the_same_family_is_refused(kind: bytes, tmp_path: Path) -> None:
    film = draw_webm(tmp_path / "film")
    film.write_bytes(film.read_bytes().replace(b"\x84webm", kind, 1))
    with pytest.raises(media.InvalidVideoError):
        media.probe(film)


def test_nothing_after_the_first_bytes_is_refused(tmp_path: Path) -> None:
    for tail in (
        b"",
        b"\0" * 9,
        b"\xff" * 4000,
        b"\x42\x82\x84webm",
        b"\x42\x82\x84webm" + bytes(99),
    ):
        film = tmp_path / "film"
        film.write_bytes(b"\x1a\x45\xdf\xa3" + tail)
        with pytest.raises(media.InvalidVideoError):
            media.probe(film)
