"""What is done to a video before it is kept."""

from pathlib import Path
from typing import Any

import pytest

from generations import media
from generations.decoders.mp4 import boxes
from generations.media import isolated
from tests.films import frames_of


def kinds(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [box.kind for box in boxes(file, 0, path.stat().st_size)]


def test_a_video_in_order_is_left_untouched(film: Path) -> None:
    before = film.read_bytes()
    assert media.faststart(film) == film
    assert film.read_bytes() == before


def test_a_late_index_moves_to_the_front_and_every_frame_stays(late_film: Path) -> None:
    before = late_film.read_bytes()
    ready = media.faststart(late_film)
    assert ready != late_film
    assert ready.parent == late_film.parent
    assert ready.suffix == ".part"
    assert kinds(ready).index(b"moov") < kinds(ready).index(b"mdat")
    assert media.probe(ready).faststart
    assert frames_of(ready) == frames_of(late_film)
    assert late_film.read_bytes() == before


def test_a_video_that_cannot_be_remuxed_stays_as_it_is(late_film: Path) -> None:
    late_film.write_bytes(late_film.read_bytes()[:-40])
    before = late_film.read_bytes()
    assert media.faststart(late_film) == late_film
    assert late_film.read_bytes() == before
    assert list(late_film.parent.glob("*.part")) == []


def test_a_copy_that_cannot_be_written_keeps_the_original(late_film: Path) -> None:
    late_film.with_name("late.faststart.part").symlink_to("/dev/full")
    before = late_film.read_bytes()
    assert media.faststart(late_film) == late_film
    assert late_film.read_bytes() == before


def test_one_child_gives_the_facts_and_the_poster_of_a_film(film: Path, tmp_path: Path) -> None:
    target = tmp_path / "poster.webp"
    target.touch()
    assert media.probe_with_poster(film, target) == media.probe(film)
    assert target.read_bytes() == media.poster(film, tmp_path / "other.webp")


def test_a_poster_that_cannot_be_written_takes_nothing_from_the_facts(
    film: Path, tmp_path: Path
) -> None:
    target = tmp_path / "poster.webp"
    target.symlink_to("/dev/full")
    assert media.probe_with_poster(film, target) == media.probe(film)


def test_a_broken_film_is_refused_with_or_without_a_poster(film: Path, tmp_path: Path) -> None:
    film.write_bytes(film.read_bytes()[:-500])
    target = tmp_path / "poster.webp"
    target.touch()
    with pytest.raises(media.InvalidVideoError, match="truncated"):
        media.probe_with_poster(film, target)
    assert target.stat().st_size == 0


def test_a_refused_film_is_opened_once(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film.write_bytes(b"no film")
    jobs: list[str] = []
    run = isolated.run
    monkeypatch.setattr(isolated, "run", lambda job, **how: (jobs.append(job), run(job, **how))[1])
    with pytest.raises(media.InvalidVideoError):
        media.probe_with_poster(film, tmp_path / "poster.webp")
    assert jobs == ["probe_with_poster"]


def test_a_poster_that_takes_too_much_takes_nothing_from_the_facts(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = isolated.run

    def costly_together(job: str, **how: Any) -> Any:
        if job == "probe_with_poster":
            raise isolated.CostlyError("opening it took more than 300 s of a processor")
        return run(job, **how)

    target = tmp_path / "poster.webp"
    target.write_bytes(b"half of a poster")
    monkeypatch.setattr(isolated, "run", costly_together)
    assert media.probe_with_poster(film, target) == media.probe(film)
    assert target.stat().st_size == 0
