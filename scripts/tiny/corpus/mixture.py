"""What the model learns from: kinds of conversations, and how many there are of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from ..pictures import Scene
from . import memory, sums
from .chat import identity, small_talk
from .code import fill_in, write_code
from .copying import EXACT, repeat, spell
from .editing import change_case, count_words, list_of
from .editing import replace as replace_word
from .extraction import extract
from .facts import CAPITALS, fact
from .noise import noisy
from .number_questions import number_question
from .people import people, people_told
from .phrases import one
from .styles import (
    JSON,
    NEUTRAL,
    NONE,
    PIRATE,
    SHORT,
    STYLES,
    UPPER,
    Style,
    assistant_named,
    system_prompt,
)
from .system_facts import told_by_system
from .thoughts import with_thought
from .tools import tool_conversation
from .turns import Asked, Conversation, Infill, Message
from .unknown import unknown
from .usage import usage
from .verses import poem, rhyme, sentence_with, story
from .vision import vision_conversation
from .wishes import with_wish
from .words import name

Ask = Callable[[Random], Asked]

_ANYTHING: tuple[tuple[Ask, float], ...] = (
    (fact, 30), (sums.arithmetic, 13), (number_question, 8), (small_talk, 12), (usage, 8),
    (unknown, 11), (repeat, 5), (extract, 3), (list_of, 2), (change_case, 1), (replace_word, 1),
    (count_words, 1), (spell, 1), (poem, 1), (story, 1), (rhyme, 1), (sentence_with, 1),
    (write_code, 1),
)  # fmt: skip
_COPYING: tuple[tuple[Ask, float], ...] = (
    (repeat, 40), (extract, 28), (list_of, 8), (change_case, 8), (replace_word, 6), (spell, 5),
    (count_words, 3), (sentence_with, 2),
)  # fmt: skip
_THOUGHT_OF: tuple[tuple[Ask, float], ...] = (
    (fact, 34), (sums.arithmetic, 26), (number_question, 14), (small_talk, 8), (usage, 6),
    (unknown, 12),
)  # fmt: skip

_WISHED = 0.15
"""Part of the plain questions that come with a wish for a manner."""
_THINKS_NOTHING = 0.05
"""Part of all conversations whose last answer comes with thinking enabled, but no thought."""


@dataclass
class _Talk:
    """A conversation as it grows."""

    r: Random
    style: Style = NONE
    messages: list[Message] = field(default_factory=list)

    def begin(self, prompt: str) -> None:
        """Begins with a system prompt, if there is one."""
        if prompt:
            self.messages.append(Message("system", prompt))

    def say(self, asked: Asked, answer: str | None = None) -> None:
        """A question as somebody types it, and the answer in this conversation's style."""
        is_exact = asked.skill in (*EXACT, "memory")
        question = asked.question if is_exact else noisy(self.r, asked.question)
        self.messages.append(Message("user", question))
        self.messages.append(Message("assistant", answer or self.style.apply(asked)))

    def wish(self, asked: Asked) -> None:
        """A question with a wish for a manner."""
        question, answer = with_wish(self.r, asked)
        self.say(replace(asked, question=question), answer)

    def ask(self, weighted: Sequence[tuple[Ask, float]]) -> None:
        """One of several kinds of questions."""
        asked = _any(self.r, weighted)
        is_plain = self.style in (NONE, NEUTRAL)
        self.wish(asked) if is_plain and self.r.random() < _WISHED else self.say(asked)

    def done(self, kind: str) -> Conversation:
        return Conversation(kind, tuple(self.messages))


def _any(r: Random, weighted: Sequence[tuple[Ask, float]]) -> Asked:
    return r.choices([ask for ask, _ in weighted], [weight for _, weight in weighted])[0](r)


def _begun(r: Random, styles: Sequence[tuple[Style, float]]) -> _Talk:
    style = r.choices([style for style, _ in styles], [weight for _, weight in styles])[0]
    talk = _Talk(r, style)
    talk.begin(system_prompt(r, style))
    return talk


_MOSTLY_PLAIN = ((NONE, 62.0), (NEUTRAL, 22.0), *((style, 3.2) for style in STYLES[2:]))
_PLAIN = ((NONE, 70.0), (NEUTRAL, 30.0))
_STYLED = ((NEUTRAL, 14.0), (SHORT, 18.0), (JSON, 20.0), *((style, 16.0) for style in STYLES[2:5]))


def _talk(r: Random) -> Conversation:
    """A bit of everything."""
    talk = _begun(r, _MOSTLY_PLAIN)
    for _ in range(r.choices([1, 2, 3, 4, 6], [36, 26, 18, 12, 8])[0]):
        if r.random() < 0.05 and talk.style in (NONE, NEUTRAL):
            _follow_up(talk)
        else:
            talk.ask(_ANYTHING)
    return talk.done("talk")


_FOLLOW_UP = (
    "And [of|for|in] {c}?|And {c}?|[What|How] about {c}?|And the capital of {c}?|{c}?|and {c}"
)


def _follow_up(talk: _Talk) -> None:
    """The capital of one country, and then "And of Spain?"."""
    first, second = talk.r.sample(list(CAPITALS), 2)
    talk.say(Asked("fact", f"What is the capital of {first}?", _capital(first)))
    talk.say(Asked("fact", one(talk.r, _FOLLOW_UP).replace("{c}", second), _capital(second)))


def _capital(country: str) -> str:
    return f"The capital of {country} is {CAPITALS[country]}."


def _questions(
    kind: str,
    styles: Sequence[tuple[Style, float]],
    counts: tuple[int, int],
    asked: Sequence[tuple[Ask, float]],
) -> Callable[[Random], Conversation]:
    """Conversations of a kind with so many questions, at least and at most, one after another."""

    def make(r: Random) -> Conversation:
        talk = _begun(r, styles)
        for _ in range(r.randint(*counts)):
            talk.ask(asked)
        return talk.done(kind)

    return make


_facts = _questions(
    "facts", _PLAIN, (2, 7), ((fact, 58), (sums.arithmetic, 18), (unknown, 14), (usage, 10))
)
_numbers = _questions("numbers", _PLAIN, (3, 8), ((sums.arithmetic, 62), (number_question, 38)))
_copying = _questions("copying", _PLAIN, (1, 5), _COPYING)
_chatting = _questions(
    "chatting", _MOSTLY_PLAIN, (1, 5), ((small_talk, 42), (usage, 34), (unknown, 24))
)


def _styled(r: Random) -> Conversation:
    """A system prompt that asks for a manner, or gives a name or a fact."""
    kind = r.random()
    if kind < 0.16:
        own = name(r)
        prompt, style = assistant_named(r, own)
        talk = _Talk(r, style)
        talk.begin(prompt)
        talk.say(identity(r))
    elif kind < 0.32:
        talk = _Talk(r)
        prompt, asked = told_by_system(r)
        talk.begin(prompt)
        if r.random() < 0.4:
            talk.ask(_ANYTHING)
        talk.say(asked)
    else:
        talk = _begun(r, _STYLED)
    kinds = ((fact, 60.0), (sums.arithmetic, 18.0), (small_talk, 14.0), (unknown, 8.0))
    for _ in range(r.randint(1, 5)):
        talk.ask(kinds)
    return talk.done("styled")


_WISHED_OF: tuple[tuple[Ask, float], ...] = (
    (fact, 56), (sums.arithmetic, 22), (extract, 12), (small_talk, 10),
)  # fmt: skip


def _wishing(r: Random) -> Conversation:
    talk = _begun(r, _PLAIN)
    for _ in range(r.randint(1, 5)):
        asked = _any(r, _WISHED_OF)
        talk.wish(asked) if r.random() < 0.8 else talk.say(asked)
    return talk.done("wishing")


def _memory(r: Random) -> Conversation:
    """Something told, other turns, and what was told asked for."""
    styles = ((NONE, 64.0), (NEUTRAL, 24.0), (UPPER, 5.0), (PIRATE, 5.0), (SHORT, 2.0))
    talk = _begun(r, styles)
    kind = r.random()
    if kind < 0.12:
        talk.say(people(r))
    elif kind < 0.24:
        told, asked = people_told(r)
        talk.say(told)
        _others(talk)
        talk.say(asked)
    else:
        _matters(talk)
    return talk.done("memory")


def _matters(talk: _Talk) -> None:
    r = talk.r
    matters = {memory.matter(r).key: None for _ in range(r.choices([1, 2, 3], [58, 30, 12])[0])}
    told = [(m, memory.value(r, m)) for m in memory.MATTERS if m.key in matters]
    r.shuffle(told)
    if len(told) > 1 and r.random() < 0.3:
        talk.say(memory.tell_all(r, told))
    elif r.random() < 0.12:
        talk.say(memory.both(r, *told[0]))
        told = told[:1]
    else:
        for matter, value in told:
            _others(talk, 0.25)
            talk.say(memory.tell(r, matter, value))
    if r.random() < 0.14:
        matter, old = told[0]
        new = memory.value(r, matter)
        talk.say(memory.correct(r, matter, old, new))
        told[0] = (matter, new)
    _others(talk)
    for matter, value in r.sample(told, r.randint(1, len(told))):
        asked = memory.ask(r, matter, value)
        talk.wish(asked) if talk.style in (NONE, NEUTRAL) and r.random() < 0.1 else talk.say(asked)
    if r.random() < 0.25:
        matter = memory.matter(r)
        if matter not in [known for known, _ in told]:
            talk.say(memory.ask(r, matter, None))


def _others(talk: _Talk, chance: float = 0.55) -> None:
    """Some turns that have nothing to do with what was told."""
    while talk.r.random() < chance:
        talk.ask(_ANYTHING)
        chance *= 0.75


def _thinking(r: Random) -> Conversation:
    """A question with thinking enabled. Earlier turns are shown without their thoughts."""
    talk = _begun(r, _PLAIN)
    for _ in range(r.choices([0, 1, 2], [70, 20, 10])[0]):
        talk.ask(_THOUGHT_OF)
    asked = _any(r, _THOUGHT_OF)
    talk.say(asked)
    talk.messages[-1] = replace(talk.messages[-1], thought=with_thought(r, asked))
    return talk.done("thinking")


def _infill(r: Random) -> Infill:
    return Infill("code", *fill_in(r))


def _long(r: Random) -> Conversation:
    """Many turns, so that positions far from the beginning are trained as well."""
    talk = _begun(r, _PLAIN)
    matter = memory.matter(r)
    value = memory.value(r, matter)
    talk.say(memory.tell(r, matter, value))
    for _ in range(r.randint(8, 20)):
        talk.ask(_ANYTHING)
    talk.say(memory.ask(r, matter, value))
    return talk.done("long")


_TEXT: dict[str, tuple[Callable[[Random], Conversation | Infill], float]] = {
    "talk": (_talk, 18),
    "facts": (_facts, 13),
    "numbers": (_numbers, 6),
    "chatting": (_chatting, 8),
    "copying": (_copying, 6),
    "styled": (_styled, 7),
    "wishing": (_wishing, 5),
    "memory": (_memory, 11),
    "thinking": (_thinking, 5),
    "code": (_infill, 5),
    "long": (_long, 0.6),
    "tools": (tool_conversation, 14),
}
WEIGHTS: dict[str, float] = {kind: weight for kind, (_, weight) in _TEXT.items()} | {"vision": 26}
"""Kinds of conversations, and how many there are of each, in any unit."""


def conversation(r: Random, kind: str, scenes: Sequence[Scene]) -> Conversation | Infill:
    """A conversation of a kind; one of "vision" is about some of the scenes, by their numbers."""
    if kind != "vision":
        made = _TEXT[kind][0](r)
    else:
        numbers = r.sample(range(len(scenes)), 3)
        made = vision_conversation(r, [scenes[n] for n in numbers], numbers)
    return _without_a_thought(made) if r.random() < _THINKS_NOTHING else made


def _without_a_thought(made: Conversation | Infill) -> Conversation | Infill:
    """With thinking enabled, and nothing that is worth a thought before the last answer."""
    if isinstance(made, Infill) or made.messages[-1].thought is not None:
        return made
    *before, last = made.messages
    return replace(made, messages=(*before, replace(last, thought="")))
