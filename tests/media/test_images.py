"""Hostile, broken and ordinary pictures: what may be sent, and what of it."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageStat, PngImagePlugin

from generations.decoders.bounds import MAX_BYTES
from generations.media import InvalidImageError, check_picture, shrink_picture, small
from generations.media.images import MESSAGES

SIZE = (400, 360)


def drawn(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, size[0] // 2, size[1] // 2), fill=(200, 30, 60))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def code_for(content: bytes) -> str:
    with pytest.raises(InvalidImageError) as refusal:
        check_picture(io.BytesIO(content))
    assert str(refusal.value) == str(MESSAGES[refusal.value.code]) % {"kind": refusal.value.kind}
    return refusal.value.code


def gps() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 0.0)})
    return exif


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, bits: int, rows: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def with_segment(jpeg: bytes, marker: int, data: bytes) -> bytes:
    """`jpeg` with one more segment after its start."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data + jpeg[2:]


def text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "SECRET-PLACE")
    return info


# Ordinary ones

PLAIN: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encoded(drawn(), "JPEG"),
    "jpeg progressive": lambda: encoded(drawn(), "JPEG", progressive=True),
    "jpeg grey": lambda: encoded(drawn("L"), "JPEG"),
    "jpeg with restarts": lambda: encoded(drawn(), "JPEG", restart_marker_rows=1),
    "png": lambda: encoded(drawn(), "PNG"),
    "png palette": lambda: encoded(drawn("P"), "PNG"),
    "png black and white": lambda: encoded(drawn("1"), "PNG"),
    "png grey 16 bit": lambda: encoded(drawn("L").convert("I;16"), "PNG"),
    "webp": lambda: encoded(drawn(), "WEBP"),
    "webp lossless": lambda: encoded(drawn(), "WEBP", lossless=True),
    "bmp": lambda: encoded(drawn(), "BMP"),
    "bmp palette": lambda: encoded(drawn("P"), "BMP"),
    "smallest": lambda: encoded(drawn(size=(360, 360)), "PNG"),
    "largest": lambda: encoded(drawn(size=(2000, 2000)), "JPEG"),
    "long": lambda: encoded(drawn(size=(360, 2000)), "PNG"),
}


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


# Extras


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
    pairs = zip(before.tobytes(), after.tobytes(), strict=True)
    assert sum(abs(a - b) for a, b in pairs) / len(before.tobytes()) < 1
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


# Refused


def see_through(mode: str = "RGBA") -> Image.Image:
    image = drawn("RGBA")
    image.putpixel((5, 5), (0, 0, 0, 254))
    return image.convert(mode)


def moving(kind: str) -> bytes:
    return encoded(drawn(), kind, save_all=True, append_images=[drawn("L").convert("RGB")])


def endless_scans() -> bytes:
    """A progressive JPEG whose one scan is repeated: every one passes over the whole picture."""
    content = encoded(drawn(), "JPEG", progressive=True)
    start = content.rindex(b"\xff\xda")
    return content[:start] + content[start:-2] * 2000 + content[-2:]


def giant_webp() -> bytes:
    content = bytearray(encoded(drawn(), "WEBP", lossless=True))
    bits = struct.unpack_from("<I", content, 21)[0] & ~0xFFFFFFF
    struct.pack_into("<I", content, 21, bits | 12999 | 12999 << 14)
    return bytes(content)


def text_bomb() -> bytes:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 200_000_000, 9))
    return PLAIN["png"]()[:33] + bomb + PLAIN["png"]()[33:]


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty": ("not_an_image", lambda: b""),
    "text": ("not_an_image", lambda: b"a cat"),
    "html": ("not_an_image", lambda: b"<!DOCTYPE html><html></html>"),
    "zeros": ("not_an_image", lambda: bytes(1000)),
    "program": ("not_an_image", lambda: b"\x7fELF" + bytes(500)),
    "zip": ("not_an_image", lambda: b"PK\3\4" + bytes(500)),
    "gif": ("format", lambda: encoded(drawn("P"), "GIF")),
    "gif that calls itself a script": ("format", lambda: b"GIF89a/*" + bytes(30) + b"*/=alert(1)"),
    "tiff": ("format", lambda: encoded(drawn(), "TIFF")),
    "ico": ("format", lambda: encoded(drawn(), "ICO")),
    "pdf": ("format", lambda: encoded(drawn(), "PDF")),
    "heic": ("format", lambda: b"\0\0\0\x18ftypheic" + bytes(100)),
    "avif": ("format", lambda: b"\0\0\0\x18ftypavif" + bytes(100)),
    "jxl": ("format", lambda: b"\xff\x0a" + bytes(100)),
    "psd": ("format", lambda: b"8BPS" + bytes(100)),
    "svg": ("format", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "svg after xml": ("format", lambda: b'<?xml version="1.0"?>\n<!-- x -->\n<svg></svg>'),
    "postscript": ("format", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run"),
    "png alpha": ("transparent", lambda: encoded(see_through(), "PNG")),
    "png grey alpha": ("transparent", lambda: encoded(see_through("LA"), "PNG")),
    "png transparent colour": (
        "transparent",
        lambda: encoded(drawn("P"), "PNG", transparency=drawn("P").getpixel((5, 5))),
    ),
    "png transparent grey": ("transparent", lambda: encoded(drawn("L"), "PNG", transparency=0)),
    "webp alpha": ("transparent", lambda: encoded(see_through(), "WEBP", lossless=True)),
    "359 wide": ("too_small", lambda: encoded(drawn(size=(359, 400)), "PNG")),
    "359 high": ("too_small", lambda: encoded(drawn(size=(400, 359)), "JPEG")),
    "one pixel": ("too_small", lambda: encoded(drawn(size=(2, 2)), "BMP")),
    "2001 wide": ("too_large_side", lambda: encoded(drawn(size=(2001, 400)), "PNG")),
    "2001 high": ("too_large_side", lambda: encoded(drawn(size=(400, 2001)), "WEBP")),
    "9 kB bomb": ("too_large_side", lambda: png_of(9000, 9000, 1, bytes(9000 * 1126))),
    "bomb by its head": ("too_large_side", lambda: png_of(100_000, 100_000, 8, b"")),
    "bomb by its head, bmp": (
        "too_large_side",
        lambda: PLAIN["bmp"]()[:18] + struct.pack("<ii", 60000, 60000) + PLAIN["bmp"]()[26:],
    ),
    "webp of 13000": ("too_large_side", giant_webp),
    "10 MB and a byte": ("too_many_bytes", lambda: PLAIN["png"]() + bytes(MAX_BYTES)),
    "animated png": ("animated", lambda: moving("PNG")),
    "animated webp": ("animated", lambda: moving("WEBP")),
    "text bomb": ("broken", text_bomb),
    "endless scans": ("broken", endless_scans),
    "jpeg head": ("broken", lambda: PLAIN["jpeg"]()[:20]),
    "half a jpeg": ("broken", lambda: PLAIN["jpeg"]()[:2000]),
    "jpeg without its end and more": ("broken", lambda: PLAIN["jpeg"]()[:-6]),
    "half a png": ("broken", lambda: PLAIN["png"]()[:-300]),
    "png without its end": ("broken", lambda: PLAIN["png"]()[:-12]),
    "png with a wrong sum": ("broken", lambda: flipped(PLAIN["png"](), -20)),
    "png of too few rows": ("broken", lambda: png_of(400, 400, 8, bytes(400))),
    "half a webp": ("broken", lambda: PLAIN["webp"]()[:300]),
    "half a bmp": ("broken", lambda: PLAIN["bmp"]()[:3000]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_a_picture_that_cannot_be_sent_is_refused_with_a_sentence(name: str) -> None:
    code, make = REFUSED[name]
    assert code_for(make()) == code


def test_the_limit_counts_again_after_cleaning() -> None:
    noise = Image.merge("RGB", [Image.effect_noise((2000, 2000), 255) for _ in "RGB"])
    content = encoded(noise.quantize(256), "PNG", pnginfo=text())
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


def heif(major: bytes, *compatible: bytes) -> bytes:
    brands = b"".join((major, bytes(4), *compatible))
    return (len(brands) + 8).to_bytes(4, "big") + b"ftyp" + brands + bytes(100)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (heif(b"heic"), "HEIC"),
        (heif(b"msf1", b"hevc"), "HEIC"),
        (heif(b"heis"), "HEIC"),
        (heif(b"mif1", b"avif"), "AVIF"),
        (b"P6\n2 2\n255\n" + bytes(12), "PPM"),
        (b"P3 # by hand\n1 1\n255\n0 0 0\n", "PPM"),
        (b"GIF89a" + bytes(30), "GIF"),
    ],
)
def test_pictures_of_other_kinds_are_named(content: bytes, kind: str) -> None:
    with pytest.raises(InvalidImageError, match=f"in the format {kind}"):
        check_picture(io.BytesIO(content))


@pytest.mark.parametrize("content", [heif(b"isom", b"mp42"), b"P6", b"PK\3\4", b"Passwords"])
def test_what_is_no_picture_is_called_none(content: bytes) -> None:
    with pytest.raises(InvalidImageError, match="not a picture"):
        check_picture(io.BytesIO(content))


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


@pytest.mark.parametrize(
    ("mode", "size", "code"),
    [("RGB", (4000, 700), "too_large_side"), ("RGBA", (2400, 2400), "transparent"),
     ("1", (9000, 9000), "too_large_side")],
)  # fmt: skip
def test_what_cannot_be_made_smaller_is_refused(
    mode: str, size: tuple[int, int], code: str
) -> None:
    with pytest.raises(InvalidImageError) as refused:
        shrink_picture(io.BytesIO(encoded(Image.new(mode, size), "PNG")))
    assert refused.value.code == code
