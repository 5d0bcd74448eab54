"""Manners of answering that the user asks for along with his question."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .copying import EXACT
from .noise import begins_small
from .phrases import Phrasing, Split, phrasing
from .styles import CAT, JSON, PIRATE, SHORT, UPPER, Style
from .turns import Asked


@dataclass(frozen=True)
class Wish:
    """How a style is asked for: in a sentence after or before the question, or at its end."""

    style: Style
    after: Phrasing
    before: Phrasing
    tail: tuple[str, ...]
    weight: int


def _wish(style: Style, after: str, held: str, before: str, tail: str, weight: int) -> Wish:
    *trained, last = before.split("|")
    openings = Phrasing(tuple(trained), (last,))
    return Wish(style, phrasing(after, held), openings, tuple(tail.split("|")), weight)


WISHES = (
    _wish(
        JSON,
        """
        [Answer|Reply|Respond|Write] [as|in|with|using] [JSON|json|valid JSON][.|| please.]
        [Give|Write|Show|Return] [the answer|it|the result|your answer] [as|in] [JSON|json][.|]
        [As|In] [JSON|json|JSON format][, please.|.| please.|]
        [Return|Output|Give me|Send] [JSON|only JSON|a JSON object|valid JSON|JSON only][.|]
        [JSON|Json|JSON only|Only JSON|JSON answer][, please.| please|.]
        [Use|Use the|In] JSON format[.|]
        [I want|I need|I'd like] [JSON|the answer as JSON|a JSON object][.|]
        [Format|Write] [the answer|it|your answer] as JSON[.|, please.]
        [Can|Could] you [answer|reply|say it] [as|in] JSON?
        The answer [must be|should be|has to be] [JSON|in JSON|a JSON object][.|]
        [Please answer|Please reply|Please respond] [as|in|with] JSON[.|]
        """,
        """
        I would prefer JSON as your answer.
        Let me have that as JSON.
        Put your answer into JSON.
        """,
        "Answer as JSON: |Answer in JSON: |In JSON: |As JSON: |JSON: |json: |Reply with JSON: |"
        "Give me JSON: |As JSON, please: |Please answer in JSON: |Return JSON. |Answer with JSON. |"
        "In JSON, |I need JSON. |Respond with JSON only: ",
        " as JSON| in JSON|, as JSON|, in JSON| in JSON please| as JSON, please| (as JSON)",
        6,
    ),
    _wish(
        SHORT,
        """
        [Answer|Reply|Respond] [in|with|using] [one word|a single word|just one word][.|]
        [One word|One word only|A single word|Just one word|Only one word][, please.|.| please|]
        [Answer|Reply] [briefly|very briefly|as briefly as possible|shortly][.|, please.]
        [Be|Please be] [brief|short|very brief][.|]
        [Short answer|A short answer|Keep it short|Keep it brief|Make it short][.|, please.| please]
        [Only|Just] [the answer|the word|the result|the name or number][.|, please.| please]
        [Say|Write|Give me] [only|just] [the answer|one word|the word][.|]
        [No|Without|I need no] [sentence|full sentence|explanation|sentences][.|, please.]
        In [one word|a word|a single word][.|, please.|]
        [Use|I want|I need] [one word|only one word|a single word][.|]
        [Do not|Don't] [write|give me] a [whole|full] sentence[.|]
        """,
        """
        A single word will do.
        The bare answer is enough.
        Spare me the sentence.
        """,
        "In one word: |In a word: |Answer in one word: |Briefly: |One word: |Short answer: |"
        "With one word: |In a single word, |Answer briefly: |Just one word: |In one word, |"
        "Only the answer, please: |Be brief: |Tell me in one word: |In short: |"
        "With a single word: ",
        " in one word| in a word|, in one word| (one word)| in a single word|, one word only",
        5,
    ),
    _wish(
        UPPER,
        """
        [Answer|Reply|Respond|Write] in [capital letters|uppercase|upper case|all caps][.|!|]
        [Use|Use only|Write only] [capital letters|uppercase|capitals|big letters][.|, please.]
        In [capital letters|uppercase|capitals|all caps][, please.| please|.]
        [All caps|Capital letters|Uppercase|Only capitals][, please.| please]
        [Give|Write|Say] [the answer|it|your answer] in [capital letters|uppercase|all caps][.|]
        [Please answer|Please reply|Please write] in [capital letters|uppercase|capitals][.|]
        [Shout|Yell|SHOUT] [the answer|it|your answer][.|!]
        [I want|I'd like] the answer in [capital letters|uppercase|capitals][.|]
        """,
        """
        Let your letters be capital ones.
        I can only read capital letters.
        """,
        "Answer in capital letters: |Answer in uppercase: |Reply in all caps: |Shout it: |"
        "Write the answer in capital letters: |Answer with capital letters: ",
        " in capital letters| in uppercase|, in capital letters please| (in all caps)",
        2,
    ),
    _wish(
        PIRATE,
        """
        [Answer|Talk|Speak|Reply|Respond] like a pirate[.|!|, please.]
        [Answer|Reply] [as|like] [a|an old] pirate [would|does|would do][.|]
        [Say|Tell me|Explain] it like a pirate[.|!]
        [Pretend|Imagine] [that |]you are a pirate[.|]
        """,
        "What would a pirate say?",
        "Answer like a pirate: |Talk like a pirate: |As a pirate: |Like a pirate: |"
        "You are a pirate. |In the way of a pirate: ",
        ", in the way of a pirate| in the voice of a pirate",
        1,
    ),
    _wish(
        CAT,
        """
        [Answer|Talk|Speak|Reply|Respond] like a cat[.|!|, please.]
        [Answer|Reply] [as|like] [a|an old] cat [would|does|would do][.|]
        [Pretend|Imagine] [that |]you are a cat[.|]
        """,
        "What would a cat say?",
        "Answer like a cat: |Talk like a cat: |As a cat: |You are a cat. |In the way of a cat: ",
        ", in the way of a cat| in the voice of a cat",
        1,
    ),
)


def with_wish(r: Random, asked: Asked, split: Split = "train") -> tuple[str, str]:
    """The question with a wish for a manner, and the answer in that manner.

    Questions whose text must stay exact, and those of several lines, stay without one.
    """
    if asked.skill in EXACT or "\n" in asked.question:
        return asked.question, asked.answer
    wishes = [wish for wish in WISHES if _suits(wish.style, asked)]
    wish = r.choices(wishes, [each.weight for each in wishes])[0]
    return _wished(r, wish, asked.question, split), wish.style.apply(asked)


def _suits(style: Style, asked: Asked) -> bool:
    """True if the answer has a form in this style."""
    if style is SHORT:
        return bool(asked.short)
    return style is not JSON or asked.values is not None


def _wished(r: Random, wish: Wish, question: str, split: Split) -> str:
    place = r.random()
    if place < 0.2:
        return wish.before.pick(r, split) + begins_small(question)
    asks = begins_small(question) != question
    if place < 0.35 and asks and question.endswith("?") and split != "phrasing":
        return question[:-1] + r.choice(wish.tail) + "?"
    ended = question if question[-1] in "?!." else question + _missing_mark(question)
    return f"{ended} {wish.after.pick(r, split)}"


def _missing_mark(question: str) -> str:
    first = question.split(" ")[0].lower()
    asks = first.startswith("wh") or first in ("how", "is", "are", "do", "does", "can", "could")
    return "?" if asks else "."
