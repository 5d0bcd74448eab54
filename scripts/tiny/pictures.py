"""Pictures to learn to see with: coloured shapes, digits and short words, drawn in many ways."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from multiprocessing import Pool
from random import Random
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from .corpus.turns import is_held
from .corpus.words import COLORS
from .strokes import BASELINE, pen_strokes

SHAPES = "circle square triangle star".split()
WORDS = """
go no hi ok on up yes cat dog sun car bus key red hot ice tea off top new old end run box stop moon
star blue cold open exit milk door tree fish bird ball book love home help
""".split()
RGB = {
    "red": ((255, 0, 0), (220, 20, 45), (200, 30, 30), (232, 38, 38), (176, 24, 28)),
    "green": ((0, 128, 0), (0, 200, 0), (34, 139, 34), (0, 255, 0), (40, 170, 70), (60, 205, 60)),
    "blue": ((0, 0, 255), (30, 60, 220), (65, 105, 225), (10, 10, 175), (30, 120, 245)),
    "yellow": ((255, 255, 0), (255, 230, 20), (240, 220, 40), (255, 215, 0)),
    "orange": ((255, 140, 0), (255, 165, 0), (240, 130, 20), (255, 120, 20)),
    "purple": ((128, 0, 128), (150, 30, 170), (140, 40, 200), (160, 32, 240), (110, 20, 140)),
    "black": ((0, 0, 0), (20, 20, 20), (10, 10, 15)),
    "white": ((255, 255, 255), (245, 245, 245), (250, 250, 240)),
}
"""What each colour may look like, before it is varied a little."""
PAD_COLOR = (122, 116, 104)
"""Of the bars around pictures that are not square. Source: tools/mtmd/clip.cpp of llama.cpp."""

SceneKind = Literal["plain", "one", "two", "three", "digit", "number", "word"]
SCENE_WEIGHTS: dict[SceneKind, int] = {
    "plain": 4, "one": 29, "two": 24, "three": 17, "digit": 13, "number": 6, "word": 7,
}  # fmt: skip
"""How often each kind of scene is drawn."""
_SHAPE_COUNT = {"plain": 0, "one": 1, "two": 2, "three": 3}
_RADII = {1: (0.14, 0.40), 2: (0.11, 0.27), 3: (0.11, 0.22)}
"""Least and greatest radius by the number of shapes, as parts of the shorter side."""
_LEAST_SIDE = {"three": 48, "digit": 36, "number": 44, "word": 72}
"""Shortest side in px at which a scene can still be told; 24 for the others."""
_MOST_SIDE = 512
_ALIKE = [{"yellow", "white"}, {"black", "blue"}, {"black", "purple"}, {"blue", "purple"}]
_ALIKE += [{"red", "purple"}, {"orange", "yellow"}]
"""Colours in which thin strokes cannot be read on each other."""

Point = tuple[float, float]
Place = tuple[float, float, float]
"""Centre x, y and radius, in px."""


@dataclass(frozen=True)
class Shape:
    """A shape, with its centre and radius as parts of the letterboxed square (y grows down)."""

    shape: str
    color: str
    cx: float
    cy: float
    radius: float


@dataclass(frozen=True)
class Scene:
    """What a picture shows: shapes from left to right, or a text."""

    background: str
    shapes: tuple[Shape, ...] = ()
    text: str = ""
    """In small letters, even where it is drawn in capitals."""
    ink: str = ""
    """Colour of the text."""
    width: float = 1.0
    """Of the picture without its bars, as a part of the letterboxed square."""
    height: float = 1.0


def scene_kind(r: Random) -> SceneKind:
    """A kind of scene, as often as SCENE_WEIGHTS says."""
    return r.choices(list(SCENE_WEIGHTS), list(SCENE_WEIGHTS.values()))[0]


def draw(r: Random, kind: SceneKind, held_out: bool = False) -> tuple[Image.Image, Scene]:
    """A picture in its own size, and what it shows: values that are trained, or that are not."""
    background, things = _plan(r, kind, held_out)
    width, height = _source_size(r, kind)
    longest = max(width, height)
    # Drawn larger and then reduced, edges are smooth as in most real pictures.
    fine = r.choice([2, 3]) if kind not in _SHAPE_COUNT else r.choice([1, 2, 2, 3])
    fine = fine if longest < 200 else min(fine, 2)
    image = Image.new("RGB", (width * fine, height * fine), _tint(r, background))
    shapes: tuple[Shape, ...] = ()
    text = ink = ""
    if kind in _SHAPE_COUNT:
        shapes = _draw_shapes(r, image, things)
    else:
        text, ink = things[0]
        _draw_text(r, image, text, ink)
    image = image.reduce(fine) if fine > 1 else image
    extent = (width / longest, height / longest)
    return _weathered(r, image), Scene(background, shapes, text, ink, *extent)


def letterbox(image: Image.Image, side: int) -> np.ndarray:
    """The picture as llama.cpp hands it to a projector of type `mlp`, uint8 [side, side, 3].

    Source: img_tool::resize (PAD_CEIL, bicubic as Pillow) in tools/mtmd/mtmd-image.cpp, llama.cpp.
    """
    image = image.convert("RGB")
    width, height = image.size
    if (width, height) == (side, side):
        return np.asarray(image)
    # In single precision as there: 80 x 45 becomes 96 x 55, and not 54 as in double precision.
    wide, high = np.float32(width), np.float32(height)
    scale = min(np.float32(side) / wide, np.float32(side) / high)
    size = min(side, math.ceil(wide * scale)), min(side, math.ceil(high * scale))
    square = Image.new("RGB", (side, side), PAD_COLOR)
    corner = (side - size[0]) // 2, (side - size[1]) // 2
    square.paste(image.resize(size, Image.Resampling.BICUBIC), corner)
    return np.asarray(square)


def make_pictures(
    seed: int, count: int, side: int, processes: int = 2, held_out: bool = False
) -> tuple[np.ndarray, list[Scene]]:
    """Letterboxed pictures, uint8 [count, side, side, 3], and what they show.

    The same for the same seed, whatever the number of processes: each has a seed of its own.
    """
    make = partial(_numbered, seed, side, held_out)
    if processes == 1:
        return _gathered(map(make, range(count)), count, side)
    with Pool(processes) as pool:
        return _gathered(pool.imap(make, range(count), chunksize=64), count, side)


def _gathered(
    made: Iterable[tuple[np.ndarray, Scene]], count: int, side: int
) -> tuple[np.ndarray, list[Scene]]:
    pictures = np.empty((count, side, side, 3), np.uint8)
    scenes = []
    for number, (picture, scene) in enumerate(made):
        pictures[number] = picture
        scenes.append(scene)
    return pictures, scenes


def _numbered(seed: int, side: int, held_out: bool, number: int) -> tuple[np.ndarray, Scene]:
    r = Random(f"{seed}/{number}")
    image, scene = draw(r, scene_kind(r), held_out)
    return letterbox(image, side), scene


def _plan(r: Random, kind: SceneKind, held_out: bool) -> tuple[str, list[tuple[str, str]]]:
    """A background, and shapes or a text with their colours."""
    while True:
        background = r.choice(COLORS)
        if kind in _SHAPE_COUNT:
            things = _some_shapes(r, _SHAPE_COUNT[kind], background)
        else:
            background, ink = _readable(r)
            things = [(_some_text(r, kind), ink)]
        held = any(_is_held(what, color, background) for what, color in things)
        if not things or held == held_out:
            return background, things


def _is_held(what: str, color: str, background: str) -> bool:
    is_number = what.isdigit() and len(what) == 2
    return is_held("picture", what) if is_number else is_held("picture", what, color, background)


def _some_shapes(r: Random, count: int, background: str) -> list[tuple[str, str]]:
    colors = [color for color in COLORS if color != background]
    # Now and then all have one form, so that there is something to count.
    shapes = [r.choice(SHAPES)] if r.random() < 0.12 else SHAPES
    return [(r.choice(shapes), r.choice(colors)) for _ in range(count)]


def _some_text(r: Random, kind: SceneKind) -> str:
    if kind == "word":
        return r.choice(WORDS)
    return str(r.randrange(10) if kind == "digit" else r.randrange(10, 100))


def _readable(r: Random) -> tuple[str, str]:
    """A background and the colour of the ink on it: often black and white."""
    if r.random() < 0.3:
        return r.choice([("white", "black"), ("white", "black"), ("black", "white")])
    while True:
        background, ink = r.sample(COLORS, 2)
        if {background, ink} not in _ALIKE:
            return background, ink


def _source_size(r: Random, kind: SceneKind) -> tuple[int, int]:
    """Width and height in px; one of four pictures is not square."""
    least = _LEAST_SIDE.get(kind, 24)
    longest = round(math.exp(r.uniform(math.log(least), math.log(_MOST_SIDE))))
    longest = r.choice([64, 96, 100, 128, 200, 224, 256]) if r.random() < 0.15 else longest
    if r.random() >= 0.25:
        return longest, longest
    shortest = max(least, round(longest * r.uniform(0.5, 0.92)))
    longest = max(longest, shortest)
    is_wide = r.random() < (0.8 if kind == "word" else 0.5)
    return (longest, shortest) if is_wide else (shortest, longest)


def _tint(r: Random, color: str) -> tuple[int, int, int]:
    """One of the looks of a colour."""
    red, green, blue = (c + r.randint(-12, 12) for c in r.choice(RGB[color]))
    return _byte(red), _byte(green), _byte(blue)


def _byte(value: int) -> int:
    return max(0, min(255, value))


def _draw_shapes(
    r: Random, image: Image.Image, things: list[tuple[str, str]]
) -> tuple[Shape, ...]:
    pen = ImageDraw.Draw(image)
    width, height = image.size
    longest = max(width, height)
    shapes = []
    for (shape, color), place in zip(things, _places(r, len(things), width, height)):
        _draw_shape(r, pen, shape, _tint(r, color), place)
        x, y, radius = place
        cx, cy = ((x - width / 2) / longest + 0.5, (y - height / 2) / longest + 0.5)
        shapes.append(Shape(shape, color, cx, cy, radius / longest))
    return tuple(shapes)


def _places(r: Random, count: int, width: int, height: int) -> list[Place]:
    """Where shapes stand, from left to right: none touches another, none is right above another."""
    if count == 0:
        return []
    least, most = _RADII[count]
    apart = 0.07 * max(width, height)
    while True:
        places = []
        for _ in range(count):
            radius = r.uniform(least, most) * min(width, height)
            reach = 1.22 * radius
            x, y = r.uniform(reach, width - reach), r.uniform(reach, height - reach)
            places.append((x, y, radius))
        if all(_are_apart(a, b, apart) for a, b in combinations(places, 2)):
            return sorted(places)


def _are_apart(a: Place, b: Place, apart: float) -> bool:
    distance = math.hypot(a[0] - b[0], a[1] - b[1])
    return distance > 1.17 * (a[2] + b[2]) and abs(a[0] - b[0]) > apart


def _draw_shape(
    r: Random, pen: ImageDraw.ImageDraw, shape: str, fill: tuple[int, int, int], place: Place
) -> None:
    cx, cy, radius = place
    corners = _corners(r, shape)
    border = 0.0
    if r.random() < 0.14:
        outline = r.choice([(0, 0, 0), (255, 255, 255), (70, 70, 70)])
        border = max(1 / radius, r.uniform(0.04, 0.13))
        _fill(pen, corners, place, outline)
    _fill(pen, corners, (cx, cy, radius * (1 - border)), fill)


def _fill(
    pen: ImageDraw.ImageDraw, corners: list[Point], place: Place, color: tuple[int, int, int]
) -> None:
    """A polygon, or a circle if there are no corners, in one colour."""
    cx, cy, radius = place
    if not corners:
        pen.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=color)
        return
    pen.polygon([(cx + radius * x, cy + radius * y) for x, y in corners], fill=color)


def _corners(r: Random, shape: str) -> list[Point]:
    """Corners of a shape of radius 1 around 0, 0; a circle has none."""
    if shape == "circle":
        return []
    turn = r.uniform(-0.25, 0.25) if r.random() < 0.55 else 0.0
    if shape == "square":
        return _turned([(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)], turn)
    if r.random() < 0.15:
        turn = r.uniform(0, 2 * math.pi)
    if shape == "triangle":
        half, tip = r.uniform(0.85, 1.1), r.uniform(-0.3, 0.3) if r.random() < 0.2 else 0.0
        return _turned([(tip, -1.0), (half, 0.75), (-half, 0.75)], turn)
    inner = r.uniform(0.4, 0.54)
    reach = [1.15, 1.15 * inner] * 5
    angles = [math.pi * (at / 5 - 0.5) for at in range(10)]
    return _turned([(d * math.cos(a), d * math.sin(a)) for d, a in zip(reach, angles)], turn)


def _turned(points: list[Point], angle: float) -> list[Point]:
    cos, sin = math.cos(angle), math.sin(angle)
    return [(x * cos - y * sin, x * sin + y * cos) for x, y in points]


def _draw_text(r: Random, image: Image.Image, text: str, ink: str) -> None:
    """Writes the text large: slanted, turned, stretched, thick or thin."""
    thick = r.uniform(0.55, 1.5)
    drawn = r.choice([text, text, text.upper(), text.upper(), text.capitalize()])
    strokes = pen_strokes(r, drawn, gap=thick + r.uniform(0.5, 1.5))
    slant = r.uniform(-0.08, 0.3) if r.random() < 0.4 else 0.0
    turn = r.uniform(-0.13, 0.13) if r.random() < 0.4 else 0.0
    turning = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    slanting = np.array([[r.uniform(0.8, 1.25), 0.0], [-slant, 1.0]])
    strokes = [(stroke - (0, BASELINE)) @ slanting @ turning for stroke in strokes]
    points = np.concatenate(strokes)
    corner, extent = points.min(0) - thick / 2, np.ptp(points, axis=0) + thick
    size = np.array(image.size)
    part = r.uniform(0.72, 0.93) if len(text) > 1 else r.uniform(0.45, 0.92)
    unit = part * float((size / extent).min())
    room = size - unit * extent
    offset = np.array([r.uniform(0.05, 0.95), r.uniform(0.05, 0.95)]) * room
    pen, color, width = ImageDraw.Draw(image), _tint(r, ink), max(1, round(thick * unit))
    for stroke in strokes:
        _draw_stroke(pen, (stroke - corner) * unit + offset, color, width)


def _draw_stroke(
    pen: ImageDraw.ImageDraw, points: np.ndarray, color: tuple[int, int, int], width: int
) -> None:
    pen.line([tuple(point) for point in points], fill=color, width=width, joint="curve")
    half = width / 2
    for x, y in (points[0], points[-1]):
        pen.ellipse((x - half, y - half, x + half, y + half), fill=color)


def _weathered(r: Random, image: Image.Image) -> Image.Image:
    """The picture as a camera or a browser might hand it over: shaded, noisy, compressed."""
    values = np.asarray(image).astype(np.float32)
    if r.random() < 0.25:
        values += _shade(r, *image.size)
    if r.random() < 0.35:
        noise = np.random.Generator(np.random.PCG64(r.getrandbits(64)))
        values += noise.standard_normal(values.shape, np.float32) * r.uniform(1, 9)
    image = Image.fromarray(values.clip(0, 255).astype(np.uint8))
    if r.random() < 0.4:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=r.randint(35, 95))
        image = Image.open(file).convert("RGB")
    return image


def _shade(r: Random, width: int, height: int) -> np.ndarray:
    """Light that grows or fades across the picture, float32 [height, width, 1]."""
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None]
    angle, strength = r.uniform(0, 2 * math.pi), r.uniform(5, 22)
    return strength * (math.cos(angle) * x + math.sin(angle) * y)
