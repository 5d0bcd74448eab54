"""Conversations about pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from ..pictures import Scene

from . import vision_places as where
from .chat import small_talk
from .facts import fact
from .noise import noisy
from .phrases import Split, lines, one, say
from .render import PICTURE
from .turns import Asked, Conversation, Message
from .vision_questions import WHAT, View, described, values
from .vision_relations import WHERE
from .vision_several import ORDINALS, SEVERAL, several_question

KINDS = [*WHAT, *WHERE, "no_picture"]
"""Every kind of question about one picture."""
NO_PICTURE = "I do not see an image. Please attach one."

_ONE_PICTURE = WHAT | WHERE
_WEIGHTS = [weight for _, weight in _ONE_PICTURE.values()]
_TURN_WEIGHTS = [32, 24, 17, 12, 8, 7]
"""How often a conversation has 1, 2, ... 6 questions."""

NEUTRAL = lines(
    """
    You are a helpful [|AI ]assistant.
    You are a [friendly|kind|polite|helpful] assistant.
    You are an assistant that [looks at|describes|sees|understands] [pictures|images].
    You are a [vision|helpful vision] [assistant|model].
    You help [people|the user] with [pictures|images|photos].
    Answer [the questions|questions] [of the user|about pictures|about the image].
    Be [helpful|honest|kind|precise].
    Look at the [picture|image] and answer.
    You are a helpful assistant that can see [images|pictures].
    """
)
SHORT = lines(
    """
    [Answer|Reply|Respond] [in|with] one word.
    [Be brief|Answer briefly|Give short answers|Keep your answers short].
    Use as few words as possible.
    Only give the answer.
    You are a helpful assistant. [Answer briefly|Be brief|Give short answers].
    """
)
CAPITALS = lines(
    """
    [Always |][answer|write|reply] in [capital letters|uppercase].
    Use only capital letters.
    You are a helpful assistant. Answer in capital letters.
    """
)


def vision_question(
    r: Random, scene: Scene, kind: str, split: Split = "train", ordinal: str = ""
) -> Asked | None:
    """A question of a kind in KINDS; None: no clear answer this time (r may bring another).

    `ordinal`: "first", "second" or "third" if it is to name one of several pictures.
    """
    if kind != "no_picture":
        return _ONE_PICTURE[kind][0](r, View(scene, ordinal), split)
    question = _any_question(r, View(scene), split).question
    return Asked("no_picture", question, NO_PICTURE, "No image", {"answer": "No image"})


def vision_conversation(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], split: Split = "train"
) -> Conversation:
    """A conversation about the first of the scenes; of three, 15 % speak of two or three.

    `numbers` are those of the scenes' pictures.
    """
    talk = _Talk(r, split)
    chance = r.random()
    if chance < 0.15 and len(scenes) > 1:
        _about_several(talk, scenes, numbers)
    elif chance < 0.2:
        talk.add(vision_question(r, scenes[0], "no_picture", split))
        if r.random() < 0.6:
            _about_one(talk, scenes[0], numbers[0], _turn_count(r))
    else:
        if r.random() < 0.08:
            talk.chat()
        _about_one(talk, scenes[0], numbers[0], _turn_count(r))
    return Conversation("vision", tuple(talk.messages))


_DRILLED = {
    "color_of": 6, "shape_of_color": 7, "color_it": 3, "shape_it": 5, "is_there": 5, "count_of": 5,
    "describe": 2, "json": 1, "background": 1, "count": 1, "position": 3, "is_left": 4,
    "seen_from": 3, "beside": 4, "biggest": 3, "outermost": 1, "read": 2, "read_it": 2, "says": 5,
    "ink": 1,
}  # fmt: skip
"""Kinds of questions about one picture that are drilled, and how often each is tried."""


def asked_alone(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], kinds: Sequence[str]
) -> Conversation:
    """Up to six questions of a few kinds about one picture, or about several; none: no messages,
    or none with pictures, if no question has a clear answer."""
    talk = _Talk(r, "drill")
    pictures = list(numbers)
    for kind in r.choices(kinds, k=36):
        if len(talk.messages) < 12:
            if kind in SEVERAL:
                asked = several_question(r, scenes, numbers, kind, talk.split)
            else:
                asked = vision_question(r, scenes[0], kind, talk.split)
            pictures = [] if talk.add(asked, pictures) else pictures
    return Conversation("vision", tuple(talk.messages))


def drilled_vision(r: Random, scene: Scene, number: int) -> Conversation:
    """Four to eight questions about one picture, most of them about one thing among several.

    So many because a picture costs as much to learn from as the answers to five of them.
    """
    talk = _Talk(r, "drill")
    talk.add(_any_question(r, View(scene), talk.split), [number])
    wanted = len(talk.messages) + 2 * r.randint(3, 7)
    for kind in r.choices(list(_DRILLED), list(_DRILLED.values()), k=6 * wanted):
        if len(talk.messages) < wanted:
            talk.add(vision_question(r, scene, kind, talk.split))
    return Conversation("vision", tuple(talk.messages))


def drilled_several(r: Random, scenes: Sequence[Scene], numbers: Sequence[int]) -> Conversation:
    """Three to six questions about two or three pictures."""
    talk = _Talk(r, "drill")
    pictures = list(numbers)
    for _ in range(r.randint(3, 6)):
        while not talk.add(_any_of_several(r, scenes, numbers, talk.split), pictures):
            pass
        pictures = []
    return Conversation("vision", tuple(talk.messages))


_SHOWING = (
    "Here:|Here you are:|Look:|Look at this:|Look at this|See here:|Hi!|Hello,|Please look:|"
    "A question:|I have a question about this:|This is it:|Attached:|Now this:|And now:"
)
"""What is said before pictures that a question follows."""


@dataclass
class _Talk:
    """A conversation as it grows."""

    r: Random
    split: Split
    messages: list[Message] = field(default_factory=list)
    style: str = ""
    """What the system prompt wants of answers: "short", "capitals" or nothing."""
    last: Asked | None = None

    def __post_init__(self) -> None:
        if self.r.random() < 0.15:
            prompts, self.style = self.r.choices(
                [(NEUTRAL, ""), (SHORT, "short"), (CAPITALS, "capitals")], [6, 3, 1]
            )[0]
            text = say(self.r, self.r.choice(prompts))
            self.messages.append(Message("system", text[0].upper() + text[1:]))

    def add(self, asked: Asked | None, pictures: Sequence[int] = ()) -> bool:
        """Takes a question and its answer, unless there is none or it was just asked."""
        if asked is None or self.last and _is_alike(asked, self.last):
            return False
        is_typed = self.split == "drill"
        question = self._typed(asked.question, len(pictures)) if is_typed else asked.question
        self.messages.append(Message("user", question, tuple(pictures)))
        self.messages.append(Message("assistant", self._styled(asked)))
        self.last = asked
        return True

    def chat(self) -> None:
        """A turn that has nothing to do with pictures."""
        self.add(self.r.choice([fact, small_talk])(self.r))

    def _typed(self, question: str, n_pictures: int) -> str:
        """The question as somebody types it, before its pictures or after them."""
        question, shown = noisy(self.r, question), PICTURE * n_pictures
        if not shown or self.r.random() < 0.6:
            return question
        begin = one(self.r, _SHOWING) if self.r.random() < 0.25 else ""
        return f"{begin}{shown}{question}" if begin else f"{question}{shown}"

    def _styled(self, asked: Asked) -> str:
        is_json = asked.answer.startswith("{")
        if self.style == "short":
            return asked.short or asked.answer
        return asked.answer.upper() if self.style == "capitals" and not is_json else asked.answer


def _is_alike(asked: Asked, other: Asked) -> bool:
    return asked.skill == other.skill and asked.answer == other.answer


def _turn_count(r: Random) -> int:
    return r.choices(range(1, 7), _TURN_WEIGHTS)[0]


def _about_one(talk: _Talk, scene: Scene, number: int, turns: int) -> None:
    """Questions about one picture, which comes with the first of them."""
    r = talk.r
    while not talk.add(_any_question(r, View(scene), talk.split), [number]):
        pass
    for _ in range(turns - 1):
        if r.random() < 0.1:
            talk.chat()
        elif r.random() < 0.5 and talk.add(_following(r, scene, talk.last, talk.split)):
            pass
        else:
            talk.add(_any_question(r, View(scene), talk.split))


def _about_several(talk: _Talk, scenes: Sequence[Scene], numbers: Sequence[int]) -> None:
    """Questions about two or three pictures: all in one message, or one in a later message."""
    r = talk.r
    count = min(len(scenes), r.choice([2, 2, 2, 3]))
    scenes, numbers = scenes[:count], numbers[:count]
    if count == 2 and r.random() < 0.15:
        scenes, numbers = [scenes[0]] * 2, [numbers[0]] * 2
    pictures = list(numbers)
    if count == 2 and r.random() < 0.45:
        _about_one(talk, scenes[0], numbers[0], r.choice([1, 1, 2]))
        while not talk.add(_about_next(r, scenes, numbers, talk.split), numbers[1:]):
            pass
        pictures = []
    for _ in range(r.choice([1, 1, 2, 2, 3, 4])):
        while not talk.add(_any_of_several(r, scenes, numbers, talk.split), pictures):
            pass
        pictures = []


def _any_question(r: Random, view: View, split: Split) -> Asked:
    """A question of any kind that the picture can answer."""
    while True:
        [(ask, _)] = r.choices(list(_ONE_PICTURE.values()), _WEIGHTS)
        if asked := ask(r, view, split):
            return asked


def _any_of_several(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], split: Split
) -> Asked:
    """A question about one of several pictures, or about all of them."""
    at = r.randrange(len(scenes))
    if r.random() < 0.2:
        return _nth_described(r, scenes[at], ORDINALS[at], split)
    if r.random() < 0.4:
        return _any_question(r, View(scenes[at], ORDINALS[at]), split)
    weights = [weight for _, weight in SEVERAL.values()]
    while True:
        [kind] = r.choices(list(SEVERAL), weights)
        if asked := several_question(r, scenes, numbers, kind, split):
            return asked


def _nth_described(r: Random, scene: Scene, ordinal: str, split: Split) -> Asked:
    asked = vision_question(r, scene, "describe", split, ordinal)
    assert asked is not None
    return asked


def _about_next(
    r: Random, scenes: Sequence[Scene], numbers: Sequence[int], split: Split
) -> Asked:
    """A question that comes with the second picture."""
    chance = r.random()
    if chance < 0.5:
        question = where.NEXT_PICTURE.pick(r, split)
        view = View(scenes[1])
        return Asked("describe", question, described(view), "", values(view.scene))
    if chance < 0.7:
        return _any_of_several(r, scenes, numbers, split)
    return _any_question(r, View(scenes[1]), split)


def _following(r: Random, scene: Scene, last: Asked | None, split: Split) -> Asked | None:
    """ "And the square?" after the colour of something else."""
    if last is None or last.skill not in ("color_of", "background", "following_color"):
        return None
    forms = [shape.shape for shape in scene.shapes]
    colors = {s.shape: s.color for s in scene.shapes if forms.count(s.shape) == 1}
    colors["background"] = scene.background
    things = [thing for thing in colors if thing not in last.answer]
    if not things:
        return None
    thing = r.choice(things)
    question = where.FOLLOWING_COLOR.pick(r, split, s=thing)
    answer, short = f"The {thing} is {colors[thing]}.", colors[thing].capitalize()
    return Asked("following_color", question, answer, short, {thing: colors[thing]})
