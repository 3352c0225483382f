"""Checks and cleans images. Only the image itself leaves the studio."""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image, ImageCms, ImageOps

from generations.decoders import InvalidFileError
from generations.decoders.bounds import MAX_BYTES, MAX_PIXELS, MAX_SIDE, MIN_SIDE
from generations.decoders.image_metadata import has_extras, is_truncated, webp_sides

KINDS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "BMP": "image/bmp"}

# The first bytes (at an offset) of picture formats that the services do not accept, and their
# names.
OTHER_PICTURES = (
    (0, b"GIF8", "GIF"), (0, b"II*\0", "TIFF"), (0, b"MM\0*", "TIFF"), (0, b"\0\0\1\0", "ICO"),
    (0, b"8BPS", "Photoshop"), (0, b"\xff\x0a", "JPEG XL"), (4, b"JXL ", "JPEG XL"),
    (4, b"jP  ", "JPEG 2000"), (0, b"<svg", "SVG"), (0, b"%PDF", "PDF"), (0, b"%!PS", "PostScript"),
    (0, b"#?RADIANCE", "HDR"), (0, b"v/1\x01", "OpenEXR"), (0, b"FUJIFILM", "RAW"),
)  # fmt: skip
# Brands of ISO/IEC 23008-12 and AVIF: the major brand, or one of the compatible ones.
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1",
               b"mif2", b"msf1", b"miaf")  # fmt: skip
AVIF_BRANDS = (b"avif", b"avis", b"av01")
NETPBM = re.compile(rb"P[1-7][ \t\r\n#]|P[Ff]\n")

# Bytes at the end of a picture. They must matter: text behind a picture is not decoded.
TAIL = 16
# The facts about a picture: its `content_type`, `width` and `height`.
Facts = dict[str, Any]


def check_picture(content: bytes) -> tuple[Facts, bytes]:
    """The picture, ready to be sent. Raises `InvalidFileError` with a code and a kind.

    Judged by content, never by name; the size is read before anything is decoded, and then
    all of it is decoded. The bytes of a plain JPEG or PNG stay as they are if they hold nothing but
    the picture; a JPEG has the usual Huffman tables then. Else it is encoded again in the same
    format, in sRGB, turned upright as its EXIF data said.
    """
    image = _opened(content)
    kind = "JPEG" if image.format == "MPO" else str(image.format)  # phones append a second image
    _check_size(image)
    if kind == "JPEG" and is_truncated(content):
        content = _ended(content)
        image = _opened(content)
    extras = _has_extras(content, kind)
    _decode(image)
    cleaned = _upright(_without_alpha(image))
    if cleaned.mode in ("CMYK", "YCCK"):  # browsers and services disagree on its colours
        cleaned = cleaned.convert("RGB")
    elif "icc_profile" in cleaned.info:
        cleaned = _in_srgb(cleaned)
    if kind in ("JPEG", "WEBP") and not extras:
        extras = _has_tail(content, kind, image)
    if extras or cleaned is not image:
        content = _encoded(cleaned, kind, lossless=content[12:16] == b"VP8L")
    if len(content) > MAX_BYTES:
        raise InvalidFileError("too_many_bytes")
    width, height = cleaned.size
    return {"content_type": KINDS[kind], "width": width, "height": height}, content


def small(content: bytes, width: int, height: int) -> tuple[Facts, bytes]:
    """The image as a JPEG that fits into this size."""
    image = _eight_bits(_opened(content)).convert("RGB")
    image.thumbnail((width, height))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=75)
    return {}, file.getvalue()


def shrink_picture(content: bytes) -> tuple[Facts, bytes]:
    """A picture that is too large, as a JPEG within the bounds; `before` is the size it had.

    Raises `InvalidFileError` if no side would be left long enough, or it is too large to try.
    """
    image = _opened(content)
    if image.width * image.height > MAX_PIXELS:
        raise InvalidFileError("too_large_side")
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise InvalidFileError("animated")
    before = image.size
    image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # reads a JPEG at half its size
    _decode(image)
    upright = _eight_bits(_upright(_without_alpha(image))).convert("RGB")
    if (upright.width > upright.height) != (before[0] > before[1]):
        before = before[::-1]
    upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    if min(upright.size) < MIN_SIDE:
        raise InvalidFileError("too_large_side")
    facts, smaller = check_picture(_encoded(upright, "JPEG", lossless=False))
    return facts | {"before": before}, smaller


def _eight_bits(image: Image.Image) -> Image.Image:
    """A 16-bit gray image in 8 bits; Pillow itself would cut off values above 255."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda value: value / 256).convert("L")


def _opened(content: bytes) -> Image.Image:
    """The image with its header read and nothing decoded."""
    try:
        return Image.open(io.BytesIO(content), formats=tuple(KINDS))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidFileError("too_large_side") from error
    except Exception as error:  # decoders raise nearly anything on hostile bytes
        raise _what_is_wrong(content) from error


def _what_is_wrong(content: bytes) -> InvalidFileError:
    if content[8:12] == b"WEBP" and max(webp_sides(content)) > MAX_SIDE:
        return InvalidFileError("too_large_side")  # its decoder allocates all memory at once
    if content[:2] in (b"\xff\xd8", b"\x89P", b"BM") or content[8:12] == b"WEBP":
        return InvalidFileError("broken")
    kind = _kind_of_picture(content)
    return InvalidFileError("format", kind) if kind else InvalidFileError("not_an_image")


def _kind_of_picture(content: bytes) -> str:
    """The name of an image format that is not accepted; empty if it is not an image."""
    head = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[4:8] == b"ftyp":
        brands = head[8 : int.from_bytes(head[:4], "big")]
        names = {"AVIF": AVIF_BRANDS, "HEIC": HEIF_BRANDS}
        return next((name for name, of in names.items() if any(b in brands for b in of)), "")
    if NETPBM.match(head):
        return "PPM"
    named = (name for at, magic, name in OTHER_PICTURES if head[at:].startswith(magic))
    return next(named, "SVG" if b"<svg" in head else "")


def _check_size(image: Image.Image) -> None:
    if max(image.size) > MAX_SIDE:
        raise InvalidFileError("too_large_side")
    if min(image.size) < MIN_SIDE:
        raise InvalidFileError("too_small")
    if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        raise InvalidFileError("animated")


def _ended(content: bytes) -> bytes:
    """A JPEG with the end that it lacks. Raises `InvalidFileError` if more than that is missing.

    Its picture is whole if what stands between that and the end changes no pixel.
    """
    end = b"\xff\xd9"
    whole, other = _opened(content + end), _opened(content + bytes(range(1, 255)) + end)
    _decode(whole)
    _decode(other)
    if whole.tobytes() != other.tobytes():
        raise InvalidFileError("broken")
    return content + end


def _has_extras(content: bytes, kind: str) -> bool:
    try:
        return has_extras(content, kind)
    except ValueError as error:
        raise InvalidFileError("broken") from error


def _decode(image: Image.Image) -> None:
    try:
        image.load()
    except Exception as error:  # decoders raise nearly anything on hostile bytes
        raise InvalidFileError("broken") from error


def _without_alpha(image: Image.Image) -> Image.Image:
    """`image` itself, or a copy without its alpha channel if that is opaque."""
    if not image.has_transparency_data:
        return image
    rgba = image.convert("RGBA")
    if rgba.getchannel("A").getextrema() != (255, 255):
        raise InvalidFileError("transparent")
    opaque = rgba.convert("RGB")
    opaque.info.pop("transparency", None)
    return opaque


def _upright(image: Image.Image) -> Image.Image:
    try:
        turned = image.getexif().get(0x0112, 1) not in (None, 1)
        return ImageOps.exif_transpose(image) if turned else image
    except Exception:  # unreadable EXIF data: then nobody else turns it either
        return image


def _in_srgb(image: Image.Image) -> Image.Image:
    """The same colours without a profile; the same numbers if the profile makes no sense."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, profile, srgb, outputMode=image.mode) or image
    except Exception:  # it raises nearly anything on hostile bytes, and takes not every mode
        return image


def _has_tail(content: bytes, kind: str, image: Image.Image) -> bool:
    """Do bytes follow the coded picture? Then others in their place decode to the same."""
    end = content[-2:] if kind == "JPEG" else b""
    start = len(content) - len(end) - TAIL
    other = bytes(byte ^ 0x55 if kind == "WEBP" else 0 for byte in content[start : start + TAIL])
    try:
        changed = _opened(content[:start] + other + end)
        _decode(changed)
    except InvalidFileError:
        return False
    return changed.tobytes() == image.tobytes()


def _encoded(image: Image.Image, kind: str, *, lossless: bool) -> bytes:
    """In format `kind`, without visible loss and without anything except the image."""
    options: dict[str, Any] = {"icc_profile": None}
    if image.format == "JPEG":  # unchanged: same tables, same pixels
        options |= {"qtables": _tables_of(image), "subsampling": "keep"}
        options |= {"exif": b"", "comment": ""}
    elif kind == "JPEG":
        options |= {"quality": 95, "subsampling": 0, "exif": b"", "comment": ""}
    elif kind == "WEBP":
        options |= {"lossless": lossless, "quality": 95, "exif": b"", "xmp": b""}
    elif kind == "PNG":
        options |= {"exif": b"", "pnginfo": None}
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _tables_of(image: Any) -> list[list[int]]:
    """The quantization tables of a JPEG that its components use, as Pillow gives them out.

    Each component gets the next one, and those behind the last one get that.
    """
    tables = [image.quantization[table] for _, _, _, table in image.layer]
    while len(tables) > 1 and tables[-1] == tables[-2]:
        tables.pop()
    return tables
