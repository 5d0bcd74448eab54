"""Questions about two or three pictures at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from ..pictures import SHAPES, Scene

from . import vision_places as where
from .phrases import Phrasing, Split, one
from .turns import Asked
from .vision_questions import View, described, shown, text_kind, values
from .words import NUMBER_WORDS, a, first_upper

ORDINALS = ("first", "second", "third")

SeveralQuestion = Callable[[Random, Sequence[Scene], Sequence[int], Split], Asked | None]
"""Makes a question about scenes and the numbers of their pictures; None: no clear answer."""


def _parts(scene: Scene) -> list[str]:
    """What a picture shows, part by part: "a red circle", "a circle", "a white background"."""
    parts = [f"{a(scene.background)} background"]
    if scene.text:
        parts += [f"the {text_kind(scene)} {scene.text}"] * 3
    for shape in scene.shapes:
        parts += [shown(shape), a(shape.shape), f"{a(shape.color)} shape"]
    return parts


def _which_shows(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], split: Split
) -> Asked | None:
    part = r.choice(_parts(r.choice(scenes))) if r.random() < 0.85 else a(r.choice(SHAPES))
    showing = [at for at, scene in enumerate(scenes) if part in _parts(scene)]
    question = where.WHICH_SHOWS.pick(r, split, x=part, X=first_upper(part))
    if question.startswith("One ") and len(showing) != 1:
        return None
    if not showing:
        answer = f"No picture shows {part}."
        return Asked("which_shows", question, answer, "None", {"picture": None})
    if len(showing) == 1:
        [at] = showing
        answer = f"The {ORDINALS[at]} picture shows {part}."
        short = f"The {ORDINALS[at]} picture"
        return Asked("which_shows", question, answer, short, {"picture": at + 1})
    if len(showing) < len(scenes):
        return None
    all_of_them = "Both pictures" if len(scenes) == 2 else "All pictures"
    answer = f"{all_of_them} show {part}."
    return Asked("which_shows", question, answer, all_of_them, {"picture": "all"})


def _describe_all(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], split: Split
) -> Asked:
    mentions = "the pictures|these pictures|the images|these images|my pictures"
    mentions += "|both pictures|both images" if len(scenes) == 2 else "|all pictures|all images"
    question = where.DESCRIBE_ALL.pick(r, split, ps=one(r, mentions))
    sentences = [described(View(scene, name)) for scene, name in zip(scenes, ORDINALS)]
    given = {"pictures": [values(scene) for scene in scenes]}
    return Asked("describe_all", question, " ".join(sentences), "", given)


def _same(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], split: Split
) -> Asked | None:
    is_same = numbers[0] == numbers[1]
    if len(scenes) != 2 or not is_same and _parts(scenes[0]) == _parts(scenes[1]):
        return None
    long = "both pictures are the same." if is_same else "the pictures are different."
    return _yes_or_no(r, "same", where.SAME, split, is_same, long)


def _same_background(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], split: Split
) -> Asked | None:
    if len(scenes) != 2:
        return None
    first, second = (scene.background for scene in scenes)
    long = f"the first background is {first} and the second background is {second}."
    if first == second:
        long = f"both backgrounds are {first}."
    return _yes_or_no(r, "same_background", where.SAME_BACKGROUND, split, first == second, long)


def _yes_or_no(
    r: Random, skill: str, ways: Phrasing, split: Split, is_same: bool, long: str
) -> Asked:
    short = "Yes" if is_same else "No"
    return Asked(skill, ways.pick(r, split), f"{short}, {long}", short, {"same": is_same})


def _picture_count(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], split: Split
) -> Asked:
    word = NUMBER_WORDS[len(scenes)]
    question, answer = where.PICTURE_COUNT.pick(r, split), f"There are {word} pictures."
    return Asked("picture_count", question, answer, first_upper(word), {"count": len(scenes)})


def _more_shapes(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], split: Split
) -> Asked | None:
    if len(scenes) != 2 or any(scene.text for scene in scenes):
        return None
    question = where.MORE_SHAPES.pick(r, split)
    first, second = (len(scene.shapes) for scene in scenes)
    if first == second:
        answer = "Both pictures show the same number of shapes."
        return Asked("more_shapes", question, answer, "Both", {"picture": "all"})
    at = 0 if first > second else 1
    answer, short = f"The {ORDINALS[at]} picture shows more shapes.", f"The {ORDINALS[at]} picture"
    return Asked("more_shapes", question, answer, short, {"picture": at + 1})


SEVERAL: dict[str, tuple[SeveralQuestion, int]] = {
    "which_shows": (_which_shows, 30),
    "describe_all": (_describe_all, 14),
    "same": (_same, 12),
    "same_background": (_same_background, 7),
    "picture_count": (_picture_count, 6),
    "more_shapes": (_more_shapes, 7),
}
"""Kinds of questions about several pictures, and how often each is tried."""


def several_question(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], kind: str, split: Split = "train"
) -> Asked | None:
    """A question of a kind about two or three pictures; None: they have no clear answer to one."""
    return SEVERAL[kind][0](r, scenes, numbers, split)
