"""One frame of a video becomes the first of another."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from generations.creation.continuation import frame_of, picture_of
from generations.media import InvalidVideoError
from generations.models import Generation
from tests.films import draw_film

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(make_generation: Any, tmp_path: Path) -> Generation:
    content = draw_film(tmp_path / "film.mp4", size=(832, 480)).read_bytes()
    made: Generation = make_generation("succeeded", content=content)
    return made


def test_the_last_frame_is_taken_unless_another_one_is_asked_for(row: Generation) -> None:
    first, last = frame_of(row, 0), frame_of(row, None)
    assert first != last == frame_of(row, 3600)
    for content in (first, last):
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.size) == ("PNG", (832, 480))


def test_as_a_picture_it_is_what_the_form_keeps(row: Generation) -> None:
    picture = picture_of(row, None)
    assert (picture.width, picture.height, picture.content_type) == (832, 480, "image/png")


def test_a_file_that_is_no_video_or_is_gone_gives_no_frame(row: Generation) -> None:
    Path(row.video.path).write_bytes(b"nothing")
    with pytest.raises(InvalidVideoError):
        frame_of(row, None)
    default_storage.delete(str(row.video.name))
    with pytest.raises((OSError, InvalidVideoError)):
        frame_of(row, None)
