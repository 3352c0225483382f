"""Hostile and broken pictures, and what a person reads about each."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from generations.decoders.bounds import MAX_BYTES
from generations.media import InvalidImageError, check_picture, shrink_picture
from generations.media.images import MESSAGES
from tests.pictures import PLAIN, chunk, drawn, encoded


def code_for(content: bytes) -> str:
    with pytest.raises(InvalidImageError) as refusal:
        check_picture(io.BytesIO(content))
    assert str(refusal.value) == str(MESSAGES[refusal.value.code]) % {"kind": refusal.value.kind}
    return refusal.value.code


def png_of(width: int, height: int, bits: int, rows: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


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
