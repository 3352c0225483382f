"""Stories in videos: written while the video is sent, and read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import pytest

from generations import media
from generations.decoders.mp4 import boxes, size_of
from generations.media.mp4_metadata import MAX_METADATA_BYTES
from tests.films import draw_film, frames_of
from tests.mp4_comment import read_metadata

STORY = {"prompt": '一只猫在月亮上 🐈 <b>"quoted"</b>', "seed": 0, "size": "832x480", "model": "m"}
LABEL = '{"Label": "1"}'


def told(film: Path, story: dict[str, Any], target: Path | None = None) -> Path:
    """A copy of the film with this story in it."""
    target = target or film.with_name("told.mp4")
    with film.open("rb") as file:
        target.write_bytes(media.with_metadata(file, story).read())
    return target


def read(film: Path) -> Any:
    with film.open("rb") as file:
        return read_metadata(file)


def kinds(film: Path) -> list[bytes]:
    with film.open("rb") as file:
        return [box.kind for box in boxes(file, 0, size_of(file))]


@pytest.mark.parametrize("flags", ["+faststart", ""])
@pytest.mark.parametrize("labels", [{}, {"title": "A title", "comment": "before"}])
def test_a_story_comes_back_and_nothing_else_changes(
    tmp_path: Path, flags: str, labels: dict[str, str]
) -> None:
    film = draw_film(tmp_path / "film.mp4", movflags=flags, metadata=labels)
    before = film.read_bytes()
    copy = told(film, STORY)
    assert read(copy) == STORY
    assert frames_of(copy) == frames_of(film)
    assert kinds(copy) == kinds(film)
    assert media.probe(copy) == media.probe(film)
    assert film.read_bytes() == before
    with av.open(str(copy)) as opened:
        assert json.loads(opened.metadata["comment"]) == STORY
        assert opened.metadata.get("title") == labels.get("title")


@pytest.mark.parametrize("flags", ["use_metadata_tags+faststart", "use_metadata_tags"])
def test_labels_by_free_names_stay(tmp_path: Path, flags: str) -> None:
    film = draw_film(tmp_path / "f.mp4", movflags=flags, metadata={"AIGC": LABEL})
    copy = told(film, STORY)
    assert read(copy) == STORY
    with av.open(str(copy)) as opened:
        assert opened.metadata["AIGC"] == LABEL
        assert json.loads(opened.metadata["comment"]) == STORY
    assert frames_of(copy) == frames_of(film)


def test_a_film_without_tags_gets_some(tmp_path: Path) -> None:
    film = draw_film(tmp_path / "film.mp4")
    film.write_bytes(film.read_bytes().replace(b"udta", b"free"))
    copy = told(film, STORY)
    assert read(copy) == STORY
    assert frames_of(copy) == frames_of(film)


def test_a_story_replaces_the_one_before(tmp_path: Path) -> None:
    first = told(draw_film(tmp_path / "film.mp4"), {"prompt": "old"}, tmp_path / "1.mp4")
    second = told(first, {"prompt": "new"}, tmp_path / "2.mp4")
    assert read(second) == {"prompt": "new"}
    assert b"old" not in second.read_bytes()


def test_a_story_that_nobody_could_read_back_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too long"):
        told(draw_film(tmp_path / "film.mp4"), {"prompt": "x" * MAX_METADATA_BYTES})


@pytest.mark.parametrize("end", [b"\xff\xff\xff\xff", b"\0\1\0\0"])
def test_into_a_damaged_index_nothing_is_written(tmp_path: Path, end: bytes) -> None:
    film = draw_film(tmp_path / "film.mp4")
    content = film.read_bytes()
    at = content.index(b"udta") - 4
    film.write_bytes(content[:at] + end + content[at + 4 :])
    with pytest.raises(ValueError):
        told(film, STORY)


def test_a_film_in_fragments_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not stand alone"):
        told(draw_film(tmp_path / "f.mp4", movflags="frag_keyframe+empty_moov"), STORY)
