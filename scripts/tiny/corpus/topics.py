"""Topics: what people say or ask in many ways, and the one answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .phrases import Phrasing, Split, phrasing
from .turns import Asked

NAME = "Tiny"


@dataclass(frozen=True)
class Topic:
    """One thing that people say or ask, and what to say to it."""

    said: Phrasing
    answer: str
    short: str

    def ask(self, r: Random, split: Split, name: str = NAME) -> Asked:
        """One of the ways to say it; `name`: what the model is called in the answer."""
        answer, short = (text.replace(NAME, name) for text in (self.answer, self.short))
        return Asked("chat", self.said.pick(r, split), answer, short, {"answer": short})


def topic(train: str, held: str, answer: str, short: str, last: str = "") -> Topic:
    """A topic from what is said, one template a line."""
    return Topic(phrasing(train, held, last=last), answer, short)
