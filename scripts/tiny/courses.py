"""The courses of the training: what is learned from, how fast, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .drill import coda_parts, drill_parts, encore_parts, lookup_parts, rehearsal_parts
from .samples import Part
from .trainer import Schedule


class Course(NamedTuple):
    """How both nets are trained together."""

    samples: str
    """The stage that made what they learn from."""
    pictures: str
    """The stage that made the pictures in it."""
    schedule: Schedule
    vision_speed: float


JOINT = Course("samples", "pictures", Schedule(), 0.15)
PRACTICE = Course("exercises", "pictures", Schedule(peak=0.5, constant=0.0), 0.3)


class Late(NamedTuple):
    """One of the courses after the practice."""

    name: str
    """Of its stage, and in Settings.drilled."""
    parts: Callable[[], list[Part]]
    """What its conversations are."""
    number: int
    """Of its conversations' seed: what is like in two courses must not be the same again."""
    course: Course
    every_piece: bool = False
    """New words are made of every piece of the tokenizer, not of short ones alone."""


NEW = "new pictures"
LATE = (
    Late("looking up", lookup_parts, 3, Course("lookups", NEW, Schedule(0.5), 0.0)),
    Late("drill", drill_parts, 2, Course("drills", NEW, Schedule(0.3, 0.0), 0.2)),
    Late("rehearsal", rehearsal_parts, 4, Course("rehearsals", NEW, Schedule(0.15, 0.0), 0.1)),
    Late("encore", encore_parts, 5, Course("encores", NEW, Schedule(0.3, 0.0), 0.1), True),
    Late("coda", coda_parts, 6, Course("codas", NEW, Schedule(0.2, 0.0), 0.1), True),
)
MEAN = {"encore": 0.25, "coda": 0.75}
"""What the model is: the mean of the weights after these courses, each with its part.

Both lie in one valley, and the mean between them does better than either: measured with cases of
a seed of their own, 0.75 and 0.6 of the coda were alike, and 1 was worse.
"""
