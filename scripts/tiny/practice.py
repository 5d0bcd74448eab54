"""What is practised after joint training: what was learned least then, more often than before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random

from .corpus import memory
from .corpus.chat import small_talk
from .corpus.facts import fact
from .corpus.mixture import WEIGHTS, conversation
from .corpus.people import people
from .corpus.tools import tool_conversation
from .corpus.turns import Asked, Conversation, Infill, Message
from .corpus.vision import vision_conversation
from .pictures import Scene
from .samples import Part

_MORE = {
    "vision": 84, "tools": 26, "memory": 12, "code": 9, "copying": 8, "styled": 6, "talk": 16,
    "numbers": 8,
}  # fmt: skip
"""Kinds of the corpus that take a larger part; the others take the same."""
_NOT_TOLD = 3
_PEOPLE = 5


def practice_parts() -> list[Part]:
    """The mixture of what is practised."""
    makers = {kind: partial(_of_corpus, kind) for kind in WEIGHTS}
    makers |= {"vision": _vision, "tools": _tools}
    weights = WEIGHTS | _MORE
    known = [Part(kind, make, weights[kind]) for kind, make in makers.items()]
    return [*known, Part("not told", not_told, _NOT_TOLD), Part("people", _people, _PEOPLE)]


def _of_corpus(kind: str, r: Random, scenes: Sequence[Scene]) -> Conversation | Infill:
    return conversation(r, kind, scenes)


def _vision(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """A conversation about pictures, in more ways to ask."""
    numbers = r.sample(range(len(scenes)), 3)
    return vision_conversation(r, [scenes[n] for n in numbers], numbers, "practice")


def _tools(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """Tools of more names, and more often what none of them can do."""
    return tool_conversation(r, "practice")


def not_told(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """The user asks for what he never told, at once or after something else."""
    before = [fact(r) for _ in range(r.choice([0, 0, 0, 1, 2]))]
    matters = [memory.matter(r) for _ in range(r.choice([1, 1, 2]))]
    return _talk("not told", [*before, *(memory.ask(r, matter, None) for matter in matters)])


def _people(r: Random, scenes: Sequence[Scene]) -> Conversation:
    """Some people, and a question about one of them; then others."""
    asked = [people(r) for _ in range(r.choice([1, 1, 2, 3]))]
    return _talk("people", asked + [small_talk(r)] * (r.random() < 0.1))


def _talk(kind: str, all_asked: Sequence[Asked]) -> Conversation:
    messages: list[Message] = []
    for asked in all_asked:
        messages.append(Message("user", asked.question))
        messages.append(Message("assistant", asked.answer))
    return Conversation(kind, tuple(messages))
