"""Questions about what one picture shows, with the answers that its scene gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ..pictures import SHAPES, WORDS, Scene, Shape

from . import shape_phrases as looks
from . import vision_phrases as what
from .phrases import Phrasing, Split, one
from .turns import Asked, as_json
from .words import COLORS, a, first_upper

_COUNTS = ("no", "one", "two", "three")


@dataclass(frozen=True)
class View:
    """A scene as a conversation speaks of it."""

    scene: Scene
    ordinal: str = ""
    """"second"; empty: it is the only picture, or the one just shown."""

    @property
    def name(self) -> str:
        """How answers call it."""
        return f"{self.ordinal} picture" if self.ordinal else "picture"


Question = Callable[[Random, View, Split], Asked | None]
"""Makes a question and its answer; None: the scene has no clear answer to one."""


def ask(r: Random, ways: Phrasing, split: Split, view: View, **slots: str) -> str:
    """A question that says which picture is meant."""
    if not view.ordinal:
        mention = one(r, "the|the|the|this|this|my") + " "
        mention += one(r, "picture|picture|picture|image|image|photo|drawing")
        return ways.pick(r, split, p=mention, P=first_upper(mention), **slots)
    number = {"first": "1st", "second": "2nd", "third": "3rd"}[view.ordinal]
    mention = one(r, f"the [{view.ordinal}|{view.ordinal}|{view.ordinal}|{number}] [picture|image]")
    for _ in range(12):
        question = ways.pick(r, split, p=mention, P=first_upper(mention), **slots)
        if mention[1:] in question and not question.startswith(("Here is", "This is", "I have")):
            return question
    return f"In {mention}: {question}"


def listed(parts: Sequence[str]) -> str:
    """"a, b and c"."""
    return " and ".join(", ".join(parts).rsplit(", ", 1))


def shown(shape: Shape) -> str:
    return f"{a(shape.color)} {shape.shape}"


def text_kind(scene: Scene) -> str:
    return "number" if scene.text.isdigit() else "word"


def _content(scene: Scene) -> str:
    """What a scene shows, without its background."""
    if scene.text:
        return f"the {text_kind(scene)} {scene.text}"
    return listed([shown(shape) for shape in scene.shapes])


def described(view: View) -> str:
    """The sentence that says everything about a picture."""
    scene = view.scene
    if not scene.shapes and not scene.text:
        return f"The {view.name} is plain {scene.background}."
    ink = f" in {scene.ink}" if scene.text else ""
    return f"The {view.name} shows {_content(scene)}{ink} on {a(scene.background)} background."


def values(scene: Scene) -> dict[str, Any]:
    """A picture as JSON."""
    if scene.text:
        return {"text": scene.text, "color": scene.ink, "background": scene.background}
    shapes = [{"shape": shape.shape, "color": shape.color} for shape in scene.shapes]
    return {"shapes": shapes, "background": scene.background}


def only_shape(scene: Scene) -> Shape | None:
    """The shape of a picture with one shape."""
    return scene.shapes[0] if len(scene.shapes) == 1 else None


def unique(scene: Scene) -> list[Shape]:
    """Shapes whose form is there only once."""
    forms = [shape.shape for shape in scene.shapes]
    return [shape for shape in scene.shapes if forms.count(shape.shape) == 1]


def are_told_apart(scene: Scene) -> bool:
    return len({(shape.shape, shape.color) for shape in scene.shapes}) == len(scene.shapes)


def _describe(r: Random, view: View, split: Split) -> Asked:
    question = ask(r, what.DESCRIBE, split, view)
    short = first_upper(_content(view.scene)) or f"Plain {view.scene.background}"
    return Asked("describe", question, described(view), short, values(view.scene))


def _color_of(r: Random, view: View, split: Split) -> Asked | None:
    absent = [s for s in SHAPES if s not in {shape.shape for shape in view.scene.shapes}]
    if absent and r.random() < 0.08:
        shape = r.choice(absent)
        question = ask(r, looks.COLOR_OF, split, view, s=shape)
        answer = f"There is no {shape} in the {view.name}."
        return Asked("color_of", question, answer, "None", {"shape": shape, "color": None})
    if not (there := unique(view.scene)):
        return None
    found = r.choice(there)
    return _color(ask(r, looks.COLOR_OF, split, view, s=found.shape), "color_of", found)


def _color(question: str, skill: str, shape: Shape) -> Asked:
    answer = f"The {shape.shape} is {shape.color}."
    given = {"shape": shape.shape, "color": shape.color}
    return Asked(skill, question, answer, shape.color.capitalize(), given)


def _color_it(r: Random, view: View, split: Split) -> Asked | None:
    shape = only_shape(view.scene)
    return shape and _color(ask(r, looks.COLOR_IT, split, view), "color_it", shape)


def _shape_it(r: Random, view: View, split: Split) -> Asked | None:
    if not (shape := only_shape(view.scene)):
        return None
    answer, short = f"The shape is {a(shape.shape)}.", shape.shape.capitalize()
    question = ask(r, looks.SHAPE_IT, split, view)
    return Asked("shape_it", question, answer, short, {"shape": shape.shape})


def _shape_of_color(r: Random, view: View, split: Split) -> Asked | None:
    colors = [shape.color for shape in view.scene.shapes]
    if not colors:
        return None
    absent = [c for c in COLORS if c not in colors and c != view.scene.background]
    if r.random() < 0.08:
        color = r.choice(absent)
        question = ask(r, looks.SHAPE_OF_COLOR, split, view, c=color)
        answer = f"There is no {color} shape in the {view.name}."
        return Asked("shape_of_color", question, answer, "None", {"color": color, "shape": None})
    shape = r.choice(view.scene.shapes)
    if colors.count(shape.color) > 1:
        return None
    question = ask(r, looks.SHAPE_OF_COLOR, split, view, c=shape.color)
    answer = f"The {shape.color} shape is {a(shape.shape)}."
    given = {"color": shape.color, "shape": shape.shape}
    return Asked("shape_of_color", question, answer, shape.shape.capitalize(), given)


def _counted(skill: str, question: str, count: int, thing: str, view: View) -> Asked:
    is_one = count == 1
    things = f"{'is' if is_one else 'are'} {_COUNTS[count]} {thing}{'' if is_one else 's'}"
    answer = f"There {things} in the {view.name}."
    short = first_upper(_COUNTS[count]) if count else "None"
    return Asked(skill, question, answer, short, {"count": count})


def _count(r: Random, view: View, split: Split) -> Asked | None:
    # A text is drawn of shapes, too: rarely ask for what few would.
    if view.scene.text and r.random() < 0.8:
        return None
    question = ask(r, what.COUNT, split, view)
    return _counted("count", question, len(view.scene.shapes), "shape", view)


def _form_and_color(r: Random, scene: Scene) -> tuple[str, str]:
    """Those of one of the shapes; of a plain picture, any."""
    if not scene.shapes:
        return r.choice(SHAPES), r.choice(COLORS)
    shape = r.choice(scene.shapes)
    return shape.shape, shape.color


def _count_of(r: Random, view: View, split: Split) -> Asked | None:
    shapes, (form, color) = view.scene.shapes, _form_and_color(r, view.scene)
    if view.scene.text:
        return None
    if r.random() < 0.6:
        thing = r.choice([form, r.choice(SHAPES)])
        count = sum(shape.shape == thing for shape in shapes)
    else:
        color = r.choice([color, r.choice(COLORS)])
        thing = f"{color} shape"
        count = sum(shape.color == color for shape in shapes)
    question = ask(r, what.COUNT_OF, split, view, ss=thing + "s")
    return _counted("count_of", question, count, thing, view)


def _is_there(r: Random, view: View, split: Split) -> Asked | None:
    if view.scene.text:
        return None
    # Half of the time one of them; else something of the same form or of the same colour.
    shape, color = _form_and_color(r, view.scene)
    if r.random() < 0.5:
        shape, color = r.choice([(shape, r.choice(COLORS)), (r.choice(SHAPES), color)])
    thing = r.choice([shape, shape, f"{color} {shape}", f"{color} {shape}", f"{color} shape"])
    is_there = any(_matches(seen, thing) for seen in view.scene.shapes)
    question = ask(r, what.IS_THERE, split, view, x=a(thing))
    short = "Yes" if is_there else "No"
    found = f"is {a(thing)}" if is_there else f"is no {thing}"
    answer = f"{short}, there {found} in the {view.name}."
    return Asked("is_there", question, answer, short, {"found": is_there})


def _matches(shape: Shape, thing: str) -> bool:
    """Whether it is such a thing: "circle", "red circle", "red shape"."""
    return thing in (shape.shape, f"{shape.color} {shape.shape}", f"{shape.color} shape")


def _background(r: Random, view: View, split: Split) -> Asked:
    color = view.scene.background
    question = ask(r, what.BACKGROUND, split, view)
    answer, given = f"The background is {color}.", {"background": color}
    return Asked("background", question, answer, color.capitalize(), given)


def _json(r: Random, view: View, split: Split) -> Asked:
    given = values(view.scene)
    return Asked("json", ask(r, what.JSON, split, view), as_json(given), as_json(given), given)


def _read(r: Random, view: View, split: Split) -> Asked | None:
    scene = view.scene
    question = ask(r, what.READ, split, view)
    if scene.text:
        return _said(question, "read", view)
    if r.random() < 0.85:
        return None
    answer = f"There is no text in the {view.name}."
    return Asked("read", question, answer, "None", {"text": None})


def _said(question: str, skill: str, view: View) -> Asked:
    text = view.scene.text
    return Asked(skill, question, f"The {view.name} says {text}.", text, {"text": text})


def _names_of_text(r: Random, scene: Scene) -> str:
    """What a text may be called: "digit" only if it is one."""
    if text_kind(scene) == "word":
        return "word"
    return r.choice(["number", "number", "digit"]) if len(scene.text) == 1 else "number"


def _read_it(r: Random, view: View, split: Split) -> Asked | None:
    if not view.scene.text:
        return None
    name = _names_of_text(r, view.scene)
    return _said(ask(r, what.READ_IT, split, view, n=name), "read_it", view)


def _texts_like(text: str) -> list[str]:
    """Texts that one might take for it."""
    if not text.isdigit():
        return WORDS
    return [str(number) for number in (range(10) if len(text) == 1 else range(10, 100))]


def _says(r: Random, view: View, split: Split) -> Asked | None:
    if not (text := view.scene.text):
        return None
    others = [other for other in _texts_like(text) if other != text]
    said = text if r.random() < 0.5 else r.choice(others)
    name = _names_of_text(r, view.scene)
    question = ask(r, what.SAYS, split, view, n=name, t=said)
    short = "Yes" if said == text else "No"
    answer = f"{short}, the {view.name} says {text}."
    return Asked("says", question, answer, short, {"correct": said == text})


def _ink(r: Random, view: View, split: Split) -> Asked | None:
    scene = view.scene
    if not scene.text:
        return None
    name = r.choice([_names_of_text(r, scene), text_kind(scene), "text"])
    question = ask(r, what.INK, split, view, n=name)
    answer = f"The {text_kind(scene)} is {scene.ink}."
    return Asked("ink", question, answer, scene.ink.capitalize(), {"color": scene.ink})


WHAT: dict[str, tuple[Question, int]] = {
    "describe": (_describe, 16),
    "color_of": (_color_of, 10),
    "color_it": (_color_it, 14),
    "shape_it": (_shape_it, 16),
    "shape_of_color": (_shape_of_color, 8),
    "count": (_count, 8),
    "count_of": (_count_of, 6),
    "is_there": (_is_there, 10),
    "background": (_background, 7),
    "json": (_json, 7),
    "read": (_read, 16),
    "read_it": (_read_it, 16),
    "says": (_says, 8),
    "ink": (_ink, 6),
}
"""Kinds of questions about what a picture shows, and how often each is tried."""
