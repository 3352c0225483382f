"""Ordinary pictures keep their bytes; what is not the picture is removed."""

import io
import struct
from collections.abc import Callable
from functools import partial

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat, PngImagePlugin

from generations.decoders.bounds import MAX_BYTES
from generations.media import InvalidImageError, check_picture, shrink_picture, small
from tests.pictures import PLAIN, chunk, drawn, encoded


def gps() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 0.0)})
    return exif


def with_segment(jpeg: bytes, marker: int, data: bytes) -> bytes:
    """`jpeg` with one more segment after its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data + jpeg[2:]


def with_table(jpeg: bytes, marker: int, name: int, *, first: bytes = b"") -> bytes:
    """`jpeg` with a table of this name, which holds a text; `first` are its counts of codes."""
    table = bytes([name]) + first + (b"SECRET-PLACE" * 6)[:64]
    return with_segment(jpeg, marker, table)


def text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "SECRET-PLACE")
    return info


@pytest.mark.parametrize("name", PLAIN)
def test_a_picture_without_extras_keeps_its_bytes(name: str) -> None:
    content = PLAIN[name]()
    picture = check_picture(io.BytesIO(content))
    if name != "jpeg progressive":  # each of its scans may have a tail
        assert picture.content == content
    with Image.open(io.BytesIO(content)) as image:
        assert (picture.width, picture.height) == image.size
        assert picture.content_type == Image.MIME[image.format]


def test_the_file_may_have_been_read_before() -> None:
    file = io.BytesIO(PLAIN["png"]())
    file.read()
    assert check_picture(file).suffix == ".png"


@pytest.mark.parametrize("name", ["jpeg", "jpeg progressive", "jpeg with restarts"])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_last_two_bytes_is_given_them(name: str, missing: int) -> None:
    whole = PLAIN[name]()
    picture = check_picture(io.BytesIO(whole[:-missing]))

    assert picture.content[-2:] == whole[-2:] == b"\xff\xd9"
    with Image.open(io.BytesIO(picture.content)) as one, Image.open(io.BytesIO(whole)) as other:
        assert max(ImageStat.Stat(ImageChops.difference(one, other)).mean) < 1


def webp_with_tail(content: bytes) -> bytes:
    """Behind the coded picture, in its own part, stands something else."""
    body = content[20:] + b"SECRET-PLACE-AND-MORE-OF-IT"
    body += b"\0" * (len(body) % 2)
    part = content[12:16] + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(part) + 4) + b"WEBP" + part


def gap_in_bmp() -> bytes:
    """Between head and picture stands something else."""
    content, secret = PLAIN["bmp"](), b"SECRET-PLACE"
    size, offset = len(content) + len(secret), struct.unpack_from("<I", content, 10)[0]
    head = content[:2] + struct.pack("<IHHI", size, 0, 0, offset + len(secret))
    return head + content[14:offset] + secret + content[offset:]


def own_table(jpeg: bytes) -> bytes:
    """In its first table for pixels, the longest codes stand for a text: the picture uses none."""
    at = jpeg.index(b"\xff\xc4\x00\xb5\x10")
    end = at + 2 + 0xB5
    return jpeg[: end - 12] + b"SECRET-PLACE" + jpeg[end:]


EXTRAS: dict[str, Callable[[], bytes]] = {
    "jpeg gps": lambda: encoded(drawn(), "JPEG", exif=gps()),
    "jpeg comment": lambda: encoded(drawn(), "JPEG", comment=b"SECRET-PLACE"),
    "jpeg xmp": lambda: encoded(drawn(), "JPEG", xmp=b"<x:xmpmeta>SECRET-PLACE</x:xmpmeta>"),
    "jpeg iptc": lambda: with_segment(PLAIN["jpeg"](), 0xED, b"Photoshop 3.0\0SECRET-PLACE"),
    "jpeg other": lambda: with_segment(PLAIN["jpeg"](), 0xE5, b"SECRET-PLACE"),
    "jpeg broken exif": lambda: with_segment(PLAIN["jpeg"](), 0xE1, b"Exif\0\0SECRET-PLACE"),
    "jpeg and zip": lambda: PLAIN["jpeg"]() + b"PK\3\4SECRET-PLACE",
    "jpeg and jpeg": lambda: PLAIN["jpeg"]() + encoded(drawn(), "JPEG", comment=b"SECRET-PLACE"),
    "jpeg of two views": lambda: encoded(
        drawn(), "MPO", save_all=True, append_images=[drawn("L")], exif=gps()
    ),
    "jpeg colour profile": lambda: encoded(drawn(), "JPEG", icc_profile=b"SECRET-PLACE" * 20),
    "jpeg thumbnail": lambda: with_segment(PLAIN["jpeg"](), 0xE0, b"JFXX\0\x13SECRET-PLACE"),
    "jpeg long jfif": lambda: PLAIN["jpeg"]().replace(
        b"\0\x10JFIF\0", b"\0\x1cJFIF\0", 1
    ).replace(b"\0\0\xff\xdb", b"\0\0SECRET-PLACE\xff\xdb", 1),
    "jpeg adobe": lambda: with_segment(PLAIN["jpeg"](), 0xEE, b"Adobe\0d\0\0\0\0\1SECRET-PLACE"),
    "jpeg tail": lambda: PLAIN["jpeg"]()[:-2] + b"SECRET-PLACE-AND-MORE" + b"\xff\xd9",
    **{
        f"jpeg quantization table {name}": partial(with_table, PLAIN["jpeg"](), 0xDB, name)
        for name in (0, 2, 3)
    },
    **{
        f"jpeg Huffman table {name:#x}": partial(
            with_table, PLAIN["jpeg"](), 0xC4, name, first=bytes(9) + b"\x40" + bytes(6)
        )
        for name in (0x11, 0x03, 0x13)
    },
    "jpeg Huffman table of its own": lambda: own_table(PLAIN["jpeg"]()),
    "png colour profile": lambda: PLAIN["png"]()[:33]
    + chunk(b"iCCP", b"a\0\0SECRET-PLACE")
    + PLAIN["png"]()[33:],
    "png long part": lambda: PLAIN["png"]()[:33]
    + chunk(b"pHYs", bytes(9) + b"SECRET-PLACE")
    + PLAIN["png"]()[33:],
    "png tail": lambda: PLAIN["png"]()[:-12]
    + chunk(b"IDAT", b"SECRET-PLACE")
    + chunk(b"IEND", b""),
    "webp tail": lambda: webp_with_tail(PLAIN["webp"]()),
    "webp lossless tail": lambda: webp_with_tail(PLAIN["webp lossless"]()),
    "webp colour profile": lambda: encoded(drawn(), "WEBP", icc_profile=b"SECRET-PLACE" * 20),
    "bmp gap": lambda: gap_in_bmp(),
    "png text": lambda: encoded(drawn(), "PNG", pnginfo=text()),
    "png exif": lambda: encoded(drawn(), "PNG", exif=gps()),
    "png own chunk": lambda: PLAIN["png"]()[:-12]
    + chunk(b"teSt", b"SECRET-PLACE")
    + chunk(b"IEND", b""),
    "png and html": lambda: PLAIN["png"]() + b"<script>SECRET-PLACE</script>",
    "png palette text": lambda: encoded(drawn("P"), "PNG", pnginfo=text()),
    "webp exif": lambda: encoded(drawn(), "WEBP", exif=gps()),
    "webp xmp": lambda: encoded(drawn(), "WEBP", lossless=True, xmp=b"SECRET-PLACE"),
    "webp and more": lambda: PLAIN["webp"]() + b"SECRET-PLACE",
    "bmp and more": lambda: PLAIN["bmp"]() + b"SECRET-PLACE",
}  # fmt: skip


@pytest.mark.parametrize("name", EXTRAS)
def test_whatever_is_not_the_picture_is_removed(name: str) -> None:
    content = EXTRAS[name]()
    assert b"SECRET-PLACE" in content
    picture = check_picture(io.BytesIO(content))
    assert b"SECRET-PLACE" not in picture.content
    assert picture.content_type.removeprefix("image/") == name.split()[0]
    before, after = (
        Image.open(io.BytesIO(one)).convert("RGB") for one in (content, picture.content)
    )
    assert before.size == after.size
    assert max(ImageStat.Stat(ImageChops.difference(before, after)).mean) < 1
    assert check_picture(io.BytesIO(picture.content)).content == picture.content


def test_colours_stay_though_their_profile_goes() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP"):
        content = encoded(drawn(), kind, icc_profile=profile)
        picture = Image.open(io.BytesIO(check_picture(io.BytesIO(content)).content))
        assert "icc_profile" not in picture.info
        difference = ImageChops.difference(picture.convert("RGB"), drawn().convert("RGB"))
        assert max(ImageStat.Stat(difference).mean) < 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_turned_picture_is_sent_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    picture = check_picture(io.BytesIO(encoded(drawn(size=(600, 400)), kind, exif=exif)))
    assert (picture.width, picture.height) == (400, 600)
    upright = Image.open(io.BytesIO(picture.content)).convert("RGB")
    assert upright.size == (400, 600)
    assert upright.getpixel((390, 10)) == pytest.approx((200, 30, 60), abs=12)
    assert not upright.getexif()


def test_print_colours_become_screen_colours() -> None:
    picture = check_picture(io.BytesIO(encoded(drawn("CMYK"), "JPEG", quality=95)))
    image = Image.open(io.BytesIO(picture.content))
    assert (image.mode, image.format) == ("RGB", "JPEG")
    assert image.getpixel((20, 20)) == pytest.approx((200, 30, 60), abs=12)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_alpha_channel_that_says_nothing_is_left_out(kind: str) -> None:
    image = drawn("RGBA")
    content = encoded(image, kind, lossless=True, exact=True)
    picture = check_picture(io.BytesIO(content))
    cleaned = Image.open(io.BytesIO(picture.content))
    assert cleaned.mode == "RGB"
    assert cleaned.tobytes() == drawn().tobytes()


def test_the_limit_counts_again_after_cleaning() -> None:
    noise = Image.merge("RGB", [Image.effect_noise((2000, 2000), 255) for _ in "RGB"])
    content = encoded(noise.quantize(256, Image.Quantize.FASTOCTREE), "PNG", pnginfo=text())
    assert len(content) < MAX_BYTES
    assert len(check_picture(io.BytesIO(content)).content) <= MAX_BYTES
    turned = Image.Exif()
    turned[0x0112] = 3
    large = encoded(noise, "JPEG", quality=90, exif=turned)
    assert len(large) < MAX_BYTES
    try:
        assert len(check_picture(io.BytesIO(large)).content) <= MAX_BYTES
    except InvalidImageError as refusal:
        assert refusal.code == "too_many_bytes"


def test_a_grey_picture_of_16_bits_is_previewed_in_its_own_greys() -> None:
    grey = Image.new("I;16", (400, 400), 0x8000)
    still = Image.open(io.BytesIO(small(check_picture(io.BytesIO(encoded(grey, "PNG"))), (40, 40))))
    assert abs(still.getpixel((20, 20))[0] - 0x80) < 4


@pytest.mark.parametrize(
    ("size", "orientation", "after", "before"),
    [
        ((4032, 3024), 1, (2000, 1500), (4032, 3024)),
        ((4032, 3024), 6, (1500, 2000), (3024, 4032)),
        ((2001, 400), 1, (2000, 400), (2001, 400)),
    ],
)
def test_a_picture_of_a_phone_is_made_smaller_upright_and_bare(
    size: tuple[int, int], orientation: int, after: tuple[int, int], before: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    large = encoded(Image.new("RGB", size, "#2a6"), "JPEG", exif=exif)
    picture, had = shrink_picture(io.BytesIO(large))
    assert ((picture.width, picture.height), had) == (after, before)
    assert check_picture(io.BytesIO(picture.content)) == picture
    assert picture.content_type == "image/jpeg"
