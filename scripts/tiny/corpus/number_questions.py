"""What else one does with small numbers: compare, count, sort."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from .number_phrases import (
    BIGGER, BIGGEST, COUNT, COUNT_BETWEEN, COUNT_DOWN, IS_BIGGER, LEAST, LESS, MORE, MOST, NEXT,
    PARITY, SORT, SORT_DOWN,
)  # fmt: skip
from .phrases import Split, one
from .sums import in_words_or_digits
from .turns import Asked, is_held
from .words import first_upper


def compare(r: Random, split: Split = "train") -> Asked:
    """Which of two numbers is bigger or smaller, or whether one is."""
    a, b = _unheld(r, split, "compare", lambda: r.sample(range(_top(r) + 1), 2))
    first, second = in_words_or_digits(r, a, b)
    word, words = r.choice([("bigger", MORE), ("smaller", LESS)])
    slots = {"a": first, "b": second, "more": one(r, words)}
    wanted, other = (max(a, b), min(a, b)) if word == "bigger" else (min(a, b), max(a, b))
    if r.random() < 0.3:
        question = IS_BIGGER.pick(r, split, **slots)
        is_right = a == wanted
        real = word if is_right else {"bigger": "smaller", "smaller": "bigger"}[word]
        yes = "Yes" if is_right else "No"
        answer = f"{yes}, {a} is {real} than {b}."
        thought = f"{a} is {real} than {b}."
        return _asked(question, answer, yes, {"correct": is_right}, thought)
    question = BIGGER.pick(r, split, **slots)
    answer = f"{wanted} is {word} than {other}."
    return _asked(question, answer, str(wanted), {word: wanted}, f"{a} or {b}: {answer}")


def count_to(r: Random, split: Split = "train") -> Asked:
    """Counting up or down, from 1 or between two numbers."""
    if split == "combo" or r.random() < 0.35:
        a, b = _unheld(r, split, "count", lambda: r.sample(range(2, 21), 2))
        a, b = (min(a, b), max(a, b)) if r.random() < 0.8 else (max(a, b), min(a, b))
        ways = COUNT_BETWEEN
    elif r.random() < 0.25:
        (a, b), ways = (r.randint(2, 12), 1), COUNT_DOWN
    else:
        (a, b), ways = (1, r.randint(2, 20)), COUNT
    first, second = in_words_or_digits(r, a, b)
    step = 1 if a < b else -1
    numbers = list(range(a, b + step, step))
    question = ways.pick(r, split, a=first, b=second)
    thought = f"I count from {a} to {b}."
    return _asked(question, _list(numbers), "", {"numbers": numbers}, thought)


def next_number(r: Random, split: Split = "train") -> Asked:
    """The number before or after another one."""
    (a,) = _unheld(r, split, "next", lambda: [r.randint(1, _top(r) - 1)])
    where, found = r.choice([("after", a + 1), ("before", a - 1)])
    (number,) = in_words_or_digits(r, a)
    question = NEXT.pick(r, split, a=number, where=where)
    answer = f"{found} comes {where} {a}."
    step = "plus" if where == "after" else "minus"
    return _asked(question, answer, str(found), {"number": found}, f"{a} {step} 1 is {found}.")


def sort_numbers(r: Random, split: Split = "train") -> Asked:
    """Three to five numbers in order."""
    numbers = _some(r, split, "sort")
    is_down = r.random() < 0.25
    question = (SORT_DOWN if is_down else SORT).pick(r, split, list=_listed(r, numbers))
    numbers = sorted(numbers, reverse=is_down)
    thought = f"The {'biggest' if is_down else 'smallest'} is {numbers[0]}, the last {numbers[-1]}."
    return _asked(question, _list(numbers), "", {"numbers": numbers}, thought)


def even_or_odd(r: Random, split: Split = "train") -> Asked:
    """Whether a number is even."""
    (a,) = _unheld(r, split, "parity", lambda: [r.randint(0, _top(r))])
    (number,) = in_words_or_digits(r, a)
    kind = "odd" if a % 2 else "even"
    question = PARITY.pick(r, split, a=number)
    values = {"number": a, "kind": kind}
    thought = f"{a} ends in {a % 10}, so it is {kind}."
    return _asked(question, f"{a} is {kind}.", kind.capitalize(), values, thought)


def biggest_of(r: Random, split: Split = "train") -> Asked:
    """The biggest or smallest of three to five numbers."""
    numbers = _some(r, split, "biggest")
    word, words, found = r.choice(
        [("biggest", MOST, max(numbers)), ("smallest", LEAST, min(numbers))]
    )
    question = BIGGEST.pick(r, split, list=_listed(r, numbers), most=one(r, words))
    thought = f"The numbers are {_list(numbers)}. The {word} is {found}."
    return _asked(question, f"{found} is the {word}.", str(found), {word: found}, thought)


def number_question(r: Random, split: Split = "train") -> Asked:
    """Any of what one does with numbers but arithmetic."""
    kinds = [compare, count_to, next_number, sort_numbers, even_or_odd, biggest_of]
    return r.choices(kinds, [25, 20, 15, 15, 12, 13])[0](r, split)


def _asked(question: str, answer: str, short: str, values: dict, thought: str) -> Asked:
    return Asked("numbers", first_upper(question), answer, short, values, thought)


def _top(r: Random) -> int:
    """The biggest number to draw: mostly small ones."""
    return r.choice([20, 20, 100])


def _unheld(r: Random, split: Split, skill: str, draw: Callable[[], list[int]]) -> list[int]:
    """Numbers of the split: combinations that are never trained, or those that are."""
    while True:
        numbers = draw()
        if is_held(skill, *sorted(numbers)) == (split == "combo"):
            return numbers


def _some(r: Random, split: Split, skill: str) -> list[int]:
    how_many = r.choice([3, 3, 4, 5])
    return _unheld(r, split, skill, lambda: r.sample(range(_top(r) + 1), how_many))


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _listed(r: Random, numbers: list[int]) -> str:
    """The numbers as people write them into a sentence."""
    *most, last = in_words_or_digits(r, *numbers)
    if r.random() < 0.25:
        return " ".join([*most, last])
    return ", ".join(most) + r.choice([" and ", " and ", ", ", ", and "]) + last
