"""Pictures whose parts do not follow each other as their format says."""

import pytest

from generations.decoders.image_metadata import MalformedImageError, has_extras
from tests.pictures import PLAIN

JPEG = PLAIN["jpeg"]()


def test_fill_bytes_between_segments_are_an_extra() -> None:
    assert not has_extras(JPEG, "JPEG")
    assert has_extras(JPEG[:2] + b"\xff\xff" + JPEG[2:], "JPEG")


@pytest.mark.parametrize(
    "content",
    [
        JPEG[:2],
        JPEG[:2] + b"\x00" + JPEG[3:],
        JPEG[:4] + b"\x00\x01" + JPEG[6:],
        JPEG[:4] + b"\xff\xff" + JPEG[6:],
        JPEG[:-2],
    ],
    ids=["nothing", "no marker", "no length", "beyond the end", "no end"],
)
def test_a_jpeg_out_of_order_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedImageError):
        has_extras(content, "JPEG")
