"""Facts that a system prompt tells, and questions for them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .matter import Draw, Matter, asks, number, secret, secret_word
from .matters import MATTERS
from .memory import ask
from .phrases import Phrasing, Split, lines, one, say
from .turns import Asked
from .words import a, city, first_upper, name, new_name


@dataclass(frozen=True)
class Told:
    """Something that a system prompt tells, and the matter that is asked for."""

    sentences: tuple[str, ...]
    matter: Matter
    of_user: bool = False


CODE_WORD = secret(
    "code word",
    secret_word,
    "[Say|Give me] the code word[.|!|]",
    "Which code word were you given?",
)
MAGIC_NUMBER = secret(
    "magic number",
    number(2, 999),
    "[Say|Give me] the magic number[.|!|]",
    "Which magic number were you given?",
)

_MATTERS = {matter.key: matter for matter in (*MATTERS, CODE_WORD, MAGIC_NUMBER)}


def _of_user(key: str, sentences: str) -> Told:
    return Told(lines(sentences), _MATTERS[key], of_user=True)


def _of_house(
    key: str, sentences: str, np: str, clause: str, own: str, held: str, answer: str, draw: Draw
) -> Told:
    """Something about a shop or an office: "np" and "clause" as in `matter.asks`."""
    nothing = Phrasing((), ())
    ways = asks(np, clause, own, held, by_user=False)
    matter = Matter(key, nothing, "", ways, answer, "I do not know that.", draw)
    return Told(lines(sentences), matter)


def _company(r: Random, split: Split) -> str:
    return new_name(r)


TOLD = (
    _of_user(
        "name",
        """
        [The user's name|The name of the user|The user's first name|The name of your user] is {v}.
        [You are talking|You are speaking|You talk|You are chatting] [to|with] {v}.
        The user is [called |named |]{v}.
        The user [calls himself|goes by the name|has the name] {v}.
        {v} is the [user|name of the user|user's name].
        The person [who writes to you|at the keyboard] is {v}.
        User: {v}.
        """,
    ),
    _of_user(
        "city",
        """
        The user [lives in|is from|comes from|has a home in] {v}.
        [The user's city|The city of the user|The user's home town|Location of the user] is {v}.
        [Your user|The person who writes to you] lives in {v}.
        """,
    ),
    _of_user(
        "age",
        """
        The user is {v} years old.
        [The user's age|The age of the user] is {v}.
        """,
    ),
    _of_user(
        "color",
        """
        [The user's favorite color|The favorite color of the user] is {v}.
        The user [likes|loves] the color {v} [most|best].
        """,
    ),
    _of_user(
        "food",
        """
        [The user's favorite food|The favorite food of the user] is {v}.
        The food that the user likes best is {v}.
        """,
    ),
    _of_user(
        "job",
        """
        The user [works as|is] {a}.
        [The user's job|The job of the user] is {v}.
        """,
    ),
    _of_user(
        "dog",
        """
        The user has a dog [called|named] {v}.
        [The user's dog|The dog of the user] is [called|named] {v}.
        """,
    ),
    *(
        Told(
            lines(
                f"""
                The {noun} is {{v}}[.|!]
                [Remember|Remember this|Note|Important]: the {noun} is {{v}}.
                [You know the {noun}:|Keep the {noun}:|{noun}:] {{v}}.
                [If|When] [the user|somebody] asks for the {noun}, [say|it is|tell him] {{v}}.
                The {noun} [of today|for today|for the user|now] is {{v}}.
                """
            ),
            _MATTERS[noun.replace(" ", "_")],
        )
        for noun in ("code word", "magic number", "password")
    ),
    _of_house(
        "opens",
        """
        [The shop|Our shop|The store|Our store] opens at {v}[| every day| in the morning].
        Opening time[| of the shop]: {v}.
        """,
        "the opening time|your opening time",
        "when [the|your] shop opens|when you open",
        """
        When [does the shop|does the store|do you|does your shop] open[?|]
        At what time [does the shop|does the store|do you] open?
        [From when|Since when|From what time] is the shop open?
        """,
        "How early can I come to the shop?",
        "The shop opens at {v}.",
        number(5, 11),
    ),
    _of_house(
        "price",
        """
        [A pizza|Each pizza|One pizza|Every pizza] costs {v} dollars.
        [The price of a pizza|Our price for a pizza] is {v} dollars.
        [We sell|You sell] [pizza|pizzas] for {v} dollars.
        """,
        "the price of a pizza",
        "what a pizza costs|how much a pizza costs|how much a pizza is",
        """
        How much [is|does] [a|one] pizza[| cost]?
        What does [a|one] pizza cost?
        [I want|I'd like] a pizza. [What does it cost|How much is it|What do I pay]?
        """,
        "How many dollars do I pay for a pizza?",
        "A pizza costs {v} dollars.",
        number(3, 40),
    ),
    _of_house(
        "company",
        """
        [Our|The|Your] company is [called|named] {v}.
        [You work for|You are the assistant of|You belong to] [the company|a company called] {v}.
        [The name of the company|The company's name|Company] is {v}.
        """,
        "the name of the company|the name of your company|the company's name",
        "what the company is called|which company this is",
        """
        [What|How] is [the|your] company called[?|]
        [For which|Which] company do you work[| for]?
        [Which|What] company is this?
        """,
        "Tell me for which company you work.",
        "The company is called {v}.",
        _company,
    ),
    _of_house(
        "office",
        """
        [Our|The] office is in {v}.
        [We have|The company has] [an|its|one] office in {v}.
        [The city of our office|The place of the office] is {v}.
        """,
        "the city of the office|the place of the office",
        "where the office is|in which city the office is",
        """
        Where is [the|your] office[?|]
        In [which|what] city is [the|your] office?
        [Which|What] city is [the|your] office in?
        Where [can I|do I] find [the|your] office?
        """,
        "To which city must I go to find your office?",
        "The office is in {v}.",
        city,
    ),
    _of_house(
        "boss",
        """
        [The boss|Our boss|The manager|Our manager] is [called |]{v}.
        {v} is [the boss|our boss|the boss of the company].
        [The name of the boss|The boss's name] is {v}.
        """,
        "the boss|the name of the boss|the boss's name",
        "who the boss is|what the boss is called",
        """
        Who is [the|your] boss[?|]
        [What|How] is [the|your] boss called?
        Who [leads|runs] [the company|the office|the shop]?
        """,
        "Which person is the boss here?",
        "The boss is {v}.",
        name,
    ),
    _of_house(
        "room",
        """
        The meeting is in room {v}.
        [Room {v} is the room of the meeting|Meeting: room {v}|We meet in room {v}].
        """,
        "the room of the meeting|the meeting room",
        "in which room the meeting is|where the meeting is",
        """
        Where is the meeting[?|]
        In [which|what] room [is the meeting|do we meet]?
        [Which|What] room is the meeting in?
        """,
        "To which room do I go for the meeting?",
        "The meeting is in room {v}.",
        number(1, 400),
    ),
)
_BEFORE = (
    "You are a [helpful|friendly|kind] [assistant|AI assistant|AI]. |You help the user. |"
    "Here is something to know: |Facts: |Context: |You are [an|a polite] assistant. |"
    "You are an assistant in [a shop|an office|a small company]. |Use this: |Information: "
)
_AFTER = " Answer questions about it.| Help the user.| Answer the user.| Be helpful and polite."


def told_by_system(r: Random, split: Split = "train") -> tuple[str, Asked]:
    """A system prompt with one to three facts in it, and a question for one of them."""
    told = r.sample(TOLD, r.choices((1, 2, 3), (6, 3, 1))[0])
    values = [each.matter.draw(r, split) for each in told]
    sentences = [_sentence(r, each, value) for each, value in zip(told, values)]
    prompt = " ".join(sentences)
    if r.random() < 0.4:
        prompt = one(r, _BEFORE) + prompt
    if r.random() < 0.1:
        prompt += one(r, _AFTER)
    return prompt, _question(r, told, values, split)


def _sentence(r: Random, told: Told, value: str) -> str:
    text = say(r, r.choice(told.sentences), v=value, a=a(value))
    return first_upper(text)


def _question(r: Random, told: list[Told], values: list[str], split: Split) -> Asked:
    """For one of the facts, seldom for one of the user that the prompt does not tell."""
    untold = [each for each in TOLD if each.of_user and each not in told]
    if r.random() < 0.06:
        return ask(r, r.choice(untold).matter, None, split)
    at = r.randrange(len(told))
    return ask(r, told[at].matter, values[at], split)
