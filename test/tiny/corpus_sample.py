"""Some of everything that is made from a seed; as a program, a digest of it: one line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from random import Random

from tiny.corpus.pairs import pairs
from tiny.corpus.turns import Conversation, Infill
from tiny.drill import coda_parts, drill_parts, encore_parts
from tiny.pictures import Scene, draw, scene_kind
from tiny.samples import mixture


def some_scenes(seed: int, count: int) -> list[Scene]:
    """What trained pictures may show."""
    r = Random(seed)
    return [draw(r, scene_kind(r))[1] for _ in range(count)]


def conversations(seed: int, count: int) -> Iterator[Conversation | Infill]:
    """`count` conversations of each kind, as they are trained first and last."""
    scenes = some_scenes(seed, 40)
    parts = [*mixture(), *drill_parts(), *encore_parts(), *coda_parts()]
    for i, part in enumerate(parts):
        r = Random(f"{seed}/{i}/{part.kind}")
        for _ in range(count):
            yield part.generate(r, scenes)


def digest() -> str:
    """Of the conversations and the pairs of a seed."""
    made = [*conversations(1, 60), pairs(Random(1), 200), pairs(Random(1), 200, "phrasing")]
    return hashlib.sha256(repr(made).encode()).hexdigest()


if __name__ == "__main__":
    print(digest())
