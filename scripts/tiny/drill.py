"""What can be drilled later: to tell the shapes of a picture apart, and to choose among tools."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random

from .corpus.mixture import WEIGHTS, conversation
from .corpus.tools import drilled_tools
from .corpus.turns import Conversation, Infill
from .corpus.vision import drilled_vision
from .pictures import Scene
from .samples import Part

_APART = 1.5
_TOOLS = 0.3
"""Conversations of these kinds, against 1 of everything, lest the rest be forgotten."""


def drill_parts() -> list[Part]:
    """The mixture of what is drilled."""
    total = sum(WEIGHTS.values())
    known = [Part(kind, partial(_of_corpus, kind), w / total) for kind, w in WEIGHTS.items()]
    return [*known, Part("telling apart", _apart, _APART), Part("choosing", _tools, _TOOLS)]


def _of_corpus(kind: str, r: Random, scenes: Sequence[Scene]) -> Conversation | Infill:
    return conversation(r, kind, scenes)


def _apart(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """Many questions about one picture: of seven, five show several shapes, one shows a text."""
    is_wanted = r.choice([_has_several] * 5 + [_has_one, _has_text])
    while not is_wanted(scenes[number := r.randrange(len(scenes))]):
        pass
    return drilled_vision(r, scenes[number], number)


def _has_several(scene: Scene) -> bool:
    return len(scene.shapes) > 1


def _has_one(scene: Scene) -> bool:
    return len(scene.shapes) == 1


def _has_text(scene: Scene) -> bool:
    return scene.text != ""


def _tools(r: Random, scenes: Sequence[Scene]) -> Conversation:
    return drilled_tools(r)
