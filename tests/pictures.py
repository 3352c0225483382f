"""Small pictures for tests, drawn on the spot."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageDraw

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


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


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
