"""Phrases with choices in them, so that a few lines say something in hundreds of ways.

`[a|b|]` is one of its parts, an empty one included; parts may hold further choices. `{name}` is a
slot. "[What is|What's|Tell me] the capital[ city|] of {country}[?|]" makes twelve phrases.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal

Split = Literal["train", "practice", "drill", "phrasing", "combo"]
"""Which cases: those that are trained at first, later, and at last; phrases that never are; values
that never are."""
TRAINED = ("train", "practice", "drill")


@dataclass(frozen=True)
class Phrasing:
    """Ways to say one thing: those to train with, and those that only the evaluation uses."""

    train: tuple[str, ...]
    held: tuple[str, ...]
    more: tuple[str, ...] = ()
    """Those that training comes to later, when it practises."""
    last: tuple[str, ...] = ()
    """Those that it comes to at last, when it drills."""

    def pick(self, r: Random, split: Split, **slots: object) -> str:
        """One of the ways at random, with its slots filled."""
        if split in ("practice", "drill"):
            later = self.more if split == "practice" else self.more + self.last
            return say(r, r.choice(self.train + later), **slots)
        return say(r, r.choice(self.held if split == "phrasing" else self.train), **slots)


def phrasing(train: str, held: str, more: str = "", last: str = "") -> Phrasing:
    """A phrasing from texts with one template a line."""
    return Phrasing(lines(train), lines(held), lines(more), lines(last))


def lines(text: str) -> tuple[str, ...]:
    """The lines of a text that are not empty, without the spaces around them."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def say(r: Random, template: str, **slots: object) -> str:
    """One of the phrases that a template makes, with its slots filled."""
    text = _choose(r, _parsed(template))
    for name, value in slots.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def count(template: str) -> int:
    """How many phrases a template makes, the same ones counted anew."""
    return _count(_parsed(template))


def one(r: Random, texts: str) -> str:
    """One of the parts of `a|b|c`, which may hold choices."""
    return say(r, f"[{texts}]")


# A parsed template is a list of texts and choices; a choice is a tuple of parsed templates.


@lru_cache(maxsize=None)
def _parsed(template: str) -> tuple:
    parts, end = _sequence(template, 0, closing="")
    if end != len(template):
        raise ValueError(f"a ] too many in {template!r}")
    return parts


def _sequence(text: str, at: int, closing: str) -> tuple[tuple, int]:
    parts: list = []
    plain = ""
    while at < len(text) and text[at] not in closing:
        if text[at] == "[":
            parts.append(plain)
            plain = ""
            choice, at = _choice(text, at + 1)
            parts.append(choice)
        elif text[at] == "]" and not closing:
            break
        else:
            plain += text[at]
            at += 1
    parts.append(plain)
    return tuple(parts), at


def _choice(text: str, at: int) -> tuple[tuple, int]:
    options = []
    while True:
        option, at = _sequence(text, at, closing="|]")
        options.append(option)
        if at >= len(text):
            raise ValueError(f"a ] is missing in {text!r}")
        at += 1
        if text[at - 1] == "]":
            return tuple(options), at


def _choose(r: Random, parts: tuple) -> str:
    return "".join(part if isinstance(part, str) else _choose(r, r.choice(part)) for part in parts)


def _count(parts: tuple) -> int:
    product = 1
    for part in parts:
        if not isinstance(part, str):
            product *= sum(_count(option) for option in part)
    return product
