"""Draw five seconds of film: a camera that circles slowly over soft light, or over a picture.

The same recipe gives the same bytes.
"""

from __future__ import annotations

import colorsys
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import av
from PIL import Image, ImageDraw, ImageFilter, ImageFont, UnidentifiedImageError

LABEL = "SANDBOX: a stand-in, no AI was called"
FPS, SECONDS = 30, 5
FRAMES = FPS * SECONDS

# The approximate number of pixels of an image-to-video tier (Model Studio, image-to-video
# reference).
TIER_PIXELS = {"480P": 832 * 480, "720P": 1280 * 720}

X264 = {
    "preset": "ultrafast",
    "crf": "28",
    "g": "60",
    "threads": "1",  # otherwise the bytes depend on the machine
    "maxrate": "4M",  # a noisy picture would fill the disk
    "bufsize": "4M",
}
SMPTE170M, BT709, LIMITED = 6, 1, 1  # the colours of the pixels, as FFmpeg numbers them

# The planes of a picture in "yuv420p": light, and two of colour with half the width and height.
# Cutting views out of these takes half as long as converting each view.
DIVISORS = (1, 2, 2)


@dataclass(frozen=True)
class Plate:
    """Words to paste on a view, and how much each of their pixels covers."""

    planes: list[Image.Image]
    masks: list[Image.Image]
    left: int
    top: int

    @classmethod
    def of(cls, image: Image.Image, left: int, top: int) -> Plate:
        alpha = image.getchannel("A")
        half = alpha.resize((alpha.width // 2, alpha.height // 2))
        return cls(_planes(image.convert("RGB")), [alpha, half, half], left, top)


def render(
    path: Path,
    *,
    size: str,
    recipe: str,
    mark: bool = False,
    picture: bytes | None = None,
    on_second: Callable[[], Any] | None = None,
) -> None:
    """Write the film to `path`: H.264, 30 frames a second, faststart, labelled in the picture.

    `size` is `832x480`, or a tier (`720P`) with the shape of `picture`. `mark` adds an "AI"
    mark. `on_second()` is called along the way; what it raises goes through.
    """
    dice = Random(recipe)  # noqa: S311 (colours, no secrets)
    image = _image_of(picture, dice)
    width, height = _size_of(size, image)
    signature = _signature(width, height, mark)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        out.metadata["title"] = LABEL
        stream = _video_stream(out, width, height)
        for number, view in enumerate(_views(image, width, height, dice)):
            frame = _frame(width, height, view, signature)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(stream.encode(frame))
            if on_second and number % FPS == 0:
                on_second()
        out.mux(stream.encode(None))


def _views(
    image: Image.Image, width: int, height: int, dice: Random
) -> Iterator[list[Image.Image]]:
    """What the camera sees in each frame: it circles once, and comes back to where it began."""
    scene = image.resize((width * 5 // 4, height * 5 // 4))
    planes = _planes(scene)
    start, turn = dice.random(), dice.choice((-1, 1))
    for number in range(FRAMES):
        angle = math.tau * (start + turn * number / FRAMES)
        left = round((scene.width - width) * (1 + math.cos(angle)) / 2)
        top = round((scene.height - height) * (1 + math.sin(angle)) / 2)
        yield [
            plane.crop((x := left // by, y := top // by, x + width // by, y + height // by))
            for plane, by in zip(planes, DIVISORS, strict=True)
        ]


def _planes(image: Image.Image) -> list[Image.Image]:
    frame = av.VideoFrame.from_image(image).reformat(format="yuv420p")  # type: ignore[no-untyped-call]
    return [
        Image.frombytes("L", (plane.width, plane.height), bytes(plane), "raw", "L", plane.line_size)
        for plane in frame.planes
    ]


def _frame(
    width: int, height: int, view: list[Image.Image], signature: list[Plate]
) -> av.VideoFrame:
    for plate in signature:
        parts = zip(view, plate.planes, plate.masks, DIVISORS, strict=True)
        for plane, words, mask, by in parts:
            plane.paste(words, (plate.left // by, plate.top // by), mask)
    frame = av.VideoFrame(width, height, "yuv420p")
    for there, plane in zip(frame.planes, view, strict=True):
        there.update(plane.tobytes("raw", "L", there.line_size))
    return frame


def _image_of(picture: bytes | None, dice: Random) -> Image.Image:
    try:
        return Image.open(io.BytesIO(picture or b"")).convert("RGB")
    except (UnidentifiedImageError, OSError):  # none here: one is drawn in its place
        return _light(dice)


def _size_of(size: str, image: Image.Image) -> tuple[int, int]:
    if size not in TIER_PIXELS:
        width, height = map(int, size.split("x"))
        return width, height
    ratio = image.width / image.height
    side = math.sqrt(TIER_PIXELS[size] * ratio)
    return 16 * round(side / 16), 16 * round(side / ratio / 16)


def _video_stream(out: av.container.OutputContainer, width: int, height: int) -> Any:
    stream = out.add_stream("libx264", rate=FPS, options=X264)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    codec = stream.codec_context
    codec.colorspace, codec.color_range = SMPTE170M, LIMITED
    codec.color_primaries = codec.color_trc = BT709
    return stream


def _light(dice: Random) -> Image.Image:
    """Blurred light of neighbouring colours on a dark ground, 16:9."""
    # From teal through blue and violet to red: dark yellow and green do not look good.
    hue = dice.uniform(0.45, 1.0)
    light = Image.new("RGB", (96, 54), _colour(hue + 0.05, 0.8, 0.16))
    pen = ImageDraw.Draw(light)
    for _ in range(7):
        x, y, reach = dice.uniform(0, 96), dice.uniform(0, 54), dice.uniform(12, 29)
        near = hue + dice.uniform(-0.1, 0.1)
        colour = _colour(near, dice.uniform(0.45, 0.75), dice.uniform(0.3, 0.9))
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
    return light.filter(ImageFilter.GaussianBlur(5)).resize((1280, 720), Image.Resampling.BICUBIC)


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def _signature(width: int, height: int, mark: bool) -> list[Plate]:
    """For every frame: the label upper left, the mark lower right."""
    size = max(17, width // 44)
    edge = size - size // 3
    label = _plate(LABEL, size)
    signature = [Plate.of(label, edge, edge)]
    if mark:
        plate = _plate("AI", size)
        signature.append(Plate.of(plate, width - edge - plate.width, height - edge - plate.height))
    return signature


def _plate(words: str, size: int) -> Image.Image:
    """Words in white on a dark ground that lets some light through. Width and height are even."""
    font, pad = ImageFont.load_default(size), size // 3
    left, top, right, bottom = map(round, font.getbbox(words))
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    plate = Image.new("RGBA", (width + width % 2, height + height % 2))
    pen = ImageDraw.Draw(plate)
    ground = (0, 0, plate.width - 1, plate.height - 1)
    pen.rounded_rectangle(ground, radius=pad, fill=(10, 10, 16, 150))
    pen.text((pad - left, pad - top), words, font=font, fill="white")
    return plate
