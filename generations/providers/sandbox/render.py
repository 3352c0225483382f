"""Draw five seconds of film: soft light and slow spheres, or a slow move over a picture.

Everything is drawn once in RGB and then only moved, in the three planes that H.264 stores, so
that a second of 1080P costs a fraction of a second. The same recipe gives the same bytes.
"""

from __future__ import annotations

import colorsys
import io
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Protocol

import av
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, UnidentifiedImageError

LABEL = "SANDBOX: a stand-in, no AI was called"
FPS, SECONDS = 30, 5
FRAMES = FPS * SECONDS

# About how many pixels an image-to-video tier has (Model Studio, image-to-video reference).
TIER_PIXELS = {"480P": 832 * 480, "720P": 1280 * 720}

X264 = {
    "preset": "ultrafast",
    "crf": "28",
    "g": "60",
    "threads": "1",  # else the bytes depend on the machine
    "maxrate": "4M",  # a picture of noise would fill the disk
    "bufsize": "4M",
}
SMPTE170M, BT709, LIMITED = 6, 1, 1  # what the pixels mean, in FFmpeg's numbers

# Pillow's YCbCr fills 0 to 255; video keeps to 16 to 235, and 16 to 240 for colour.
TO_LUMA = [round(16 + 219 * value / 255) for value in range(256)]
TO_CHROMA = [round(128 + 224 * (value - 128) / 255) for value in range(256)]


class Planes(NamedTuple):
    """A picture as video stores it: brightness in full, the two colours in half size."""

    y: Image.Image
    cb: Image.Image
    cr: Image.Image


class Scene(Protocol):
    """`at(t)` is the picture at the moment `t`, from 0 to 1."""

    def at(self, t: float) -> Planes: ...


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
    width, height, scene = _staged(size, dice, picture)
    signs = _signs(width, height, mark)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        out.metadata["title"] = LABEL
        stream = _video_stream(out, width, height)
        for number in range(FRAMES):
            planes = scene.at(number / FRAMES)
            for sign in signs:
                sign.draw(planes)
            out.mux(stream.encode(_frame(planes, number)))
            if on_second and number % FPS == 0:
                on_second()
        out.mux(stream.encode(None))


def _staged(size: str, dice: Random, picture: bytes | None) -> tuple[int, int, Scene]:
    if size not in TIER_PIXELS:
        width, height = map(int, size.split("x"))
        return width, height, Spheres(width, height, dice)
    image = _image_of(picture, dice)
    width, height = _size_of_shape(image.width / image.height, TIER_PIXELS[size])
    return width, height, SlowMove(image, width, height, dice)


def _image_of(picture: bytes | None, dice: Random) -> Image.Image:
    try:
        return Image.open(io.BytesIO(picture or b"")).convert("RGB")
    except (UnidentifiedImageError, OSError):  # none here: one is drawn in its place
        return _light(1280, 720, dice)


def _size_of_shape(ratio: float, pixels: int) -> tuple[int, int]:
    width = math.sqrt(pixels * ratio)
    return 16 * round(width / 16), 16 * round(width / ratio / 16)


def _video_stream(out: av.container.OutputContainer, width: int, height: int) -> Any:
    stream = out.add_stream("libx264", rate=FPS, options=X264)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    codec = stream.codec_context
    codec.colorspace, codec.color_range = SMPTE170M, LIMITED
    codec.color_primaries = codec.color_trc = BT709
    return stream


def _frame(planes: Planes, number: int) -> av.VideoFrame:
    frame = av.VideoFrame(planes.y.width, planes.y.height, "yuv420p")
    for plane, image in zip(frame.planes, planes, strict=True):
        # A line in memory may be longer than the picture is wide.
        plane.update(image.crop((0, 0, plane.line_size, image.height)).tobytes())
    frame.pts, frame.time_base = number, Fraction(1, FPS)
    return frame


def _planes(image: Image.Image) -> Planes:
    y, cb, cr = image.convert("RGB").convert("YCbCr").split()
    half = ((image.width + 1) // 2, (image.height + 1) // 2)
    small = (plane.resize(half, Image.Resampling.BOX).point(TO_CHROMA) for plane in (cb, cr))
    return Planes(y.point(TO_LUMA), *small)


class Sprite:
    """A picture with soft edges that is laid over others."""

    def __init__(self, image: Image.Image, x: int = 0, y: int = 0) -> None:
        self.planes = _planes(image)
        self.mask = image.getchannel("A")
        self.half_mask = self.mask.resize(self.planes.cb.size, Image.Resampling.BOX)
        self.size, self.x, self.y = image.width, x, y

    def draw(self, on: Planes) -> None:
        x, y = self.x // 2, self.y // 2  # in steps of a colour pixel, so that planes stay aligned
        on.y.paste(self.planes.y, (2 * x, 2 * y), self.mask)
        on.cb.paste(self.planes.cb, (x, y), self.half_mask)
        on.cr.paste(self.planes.cr, (x, y), self.half_mask)


class Spheres:
    """Spheres that circle slowly before drifting light; the last frame leads to the first."""

    def __init__(self, width: int, height: int, dice: Random) -> None:
        self.width, self.height = width, height
        hue = _ground_hue(dice)
        self.drift = (width // 8, height // 8)
        self.turn = dice.choice((-1, 1))
        self.back = _planes(_light(width + self.drift[0], height + self.drift[1], dice, hue))
        sides = [share * min(width, height) for share in (0.34, 0.52, 0.8)]
        self.spheres = [_sphere(int(side), hue + dice.uniform(0.4, 0.6)) for side in sides]
        start = dice.random()
        phases = [start + third / 3 + dice.uniform(0, 0.15) for third in range(3)]
        self.orbits = [(dice.uniform(0.16, 0.3), phase) for phase in phases]

    def at(self, t: float) -> Planes:
        angle = math.tau * t * self.turn
        planes = self._window(angle)
        for sphere, (reach, phase) in zip(self.spheres, self.orbits, strict=True):
            turned = angle + math.tau * phase
            sphere.x = int(self.width * (0.5 + reach * math.cos(turned)) - sphere.size / 2)
            sphere.y = int(self.height * (0.5 + reach * math.sin(turned)) - sphere.size / 2)
            sphere.draw(planes)
        return planes

    def _window(self, angle: float) -> Planes:
        x = int(self.drift[0] / 4 * (1 + math.cos(angle)))
        y = int(self.drift[1] / 4 * (1 + math.sin(angle)))
        full = (2 * x, 2 * y, 2 * x + self.width, 2 * y + self.height)
        half = (x, y, x + self.width // 2, y + self.height // 2)
        return Planes(self.back.y.crop(full), self.back.cb.crop(half), self.back.cr.crop(half))


class SlowMove:
    """A camera that comes slowly closer, or moves slowly back, over a picture."""

    CLOSER = 0.16

    def __init__(self, image: Image.Image, width: int, height: int, dice: Random) -> None:
        self.size = (width, height)
        # A little larger than shown, so that the closest view is still sharp.
        self.planes = _planes(image.resize((width * 5 // 4, height * 5 // 4)))
        self.target = (dice.uniform(0.2, 0.8), dice.uniform(0.2, 0.8))
        self.back = dice.random() < 0.3

    def at(self, t: float) -> Planes:
        way = (1 - math.cos(math.pi * (1 - t if self.back else t))) / 2
        return Planes(*(self._view(plane, way, 1 + (i > 0)) for i, plane in enumerate(self.planes)))

    def _view(self, plane: Image.Image, way: float, shrink: int) -> Image.Image:
        truncate = self.CLOSER * way
        left, top = (side * truncate * at for side, at in zip(plane.size, self.target, strict=True))
        box = (left, top, left + plane.width * (1 - truncate), top + plane.height * (1 - truncate))
        size = (self.size[0] // shrink, self.size[1] // shrink)
        return plane.resize(size, Image.Resampling.BILINEAR, box)


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def _ground_hue(dice: Random) -> float:
    """From teal over blue and violet to red: darkened yellow and green look like mud."""
    return dice.uniform(0.45, 1.0)


def _light(width: int, height: int, dice: Random, hue: float | None = None) -> Image.Image:
    """Blurred light of neighbouring colours on a dark ground."""
    hue = _ground_hue(dice) if hue is None else hue
    small = Image.new("RGB", (96, max(24, 96 * height // width)), _colour(hue + 0.05, 0.8, 0.16))
    pen = ImageDraw.Draw(small)
    for _ in range(7):
        x, y = dice.uniform(0, small.width), dice.uniform(0, small.height)
        reach = dice.uniform(0.12, 0.3) * max(small.size)
        near = hue + dice.uniform(-0.1, 0.1)
        colour = _colour(near, dice.uniform(0.45, 0.75), dice.uniform(0.3, 0.9))
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
    blurred = small.filter(ImageFilter.GaussianBlur(max(small.size) / 9))
    return blurred.resize((width, height), Image.Resampling.BICUBIC)


def _sphere(side: int, hue: float) -> Sprite:
    """A lit ball of two fifths of the side's width, in its own glow."""
    distance = Image.radial_gradient("L")
    lit = (side * 3 // 4, side * 3 // 4, side * 7 // 4, side * 7 // 4)  # from the upper left
    shade = distance.resize((2 * side, 2 * side)).crop(lit).point(lambda v: min(255, 2 * v))
    bright = Image.new("RGB", (side, side), _colour(hue, 0.25, 1))
    deep = Image.new("RGB", (side, side), _colour(hue + 0.06, 0.85, 0.45))
    ball = Image.composite(deep, bright, shade)
    glow = distance.resize((side, side)).point(lambda v: round(90 * max(0, (200 - v) / 104) ** 2))
    ball.putalpha(ImageChops.lighter(glow, _disc(side)))
    return Sprite(ball)


def _disc(side: int) -> Image.Image:
    """Drawn four times as large, so that its edge comes out smooth."""
    large = Image.new("L", (4 * side, 4 * side))
    edge = round(4 * side * 0.3)
    ImageDraw.Draw(large).ellipse((edge, edge, 4 * side - edge, 4 * side - edge), fill=255)
    return large.resize((side, side), Image.Resampling.BOX)


def _signs(width: int, height: int, mark: bool) -> list[Sprite]:
    """The label in the upper left corner, and the mark in the lower right one."""
    size = max(17, width // 44)
    label = _sign(LABEL, size)
    signs = [Sprite(label, size, size)]
    if mark:
        small = _sign("AI", size)
        signs.append(Sprite(small, width - small.width - size, height - small.height - size))
    return signs


def _sign(text: str, size: int) -> Image.Image:
    """White letters on a dark, half transparent plate."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    pad = size * 2 // 3
    sides = (int(right - left) + 2 * pad, int(bottom - top) + 2 * pad)
    plate = Image.new("RGBA", (sides[0] + sides[0] % 2, sides[1] + sides[1] % 2), (10, 10, 16, 0))
    pen = ImageDraw.Draw(plate)
    pen.rounded_rectangle((0, 0, *sides), radius=pad, fill=(10, 10, 16, 150))
    pen.text((pad - left, pad - top), text, font=font, fill=(255, 255, 255, 255))
    return plate
