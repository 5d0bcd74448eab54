"""Sentences that mean the same, for embeddings."""

from __future__ import annotations

from collections import defaultdict
from random import Random

from .chat import small_talk
from .facts import fact
from .memory import ask, tell, MATTERS, value
from .phrases import Split
from .sums import arithmetic
from .turns import Asked
from .usage import usage

Pair = tuple[str, str, str]
"""Two sentences, and what both mean: pairs with the same meaning are no opposites."""

_PART_WITH_ANSWERS = 0.15
"""Of all pairs, those of a question and its answer: so that answers are found by questions."""


def pairs(r: Random, count: int, split: Split = "train") -> list[Pair]:
    """`count` pairs; of a split, the second sentence is one of its phrases, the first trained."""
    said: dict[str, list[str]] = defaultdict(list)
    found: list[Pair] = []
    while len(found) < count:
        asked = _something(r, "train")
        if r.random() < _PART_WITH_ANSWERS and split == "train":
            found.append((asked.question, asked.answer, asked.answer))
            continue
        if split != "train":
            said[asked.answer].append(asked.question)
            asked = _something(r, split)
        others = [text for text in said[asked.answer] if text != asked.question]
        if others:
            found.append((r.choice(others), asked.question, asked.answer))
        if split == "train":
            said[asked.answer].append(asked.question)
    return found


def _something(r: Random, split: Split) -> Asked:
    kind = r.random()
    if kind < 0.45:
        return fact(r, split)
    if kind < 0.58:
        return arithmetic(r, split)
    if kind < 0.68:
        return small_talk(r, split)
    if kind < 0.8:
        return usage(r, split)
    matter = r.choice(MATTERS)
    if kind < 0.9:
        return tell(r, matter, value(r, matter, "train"), split)
    return ask(r, matter, None, split)
