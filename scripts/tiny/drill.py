"""What is drilled at last: to find one thing among several, whether it is a shape in a picture, a
tool or a person; and more ways to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from .corpus.chat import small_talk
from .corpus.copying import repeat_new
from .corpus.facts import fact
from .corpus.mixture import WEIGHTS, conversation
from .corpus.noise import noisy
from .corpus.people import asked_often, people
from .corpus.phrases import Split
from .corpus.tools import as_shown, drilled_tools
from .corpus.turns import Asked, Conversation, Infill, Message
from .corpus.unknown import unknown
from .corpus.usage import usage
from .corpus.vision import asked_alone, drilled_several, drilled_vision, vision_conversation
from .pictures import Scene
from .practice import not_told
from .samples import Part

_KNOWN = 1.4
"""Conversations of everything, in any unit, lest it be forgotten; the tables have others' weights.

"tools again" and the like are more of a kind that is among them.
"""
_DRILL = {
    "telling apart": 1.3, "several": 0.25, "choosing": 0.45, "people": 0.25, "asking": 0.8,
}  # fmt: skip
_REHEARSAL = {
    "telling apart": 0.4, "several": 0.15, "choosing as shown": 0.5, "people": 0.25, "asking": 0.5,
    "tools again": 0.3, "copying again": 0.5, "code again": 0.5, "memory again": 0.15,
    "numbers again": 0.1,
}  # fmt: skip
_ENCORE = {
    "telling apart": 0.4, "several": 0.2, "placing": 0.9, "finding": 0.4, "contrasting": 0.9,
    "people": 0.2, "asking": 0.4, "not told": 0.2, "repeating": 0.7, "tools again": 0.2,
    "copying again": 0.4, "styled again": 0.25, "wishing again": 0.15, "memory again": 0.15,
    "numbers again": 0.25, "code again": 0.15,
}  # fmt: skip
_CODA = {
    "telling apart": 0.6, "several": 0.25, "placing": 0.25, "finding": 0.25,
    "contrasting a little": 1.0, "people": 0.2, "asking": 0.6, "not told": 0.1, "repeating": 0.3,
    "facts again": 0.3, "vision again": 0.4, "thinking again": 0.15, "tools again": 0.3,
    "copying again": 0.3, "styled again": 0.25, "wishing again": 0.2, "memory again": 0.15,
    "numbers again": 0.25, "code again": 0.1,
}  # fmt: skip

_ASKED: dict[Callable[[Random, Split], Asked], int] = {
    fact: 55, small_talk: 20, usage: 13, unknown: 12,
}  # fmt: skip


def lookup_parts() -> list[Part]:
    """What comes first, alone and for a short time: to look up one of several shapes.

    Among everything else it takes the text transformer many times as long to find out how.
    """
    return [Part("looking up", _looked_up, 1)]


def drill_parts() -> list[Part]:
    """The mixture of what is drilled."""
    return _mixed(_DRILL)


def rehearsal_parts() -> list[Part]:
    """The mixture of what comes after it: the same, and more of what it taught least."""
    return _mixed(_REHEARSAL)


def encore_parts() -> list[Part]:
    """The mixture of the course before the last: what was learned least or forgotten by then."""
    return _mixed(_ENCORE)


def coda_parts() -> list[Part]:
    """The mixture that ends it all: enough of everything, lest what is new push the rest out."""
    return _mixed(_CODA)


def _mixed(weights: dict[str, float]) -> list[Part]:
    """All that is known, and what is made here."""
    total = sum(WEIGHTS.values()) / _KNOWN
    known = {kind: partial(_of_corpus, kind) for kind in WEIGHTS} | {"vision": _vision}
    parts = [Part(kind, make, WEIGHTS[kind] / total) for kind, make in known.items()]
    return parts + [Part(kind, _MAKERS[kind], weight) for kind, weight in weights.items()]


def _of_corpus(kind: str, r: Random, scenes: Sequence[Scene]) -> Conversation | Infill:
    return conversation(r, kind, scenes)


def _vision(r: Random, scenes: Sequence[Scene]) -> Conversation:
    numbers = r.sample(range(len(scenes)), 3)
    return vision_conversation(r, [scenes[n] for n in numbers], numbers, "drill")


def _looked_up(r: Random, scenes: Sequence[Scene]) -> Conversation:
    number = _wanted(r, scenes, _has_told_apart)
    return asked_alone(r, [scenes[number]], [number], ["color_of", "shape_of_color"])


def _placed(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """How two shapes stand to each other: two lookups, and a comparison of what they found."""
    kinds = ["is_left", "seen_from", "beside"]
    while True:
        number = _wanted(r, scenes, _has_told_apart)
        made = asked_alone(r, [scenes[number]], [number], kinds)
        if _has_pictures(made):
            return made


def _found(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """Which of several pictures shows what."""
    while True:
        numbers = [_wanted(r, scenes, _has_shapes) for _ in range(r.choice([2, 2, 3]))]
        shown = [scenes[n] for n in numbers]
        made = asked_alone(r, shown, numbers, ["which_shows", "which_shows", "more_shapes"])
        if _has_pictures(made):
            return made


def _has_pictures(made: Conversation) -> bool:
    """False: no question had a clear answer."""
    return any(message.pictures for message in made.messages)


def _apart(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """Many questions about one picture: of nine, six show several shapes, two show a text."""
    is_wanted = r.choice([_has_several] * 6 + [_has_one] + [_has_text] * 2)
    number = _wanted(r, scenes, is_wanted)
    return drilled_vision(r, scenes[number], number)


def _several(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """Questions about two or three pictures, most of them of shapes."""
    is_wanted = r.choice([_has_shapes] * 4 + [_has_text])
    numbers = [_wanted(r, scenes, is_wanted) for _ in range(r.choice([2, 2, 3]))]
    return drilled_several(r, [scenes[n] for n in numbers], numbers)


def _wanted(r: Random, scenes: Sequence[Scene], is_wanted: Callable[[Scene], bool]) -> int:
    """Number of a picture that is wanted."""
    while not is_wanted(scenes[number := r.randrange(len(scenes))]):
        pass
    return number


def _has_several(scene: Scene) -> bool:
    return len(scene.shapes) > 1


def _has_told_apart(scene: Scene) -> bool:
    """Several shapes, each with a form and a colour of its own."""
    n = len(scene.shapes)
    forms, colors = {s.shape for s in scene.shapes}, {s.color for s in scene.shapes}
    return n > 1 and len(forms) == len(colors) == n


def _has_one(scene: Scene) -> bool:
    return len(scene.shapes) == 1


def _has_shapes(scene: Scene) -> bool:
    return len(scene.shapes) > 0


def _has_text(scene: Scene) -> bool:
    return scene.text != ""


def _tools(r: Random, scenes: Sequence[Scene]) -> Conversation:
    return drilled_tools(r)


def _shown_tools(r: Random, scenes: Sequence[Scene]) -> Conversation:
    return as_shown(drilled_tools(r))


def _contrasted_tools(r: Random, scenes: Sequence[Scene]) -> Conversation:
    return as_shown(drilled_tools(r, is_contrasted=True))


def _mostly_plain_tools(r: Random, scenes: Sequence[Scene]) -> Conversation:
    return as_shown(drilled_tools(r, is_contrasted=r.random() < 0.2))


def _repeated(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """New words to say again, several times."""
    return _talk("repeating", [repeat_new(r) for _ in range(r.randint(2, 5))])


def _people(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """Some people, and questions about each of them."""
    if r.random() < 0.4:
        return _talk("people", [people(r, "drill") for _ in range(r.randint(1, 3))])
    return _talk("people", asked_often(r, r.randint(2, 5), "drill"))


def _asking(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """What the model knows and does not, in many ways to ask."""
    kinds = r.choices(list(_ASKED), list(_ASKED.values()), k=r.randint(2, 7))
    all_asked = [ask(r, "drill") for ask in kinds]
    return _talk("asking", [Asked(a.skill, noisy(r, a.question), a.answer) for a in all_asked])


def _talk(kind: str, all_asked: Sequence[Asked]) -> Conversation:
    said = [(Message("user", a.question), Message("assistant", a.answer)) for a in all_asked]
    return Conversation(kind, tuple(message for turn in said for message in turn))


Make = Callable[[Random, Sequence[Scene]], Conversation | Infill]
_MAKERS: dict[str, Make] = {
    "telling apart": _apart,
    "several": _several,
    "placing": _placed,
    "finding": _found,
    "choosing": _tools,
    "choosing as shown": _shown_tools,
    "contrasting": _contrasted_tools,
    "contrasting a little": _mostly_plain_tools,
    "people": _people,
    "asking": _asking,
    "not told": not_told,
    "repeating": _repeated,
} | {f"{kind} again": partial(_of_corpus, kind) for kind in WEIGHTS}
"""What makes the conversations of the tables. Losses are told by these names."""
