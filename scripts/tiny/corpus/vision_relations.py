"""Questions about where things are in one picture, and how big. Unclear cases are left out."""

from __future__ import annotations

from random import Random

from ..pictures import Scene, Shape

from . import vision_places as where
from .phrases import Split, one
from .turns import Asked
from .vision_questions import (
    Question,
    View,
    are_told_apart,
    ask,
    listed,
    only_shape,
    shown,
    unique,
)
from .words import first_upper

_OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}

# Distances are parts of the letterboxed square, as in Shape.
_CLEAR_STEP = 0.12
"""From here on one thing is clearly left of (or above) another."""
_SLIGHT_STEP = 0.04
"""Up to here it is clearly not left of (or above) it."""
_CLEAR_OFFSET = 0.15
"""From here on a thing is clearly not in the center of its picture."""
_CENTER = 0.07
_CLEAR_RATIO = 1.4
"""Of two radii, from which on one shape is clearly bigger whatever their forms."""


def _called(r: Random, scene: Scene, shape: Shape) -> str:
    """A name that only this shape has: "circle", or "red circle" where there are more."""
    full = f"{shape.color} {shape.shape}"
    return full if shape not in unique(scene) or r.random() < 0.15 else shape.shape


def place(scene: Scene, shape: Shape) -> str:
    """Where a shape clearly is: "on the left", "in the center"; empty: neither here nor there."""
    x, y = (shape.cx - 0.5) / scene.width, (shape.cy - 0.5) / scene.height
    if max(abs(x), abs(y)) < _CENTER:
        return "in the center"
    if abs(x) > _CLEAR_OFFSET and abs(y) < abs(x) / 2:
        return "on the left" if x < 0 else "on the right"
    if abs(y) > _CLEAR_OFFSET and abs(x) < abs(y) / 2:
        return "at the top" if y < 0 else "at the bottom"
    return ""


def _position(r: Random, view: View, split: Split) -> Asked | None:
    scene = view.scene
    clear = [shape for shape in scene.shapes if place(scene, shape)]
    if not clear or not are_told_apart(scene):
        return None
    shape = r.choice(clear)
    name, spot = _called(r, scene, shape), place(scene, shape)
    thing = f"the {name}"
    if only_shape(scene) and r.random() < 0.4:
        name, thing = shape.shape, r.choice(["it", "the shape"])
    question = ask(r, where.POSITION, split, view, x=thing)
    given = {"shape": shape.shape, "position": spot.split()[-1]}
    return Asked("position", question, f"The {name} is {spot}.", first_upper(spot), given)


def relation(shape: Shape, other: Shape) -> str:
    """How a shape clearly stands to another: "left of", "above"; empty: in no clear way."""
    x, y = shape.cx - other.cx, shape.cy - other.cy
    if abs(x) > _CLEAR_STEP and abs(y) < abs(x) / 2:
        return "left of" if x < 0 else "right of"
    if abs(y) > _CLEAR_STEP and abs(x) < abs(y) / 2:
        return "above" if y < 0 else "below"
    return ""


def _two(r: Random, scene: Scene) -> tuple[Shape, Shape] | None:
    """Two shapes with names of their own."""
    if len(scene.shapes) < 2 or not are_told_apart(scene):
        return None
    shape, other = r.sample(scene.shapes, 2)
    return shape, other


def _is_left(r: Random, view: View, split: Split) -> Asked | None:
    if not (pair := _two(r, view.scene)) or not (true := relation(*pair)):
        return None
    name, other = (_called(r, view.scene, shape) for shape in pair)
    said = true if r.random() < 0.5 else _OPPOSITE[true]
    rel = one(r, where.LEFT_OF[said])
    question = ask(r, where.IS_LEFT, split, view, a=name, b=other, rel=rel)
    short = "Yes" if said == true else "No"
    answer = f"{short}, the {name} is {true} the {other}."
    return Asked("is_left", question, answer, short, {"correct": said == true})


def _seen_from(r: Random, view: View, split: Split) -> Asked | None:
    if not (pair := _two(r, view.scene)) or not (true := relation(*pair)):
        return None
    name, other = (_called(r, view.scene, shape) for shape in pair)
    question = ask(r, where.SEEN_FROM, split, view, a=name, b=other)
    answer = f"The {name} is {true} the {other}."
    return Asked("seen_from", question, answer, first_upper(true), {"position": true})


def _beside(r: Random, view: View, split: Split) -> Asked | None:
    if not (pair := _two(r, view.scene)):
        return None
    base, near = pair
    others = [shape for shape in view.scene.shapes if shape is not base]
    if not (asked := relation(near, base)):
        return None
    asked = _OPPOSITE[asked] if r.random() < 0.15 else asked
    there = [other for other in others if relation(other, base) == asked]
    if any(_distance(other, base, asked) > _SLIGHT_STEP for other in others if other not in there):
        return None
    found = [shown(other) for other in there]
    name, rel = _called(r, view.scene, base), one(r, where.LEFT_OF[asked])
    question = ask(r, where.BESIDE, split, view, b=name, rel=rel, Rel=first_upper(rel))
    short = first_upper(listed(found)) or "Nothing"
    begin = f"{short} {'are' if len(found) > 1 else 'is'}" if found else "There is nothing"
    return Asked("beside", question, f"{begin} {asked} the {name}.", short, {"found": found})


def _distance(shape: Shape, base: Shape, way: str) -> float:
    """How far left of the other (or above it ...) a shape is; negative: on the other side."""
    x, y = shape.cx - base.cx, shape.cy - base.cy
    return {"left of": -x, "right of": x, "above": -y, "below": y}[way]


def _biggest(r: Random, view: View, split: Split) -> Asked | None:
    if not _two(r, view.scene):
        return None
    ordered = sorted(view.scene.shapes, key=lambda shape: shape.radius)
    most, at, next_to_it = r.choice([("biggest", -1, -2), ("smallest", 0, 1)])
    radii = sorted((ordered[at].radius, ordered[next_to_it].radius))
    if radii[1] < _CLEAR_RATIO * radii[0]:
        return None
    question = ask(r, where.BIGGEST, split, view, m=one(r, where.MOST[most]))
    return _extreme("biggest", question, most, ordered[at])


def _outermost(r: Random, view: View, split: Split) -> Asked | None:
    if not _two(r, view.scene):
        return None
    side, at, next_to_it = r.choice([("left", 0, 1), ("right", -1, -2)])
    shapes = view.scene.shapes
    if abs(shapes[at].cx - shapes[next_to_it].cx) < _CLEAR_STEP:
        return None
    question = ask(r, where.OUTERMOST, split, view, d=side)
    return _extreme("outermost", question, f"{side}most", shapes[at])


def _extreme(skill: str, question: str, most: str, shape: Shape) -> Asked:
    name = f"{shape.color} {shape.shape}"
    answer = f"The {most} shape is the {name}."
    return Asked(skill, question, answer, first_upper(name), {most: name})


WHERE: dict[str, tuple[Question, int]] = {
    "position": (_position, 34),
    "is_left": (_is_left, 26),
    "seen_from": (_seen_from, 22),
    "beside": (_beside, 28),
    "biggest": (_biggest, 32),
    "outermost": (_outermost, 16),
}
"""Kinds of questions about where things are, and how often each is tried."""
