"""Tables of a JPEG that its picture does not need may hold anything."""

import io

import pytest
from PIL import Image

from generations.decoders.image_metadata import _jpeg_segments
from generations.decoders.jpeg_tables import DHT, DQT, SOS, has_spare_tables

Segments = list[tuple[int, bytes]]


@pytest.fixture(params=["L", "RGB"])
def segments(request: pytest.FixtureRequest) -> Segments:
    """Those of a JPEG as most programs write it."""
    file = io.BytesIO()
    Image.linear_gradient("L").convert(request.param).save(file, "JPEG")
    content = file.getvalue()
    return [(marker, content[body:end]) for marker, body, end in _jpeg_segments(content)]


def test_a_usual_jpeg_needs_all_its_tables(segments: Segments) -> None:
    assert not has_spare_tables(segments)


@pytest.mark.parametrize("marker", [DQT, DHT])
def test_a_table_that_no_part_of_the_picture_uses_is_spare(segments: Segments, marker: int) -> None:
    [body, *_] = [body for kind, body in segments if kind == marker]
    assert has_spare_tables([(marker, bytes([body[0] ^ 3]) + body[1:]), *segments])


def test_a_table_that_stands_twice_is_spare(segments: Segments) -> None:
    [table, *_] = [segment for segment in segments if segment[0] == DQT]
    assert has_spare_tables([table, *segments])


def test_codes_that_not_everybody_writes_may_hold_a_text(segments: Segments) -> None:
    changed = [(kind, body[:-6] + b"SECRET" if kind == DHT else body) for kind, body in segments]
    assert has_spare_tables(changed)


def test_half_a_table_is_spare(segments: Segments) -> None:
    assert has_spare_tables([(kind, body[:-1] if kind == DQT else body) for kind, body in segments])


def test_a_scan_of_some_coefficients_may_leave_codes_unused(segments: Segments) -> None:
    some = [(kind, body[:-2] + b"\5\0" if kind == SOS else body) for kind, body in segments]
    assert has_spare_tables(some)
