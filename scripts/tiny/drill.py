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

Make = Callable[[Random, Sequence[Scene]], Conversation | Infill]

_APART = 1.3
_SEVERAL = 0.25
_TOOLS = 0.45
_PEOPLE = 0.25
_ASKING = 0.8
"""Conversations of these kinds, against `_KNOWN` of everything, lest the rest be forgotten."""
_KNOWN = 1.4

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
    return [
        *_known(),
        Part("telling apart", _apart, _APART),
        Part("several", _several, _SEVERAL),
        Part("choosing", _tools, _TOOLS),
        Part("people", _people, _PEOPLE),
        Part("asking", _asking, _ASKING),
    ]


def _known() -> list[Part]:
    total = sum(WEIGHTS.values()) / _KNOWN
    makers = {kind: partial(_of_corpus, kind) for kind in WEIGHTS} | {"vision": _vision}
    return [Part(kind, make, WEIGHTS[kind] / total) for kind, make in makers.items()]


_REHEARSED = {"tools": 0.3, "copying": 0.5, "code": 0.5, "memory": 0.15, "numbers": 0.1}
"""Conversations of the corpus that are rehearsed more often than they are drilled."""


def rehearsal_parts() -> list[Part]:
    """The mixture of what comes after it: the same, and more of what it taught least."""
    makers = {
        "telling apart": (_apart, 0.4),
        "several": (_several, 0.15),
        "choosing": (_shown_tools, 0.5),
        "people": (_people, 0.25),
        "asking": (_asking, 0.5),
    }
    return _mixed(makers, _REHEARSED)


_ENCORED = {
    "tools": 0.2, "copying": 0.4, "styled": 0.25, "wishing": 0.15, "memory": 0.15, "numbers": 0.25,
    "code": 0.15,
}  # fmt: skip


def encore_parts() -> list[Part]:
    """The mixture of what comes at the very end: what was learned least or forgotten by then."""
    makers = {
        "telling apart": (_apart, 0.4),
        "several": (_several, 0.2),
        "placing": (_placed, 0.9),
        "finding": (_found, 0.4),
        "choosing": (_contrasted_tools, 0.9),
        "people": (_people, 0.2),
        "asking": (_asking, 0.4),
        "not told": (not_told, 0.2),
        "repeating": (_repeated, 0.7),
    }
    return _mixed(makers, _ENCORED)


_LAST = {
    "facts": 0.3, "vision": 0.4, "thinking": 0.15, "tools": 0.3, "copying": 0.3, "styled": 0.25,
    "wishing": 0.2, "memory": 0.15, "numbers": 0.25, "code": 0.1,
}  # fmt: skip


def coda_parts() -> list[Part]:
    """The mixture that ends it all: enough of everything, lest what is new push the rest out."""
    makers = {
        "telling apart": (_apart, 0.6),
        "several": (_several, 0.25),
        "placing": (_placed, 0.25),
        "finding": (_found, 0.25),
        "choosing": (_mostly_plain_tools, 1.0),
        "people": (_people, 0.2),
        "asking": (_asking, 0.6),
        "not told": (not_told, 0.1),
        "repeating": (_repeated, 0.3),
    }
    return _mixed(makers, _LAST)


def _mixed(makers: dict[str, tuple[Make, float]], again: dict[str, float]) -> list[Part]:
    """All that is known, what is made here, and more of some kinds of the corpus."""
    # With names of their own: losses are told by name, and these kinds are among the known ones.
    more = {f"{kind} again": (partial(_of_corpus, kind), w) for kind, w in again.items()}
    both = [*makers.items(), *more.items()]
    return [*_known(), *(Part(kind, make, weight) for kind, (make, weight) in both)]


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
