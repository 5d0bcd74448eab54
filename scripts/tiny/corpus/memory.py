"""Remembering what the user told of himself. What he told of others is in people.py."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

from .matter import Matter
from .matters import MATTERS, NAME
from .phrases import TRAINED, Split, one, phrasing
from .turns import Asked
from .words import a, first_upper

__all__ = ["MATTERS", "NAME", "Matter"]

UNKNOWN = "I do not know."
"""The short answer where something was not told."""

# Openings whose clause begins with a small letter, and openings after which a sentence begins.
_SMALL_OPENING = (
    "By the way, |Just so you know, |For your information: |Remember: |Please remember: |Note: |"
    "Also, |Well, |You should know that |I want to tell you that |Let me tell you: |So, |"
    "Please remember that |Keep in mind that |hi, |Hello, |Hi, |Hey, "
)
_BIG_OPENING = "Hi! |Hello! |Hey! |Hello there! |Hi Tiny! |Okay. |One more thing. |Good morning! "

CORRECTION = phrasing(
    """
    No, {c}
    [Sorry|Sorry, no|I am sorry|Pardon][,|:] {c}
    [Actually|Wait|Oh no|Oops|Hm|Ah][,|:] {c}
    [I made a mistake|My mistake|That was a mistake|That was a typo][:|.|,] {c}
    [That is|That's|This is] [wrong|not right|not correct|false][:|.|,] {c}
    [I was wrong|I lied|I mixed it up][:|.|,] {c}
    [Correction|To be correct|Let me correct that|Let me correct myself]: {c}
    No[,|.] not {old}[:|.|,] {c}
    [Not {old}|It is not {old}|I did not mean {old}][:|.|,] {c}
    No, [that is wrong|that is not true|you got that wrong][:|.|,] {c}
    [It changed|It has changed|Now it is different]: {c}
    [I meant to say|I wanted to say|What I mean is][:|,] {c}
    """,
    """
    Forget what I said before, {c}
    I have to correct myself: {c}
    Hmm, {old} is not right, {c}
    """,
)


def matter(r: Random) -> Matter:
    """A matter at random: those that people tell most come most often."""
    return r.choices(MATTERS, [each.weight for each in MATTERS])[0]


def value(r: Random, matter: Matter, split: Split = "train") -> str:
    """Something that the user may tell of the matter."""
    return matter.draw(r, split)


def tell(r: Random, matter: Matter, value: str, split: Split = "train") -> Asked:
    """The user tells it, and the assistant acknowledges it."""
    clause = _clause(r, matter, split)
    sentence = _opening(r, clause) + _mark(r, clause) if split != "phrasing" else clause + "."
    return Asked("memory", _filled(sentence, value), _filled(matter.acknowledge, value))


def tell_all(r: Random, told: list[tuple[Matter, str]], split: Split = "train") -> Asked:
    """The user tells several things in one message."""
    parts = [(_clause(r, matter, split), value) for matter, value in told]
    text = _filled(*parts[0])
    for at, (clause, value) in enumerate(parts[1:], 2):
        joint = r.choice([". ", ". ", "! ", " and ", ", ", ", and "])
        if at < len(parts) and joint != ". ":
            joint = ", "
        text += joint + _joined(joint, clause, value)
    opening = one(r, f"|||{_BIG_OPENING}") if split in TRAINED else ""
    answer = " ".join(_filled(matter.acknowledge, value) for matter, value in told)
    return Asked("memory", f"{opening}{text}.", answer)


def correct(r: Random, matter: Matter, old: str, new: str, split: Split = "train") -> Asked:
    """The user says that it is something else than he told before."""
    clause = _clause(r, matter, "train")
    if clause.endswith("{v}") and split != "phrasing" and r.random() < 0.15:
        text = f"{clause}, not {old}"
    else:
        text = CORRECTION.pick(r, split, c=begins_small(clause), old=old)
    answer = "Okay! " + _filled(matter.answer, new)
    text = re.sub(r"\. [a-z]", lambda found: found[0].upper(), _filled(text, new))
    return Asked("memory", text + one(r, ".|.|!|"), answer)


def ask(r: Random, matter: Matter, value: str | None, split: Split = "train") -> Asked:
    """The user asks for it. None: he never told it."""
    question = first_upper(matter.ask.pick(r, split))
    if value is None:
        return Asked("memory", question, matter.unknown, UNKNOWN, {matter.key: None})
    values = {matter.key: int(value) if value.isdigit() else value}
    short = value if matter.is_exact else first_upper(value)
    return Asked("memory", question, _filled(matter.answer, value), short, values)


def both(r: Random, matter: Matter, value: str, split: Split = "train") -> Asked:
    """The user tells it and asks for it in the same message."""
    asked = ask(r, matter, value, split)
    told = first_upper(_filled(_clause(r, matter, split), value))
    joint = one(r, ". |. |. |. |! |.\n| - |, |; ")
    question = asked.question
    if joint in (", ", "; ", " - "):
        question = begins_small(question)
    return replace(asked, question=told + joint + question)


def _joined(joint: str, clause: str, value: str) -> str:
    """The clause as it stands after a joint: a sentence or a part of one."""
    if joint[0] in ".!":
        return _filled(clause, value)
    return _fill(begins_small(clause), value)


def _clause(r: Random, matter: Matter, split: Split) -> str:
    """A way to tell the matter, its slots still empty."""
    return matter.tell.pick(r, split)


def _opening(r: Random, clause: str) -> str:
    """The clause, as a sentence, now and then after some opening words."""
    if r.random() < 0.7:
        return clause if clause.startswith("{v}") else first_upper(clause)
    if r.random() < 0.5:
        return one(r, _BIG_OPENING) + first_upper(clause)
    return one(r, _SMALL_OPENING) + begins_small(clause)


def _mark(r: Random, clause: str) -> str:
    if clause.startswith(("Can you", "Could you")):
        return "?"
    return one(r, ".|.|.|!||")


def begins_small(clause: str) -> str:
    """The clause with a small letter at its beginning, but for "I" and slots and names."""
    first = clause.split(" ")[0].strip(",.:")
    keeps = first.startswith(("I'", "{")) or first in ("I", "Im") or first not in _FIRST_WORDS
    return clause if keeps else clause[:1].lower() + clause[1:]


_FIRST_WORDS = set(
    """
    My The They People Most Call Just Please You We Our There Of When Among For At Right This
    Remember Note Keep Don't Save Store Memorize Learn Can Could Take Use Let's Let Here It It's
    Today In As Everyone What What's Whats Who Where Which How Do Tell Say Repeat Give Would
    Remind Did Have So And Now Okay Ok Well Any Question Quick Name Guess With Help Are From By
    Meet Look If No Until Number Memory A Was Am Whose Hey Todays Up Out To Today's
    """.split()
)
"""Words that are written small within a sentence, of those that a clause may begin with."""


def _fill(template: str, value: str) -> str:
    """The template with the value in its slots."""
    text = template.replace("{V}", first_upper(value)).replace("{a}", a(value))
    return text.replace("{v}", value)


def _filled(template: str, value: str) -> str:
    """The template with the value in its slots, a capital letter first."""
    return first_upper(_fill(template, value))
