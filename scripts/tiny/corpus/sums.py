"""Small arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .phrases import Phrasing, Split, one
from .sum_phrases import (
    DOUBLE, EXPRESSION, GET_MORE, HALF, LOSE_SOME, MANY_TIMES, MINUS, OVER, PLUS, SHARE, TIMES,
)  # fmt: skip
from .turns import Asked, is_held
from .words import NUMBER_WORDS, first_upper, name

FOODS = "apple pear plum banana lemon orange melon kiwi cookie cake egg".split()
COUNTED = "book ball hat key stone flower pencil letter ring coin card balloon cup toy".split()
LOSING = (
    ("eat", "eats", "ate"), ("lose", "loses", "lost"), ("sell", "sells", "sold"),
    ("give away", "gives away", "gave away"),
)  # fmt: skip
"""What happens to things, by me, by another and in the past; only food is eaten."""


@dataclass(frozen=True)
class Operation:
    """One of the four: how it is written and spoken, asked for in words, and put into a story."""

    sign: str
    written: str
    spoken: str
    worded: Phrasing
    story: Phrasing
    thought: str
    apply: Callable[[int, int], int]


OPERATIONS = (
    Operation(
        "+", "+", "plus", PLUS, GET_MORE,
        "{a} plus {b}: count on from {a}, {x}.", lambda a, b: a + b,
    ),
    Operation(
        "-", "-|-|-|−", "minus", MINUS, LOSE_SOME,
        "{a} minus {b}: count back from {a}, {x}.", lambda a, b: a - b,
    ),
    Operation(
        "*", "*|x|×", "times|times|multiplied by", TIMES, MANY_TIMES,
        "{a} times {b}: {b} taken {a} times, {x}.", lambda a, b: a * b,
    ),
    Operation(
        "/", "/|/|÷", "divided by|divided by|over", OVER, SHARE,
        "{a} divided by {b}: {b} times {x} is {a}, so {x}.", lambda a, b: a // b,
    ),
)  # fmt: skip


def arithmetic(r: Random, split: Split = "train") -> Asked:
    """A sum with small numbers. Of all pairs of numbers a part is never trained."""
    while True:
        operation = r.choices(OPERATIONS, [35, 30, 22, 13])[0]
        a, b = _operands(r, operation.sign)
        if is_held_sum(operation.sign, a, b) == (split == "combo"):
            break
    x = operation.apply(a, b)
    form = r.choices(["expression", "worded", "story"], [50, 25, 25])[0]
    unit = ""
    if form == "story" and min(a, b) >= 2 and x >= 1 and b <= 20:
        question, unit = _story(r, operation.story, a, b, x, split)
    elif form != "expression" and x >= 0 and (operation.sign != "-" or a > b):
        question = _worded(r, operation, a, b, split)
    else:
        question = EXPRESSION.pick(r, split, x=_expression(r, operation, a, b))
    answer = f"{a} {operation.sign} {b} = {x}{unit}."
    thought = operation.thought.format(a=a, b=b, x=x)
    return Asked("arithmetic", first_upper(question), answer, str(x), {"result": x}, thought)


def is_held_sum(sign: str, a: int, b: int) -> bool:
    """Whether the pair is never trained, in whichever order; what everyone asks, 2 + 2, is."""
    if max(a, b) <= 3 or a == b:
        return False
    return is_held("sum", sign, *(sorted((a, b)) if sign in "+*" else (a, b)))


def _operands(r: Random, sign: str) -> tuple[int, int]:
    if sign == "*":
        return r.randint(0, 10), r.randint(0, 10)
    if sign == "/":
        divisor = r.randint(1, 10)
        return divisor * r.randint(0, 10), divisor
    a, b = r.randint(0, 20), r.randint(0, 20)
    is_negative = sign == "-" and a < b
    return (b, a) if is_negative and r.random() < 0.92 else (a, b)


def in_words_or_digits(r: Random, *numbers: int) -> list[str]:
    """The numbers as people write them: mostly in digits, small ones in words as well."""
    if max(numbers) <= 20 and r.random() < 0.15:
        return [NUMBER_WORDS[number] for number in numbers]
    return [str(number) for number in numbers]


def _expression(r: Random, operation: Operation, a: int, b: int) -> str:
    if r.random() < 0.6:
        space = r.choice(["", " ", " "])
        return f"{a}{space}{one(r, operation.written)}{space}{b}"
    first, second = in_words_or_digits(r, a, b)
    return f"{first} {one(r, operation.spoken)} {second}"


def _worded(r: Random, operation: Operation, a: int, b: int, split: Split) -> str:
    ways = operation.worded
    if operation.sign == "*" and a == 2 and r.random() < 0.5:
        ways = DOUBLE
    elif operation.sign == "/" and b == 2 and r.random() < 0.5:
        ways = HALF
    first, second = in_words_or_digits(r, a, b)
    return ways.pick(r, split, a=first, b=second)


def _story(r: Random, ways: Phrasing, a: int, b: int, x: int, split: Split) -> tuple[str, str]:
    """A story with the numbers in it, and what is counted there as it follows `x`."""
    thing = r.choice(FOODS + COUNTED)
    i_lose, one_loses, i_lost = r.choice(LOSING if thing in FOODS else LOSING[1:])
    first, second = in_words_or_digits(r, a, b)
    person = other = name(r, split)
    while other == person:
        other = name(r, split)
    question = ways.pick(
        r, split, a=first, b=second, p=thing + "s", v=i_lose, vs=one_loses, vd=i_lost,
        n=person, m=other,
    )  # fmt: skip
    return question, f" {thing}" if x == 1 else f" {thing}s"
