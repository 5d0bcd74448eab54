"""Remembering what the user told of others: "Anna likes red. Ben likes blue." """

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from .matter import Draw, color, food, hobby, job, number
from .memory import UNKNOWN, begins_small
from .phrases import Phrasing, Split, one, phrasing
from .turns import Asked
from .words import ANIMALS, a, city, first_upper, name


@dataclass(frozen=True)
class Relation:
    """Something that is told of several people. Slots: {n} is one of them, {v} the value."""

    key: str
    tell: str
    ask: Phrasing
    ask_who: Phrasing
    answer: str
    unknown: str
    draw: Draw


def _relation(key: str, tell: str, asks: str, whos: str, texts: str, draw: Draw) -> Relation:
    """From lines of ways to ask and of ways to ask who, the last line of each held out."""
    ask, who = (text.strip().splitlines() for text in (asks, whos))
    answer, unknown = texts.split("|")
    return Relation(
        key,
        tell,
        phrasing("\n".join(ask[:-1]), ask[-1]),
        phrasing("\n".join(who[:-1]), who[-1]),
        answer,
        f"You have not told me {unknown}.",
        draw,
    )


def _liked(r: Random, split: Split) -> str:
    return r.choice([color, food, hobby])(r, split)


RELATIONS = (
    _relation(
        "likes",
        "{n} [likes|likes|loves|prefers|is fond of] {v}",
        """
        What does {n} [like|love|prefer|enjoy]?
        [Tell me|Do you know|Can you tell me|Say] what {n} likes[.|?]
        {n} likes what?
        [And |So |]what does {n} like[?|]
        What is it that {n} likes?
        What did I [say|tell you] {n} [likes|loves]?
        [I want to know|I forgot|I wonder] what {n} likes[.|]
        [The favorite of {n}|{n}'s favorite] [is what|is]?
        What [makes {n} happy|is {n} fond of]?
        Which thing is liked by {n}?
        """,
        """
        Who [likes|loves|prefers|enjoys] {v}?
        [Which person|Which one|Which of them|Which of the people] likes {v}?
        [Tell me|Do you know|Can you tell me] who likes {v}[.|?]
        {v} is liked by [whom|who]?
        Who is it that likes {v}?
        [Somebody|One of them] likes {v}. [Who|Who is it]?
        [Name|Say the name of] the person who likes {v}[.|]
        Who is fond of {v}?
        """,
        "{n} likes {v}.|what {n} likes",
        _liked,
    ),
    _relation(
        "city",
        "{n} [lives in|lives in|is from|comes from|has a house in] {v}",
        """
        Where does {n} live[?|]
        [In which city does {n} live|Which city does {n} live in]?
        [Tell me|Do you know|Can you tell me|Say] where {n} lives[.|?]
        Where is {n} from?
        Where does {n} come from?
        {n} lives where?
        Where did I [say|tell you] {n} lives?
        [I want to know|I forgot|I wonder] where {n} lives[.|]
        Where is the [home|house] of {n}?
        [Home|City] of {n}?
        [What|Which] is the city of {n}?
        In which town can I find {n}?
        """,
        """
        Who lives in {v}?
        [Which person|Which one|Which of them] lives in {v}?
        [Tell me|Do you know|Can you tell me] who lives in {v}[.|?]
        Who is from {v}?
        [Somebody|One of them] lives in {v}. [Who|Who is it]?
        [Name|Say the name of] the person who lives in {v}[.|]
        Who comes from {v}?
        Whose home is in {v}?
        """,
        "{n} lives in {v}.|where {n} lives",
        city,
    ),
    _relation(
        "age",
        "{n} is {v}[| years old]",
        """
        How old is {n}[?|]
        What is [the age of {n}|{n}'s age]?
        [Tell me|Do you know|Can you tell me|Say] how old {n} is[.|?]
        [Age of {n}|{n}'s age|The age of {n}]?
        {n} is how old?
        How old did I [say|tell you] {n} is?
        [I want to know|I forgot|I wonder] how old {n} is[.|]
        And {n}, how old?
        How many years old is {n}?
        Which age has {n}?
        """,
        """
        Who is {v}[| years old]?
        [Which person|Which one|Which of them] is {v} years old?
        [Tell me|Do you know|Can you tell me] who is {v}[| years old][.|?]
        [Somebody|One of them] is {v} years old. [Who|Who is it]?
        [Name|Say the name of] the person who is {v} years old[.|]
        {v} is the age of [whom|which person]?
        Whose age is {v}?
        """,
        "{n} is {v} years old.|how old {n} is",
        number(4, 99),
    ),
    _relation(
        "job",
        "{n} [is|is|works as] {a}",
        """
        What is [the job of {n}|{n}'s job|{n}'s profession]?
        [What does {n} do|What does {n} do for a living|As what does {n} work]?
        [Tell me|Do you know|Can you tell me|Say] what {n} works as[.|?]
        [Which|What] job does {n} have?
        {n} works as what?
        What did I [say|tell you] {n} works as?
        [I want to know|I forgot|I wonder] what {n} works as[.|]
        What is {n} by [profession|trade]?
        How does {n} earn money?
        What sort of work does {n} do?
        """,
        """
        Who is [|the |]{v}?
        Who [is|works as] {a}?
        [Which person|Which one|Which of them] is {a}?
        [Tell me|Do you know|Can you tell me] who is {a}[.|?]
        [Somebody|One of them] is {a}. [Who|Who is it]?
        [Name|Say the name of] the {v}[.|]
        Whose job is {v}?
        """,
        "{n} works as {a}.|what {n} works as",
        job,
    ),
    _relation(
        "has",
        "{n} [has|has|has got|owns] {a}",
        """
        What does {n} [have|own]?
        [Tell me|Do you know|Can you tell me|Say] what {n} has[.|?]
        {n} has what?
        What has {n}[| got]?
        What is it that {n} has?
        What did I [say|tell you] {n} has?
        [I want to know|I forgot|I wonder] what {n} has[.|]
        What is [the thing|it] that belongs to {n}?
        What is {n} the owner of?
        What belongs to {n}?
        """,
        """
        Who [has|owns|has got] {a}?
        Who has the {v}?
        [Which person|Which one|Which of them] has {a}?
        [Tell me|Do you know|Can you tell me] who has {a}[.|?]
        Whose is the {v}?
        [Somebody|One of them] has {a}. [Who|Who is it]?
        [Name|Say the name of] the owner of the {v}[.|]
        To whom does the {v} belong?
        """,
        "{n} has {a}.|what {n} has",
        lambda r, split: r.choice(ANIMALS + _OWNED),
    ),
)
_OWNED = "house car boat book lamp bag hat ring key robot".split()


def people(r: Random, split: Split = "train") -> Asked:
    """Two or three people told of, and one of them asked for, in the same message."""
    told, asked = people_told(r, split)
    joint = r.choice([" ", " ", " ", "\n", " So, ", " Now, "])
    question = asked.question if joint[-2:] != ", " else begins_small(asked.question)
    return replace(asked, question=told.question + joint + question)


def people_told(r: Random, split: Split = "train") -> tuple[Asked, Asked]:
    """Two or three people told of in one message, and one of them asked for in another."""
    told, asked = asked_often(r, 1, split)
    return told, asked


def asked_often(r: Random, count: int, split: Split = "train") -> list[Asked]:
    """Two or three people told of, and so many questions about them."""
    relation = r.choice(RELATIONS)
    names, values = _distinct(r, relation, split)
    sentences = [_about(one(r, relation.tell), n, v) for n, v in zip(names, values)]
    told = Asked("memory", _together(r, sentences), "Okay, I will remember that.")
    return [told, *(_ask_of(r, relation, names, values, split) for _ in range(count))]


def _distinct(r: Random, relation: Relation, split: Split) -> tuple[list[str], list[str]]:
    """Names of two or three people and one more that is not told of, with values as many."""
    count = r.choice([2, 2, 2, 3])
    names: list[str] = []
    values: list[str] = []
    while len(names) <= count:
        person = name(r, split)
        names += [person] if person not in names else []
    while len(values) < count:
        drawn = relation.draw(r, split)
        values += [drawn] if drawn not in values else []
    return names, values


def _together(r: Random, sentences: list[str]) -> str:
    if len(sentences) == 2 and r.random() < 0.3:
        return r.choice([" and ", ", ", ", but ", ", and "]).join(sentences) + "."
    return ". ".join(sentences) + "."


def _ask_of(
    r: Random, relation: Relation, names: list[str], values: list[str], split: Split
) -> Asked:
    if r.random() < 0.07:
        stranger = names[-1]
        question = first_upper(_about(relation.ask.pick(r, split), stranger, ""))
        unknown = relation.unknown.replace("{n}", stranger)
        return Asked("memory", question, unknown, UNKNOWN, {relation.key: None})
    at = r.randrange(len(values))
    asks_who = r.random() < 0.3
    ways = relation.ask_who if asks_who else relation.ask
    question = first_upper(_about(ways.pick(r, split), names[at], values[at]))
    answer = _about(relation.answer, names[at], values[at])
    known = int(values[at]) if values[at].isdigit() else values[at]
    result = {"name": names[at]} if asks_who else {relation.key: known}
    short = names[at] if asks_who else first_upper(values[at])
    return Asked("memory", question, answer, short, result)


def _about(template: str, person: str, value: str) -> str:
    article = a(value) if value else ""
    return template.replace("{n}", person).replace("{v}", value).replace("{a}", article)


