"""What the model knows of the world: some two hundred facts, each asked for in many ways."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from .fact_phrases import (
    CAPITAL, COLOR, COLOR_CHECK, COUNTRY, LEG_COUNT, NEIGHBOR, OPPOSITE, SOUND, TRANSLATION,
    YOUNG_NAME,
)  # fmt: skip
from .phrases import Phrasing, Split
from .trivia import TRIVIA
from .turns import Asked, is_held
from .words import a, first_upper

CAPITALS = {
    "France": "Paris", "Italy": "Rome", "Spain": "Madrid", "Germany": "Berlin",
    "England": "London", "Japan": "Tokyo", "China": "Beijing", "Russia": "Moscow",
    "Egypt": "Cairo", "Greece": "Athens", "Portugal": "Lisbon", "Austria": "Vienna",
    "Poland": "Warsaw", "Sweden": "Stockholm", "Norway": "Oslo", "Denmark": "Copenhagen",
    "Finland": "Helsinki", "Ireland": "Dublin", "Belgium": "Brussels", "Hungary": "Budapest",
    "Canada": "Ottawa", "Mexico": "Mexico City", "Brazil": "Brasilia", "Argentina": "Buenos Aires",
    "Peru": "Lima", "Cuba": "Havana", "India": "New Delhi", "Thailand": "Bangkok",
    "Kenya": "Nairobi", "Turkey": "Ankara", "Switzerland": "Bern", "Australia": "Canberra",
    "the USA": "Washington",
}  # fmt: skip
COLORS = {
    "sky": "blue", "grass": "green", "banana": "yellow", "tomato": "red", "snow": "white",
    "coal": "black", "carrot": "orange", "lemon": "yellow", "cherry": "red", "milk": "white",
    "chocolate": "brown", "pig": "pink", "leaf": "green", "sun": "yellow", "frog": "green",
    "raven": "black",
}  # fmt: skip
SOUNDS = {
    "cow": "moo", "dog": "woof", "cat": "meow", "duck": "quack", "sheep": "baa", "pig": "oink",
    "lion": "roar", "owl": "hoot", "frog": "ribbit", "bee": "buzz",
}  # fmt: skip
OPPOSITES = {
    "hot": "cold", "big": "small", "up": "down", "day": "night", "fast": "slow", "happy": "sad",
    "old": "young", "left": "right", "open": "closed", "light": "dark", "wet": "dry",
    "good": "bad", "full": "empty", "hard": "soft", "loud": "quiet", "rich": "poor",
}  # fmt: skip
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = """
January February March April May June July August September October November December
""".split()
LEGS = {
    "dog": 4, "cat": 4, "spider": 8, "bird": 2, "human": 2, "ant": 6, "horse": 4, "snake": 0,
    "cow": 4, "octopus": 8,
}  # fmt: skip
YOUNG = {
    "dog": "puppy", "cat": "kitten", "cow": "calf", "sheep": "lamb", "horse": "foal",
    "duck": "duckling", "lion": "cub", "frog": "tadpole",
}  # fmt: skip
TRANSLATIONS = {
    "French": {
        "hello": "bonjour", "cat": "chat", "dog": "chien", "water": "eau", "house": "maison",
        "red": "rouge", "thanks": "merci", "bread": "pain",
    },
    "Spanish": {
        "hello": "hola", "cat": "gato", "dog": "perro", "water": "agua", "house": "casa",
        "red": "rojo", "thanks": "gracias", "bread": "pan",
    },
    "German": {
        "hello": "hallo", "cat": "Katze", "dog": "Hund", "water": "Wasser", "house": "Haus",
        "red": "rot", "thanks": "danke", "bread": "Brot",
    },
}  # fmt: skip

_WITHOUT_ARTICLE = {"grass", "snow", "coal", "milk", "chocolate"}
_PLURALS = {"sheep": "sheep", "octopus": "octopuses"}


def _plural(noun: str) -> str:
    return _PLURALS.get(noun, noun + "s")


def _thing(noun: str) -> str:
    if noun in _WITHOUT_ARTICLE:
        return noun
    return f"the {noun}" if noun in {"sky", "sun"} else a(noun)


def _ask(r: Random, ways: Phrasing, split: Split, **slots: object) -> str:
    return first_upper(ways.pick(r, split, **slots))


def _capital(r: Random, split: Split) -> Asked:
    country, capital = r.choice(list(CAPITALS.items()))
    question = _ask(r, CAPITAL, split, c=country)
    values = {"country": country, "capital": capital}
    answer = f"The capital of {country} is {capital}."
    return Asked("fact", question, answer, capital, values)


def _country(r: Random, split: Split) -> Asked:
    country, capital = r.choice(list(CAPITALS.items()))
    question = _ask(r, COUNTRY, split, x=capital)
    values = {"city": capital, "country": country}
    return Asked("fact", question, f"{capital} is the capital of {country}.", country, values)


def _color(r: Random, split: Split) -> Asked:
    noun, color = r.choice(list(COLORS.items()))
    thing = _thing(noun)
    answer = f"{first_upper(thing)} is {color}."
    values = {"thing": noun, "color": color}
    return Asked("fact", _ask(r, COLOR, split, n=thing), answer, color.capitalize(), values)


def _color_check(r: Random, split: Split) -> Asked:
    noun, color = r.choice(list(COLORS.items()))
    is_right = r.random() < 0.5
    said = color if is_right else r.choice(sorted({*COLORS.values()} - {color}))
    thing = _thing(noun)
    word = "Yes" if is_right else "No"
    answer = f"{word}, {thing} is {color}."
    values = {"thing": noun, "color": color, "correct": is_right}
    return Asked("fact", _ask(r, COLOR_CHECK, split, n=thing, y=said), answer, word, values)


def _sound(r: Random, split: Split) -> Asked:
    noun, sound = r.choice(list(SOUNDS.items()))
    question = _ask(r, SOUND, split, n=a(noun), ns=_plural(noun), s=noun)
    answer = f"{first_upper(a(noun))} says {sound}."
    return Asked("fact", question, answer, sound.capitalize(), {"animal": noun, "sound": sound})


def _opposite(r: Random, split: Split) -> Asked:
    pair = list(r.choice(list(OPPOSITES.items())))
    r.shuffle(pair)
    word, other = pair
    question = _ask(r, OPPOSITE, split, w=word)
    values = {"word": word, "opposite": other}
    answer = f"The opposite of {word} is {other}."
    return Asked("fact", question, answer, other.capitalize(), values)


def _neighbor(r: Random, split: Split) -> Asked:
    kind, names = r.choice([("day", DAYS), ("month", MONTHS)])
    at, (where, step) = r.randrange(len(names)), r.choice([("after", 1), ("before", -1)])
    name, found = names[at], names[(at + step) % len(names)]
    soon = {
        ("day", "after"): "is tomorrow",
        ("day", "before"): "was yesterday",
        ("month", "after"): "is next",
        ("month", "before"): "was last",
    }[kind, where]
    question = _ask(r, NEIGHBOR, split, k=kind, w=where, c=name, soon=soon)
    return Asked("fact", question, f"{found} comes {where} {name}.", found, {kind: found})


def _legs(r: Random, split: Split) -> Asked:
    noun, count = r.choice(list(LEGS.items()))
    question = _ask(r, LEG_COUNT, split, n=a(noun), ns=_plural(noun))
    answer = f"{first_upper(a(noun))} has {count} legs."
    return Asked("fact", question, answer, str(count), {"animal": noun, "legs": count})


def _young(r: Random, split: Split) -> Asked:
    noun, young = r.choice(list(YOUNG.items()))
    question = _ask(r, YOUNG_NAME, split, c=noun, n=a(noun))
    answer = f"A baby {noun} is called {a(young)}."
    return Asked("fact", question, answer, young.capitalize(), {"animal": noun, "baby": young})


def _translation(r: Random, split: Split) -> Asked:
    language, words = r.choice(list(TRANSLATIONS.items()))
    word, translated = r.choice(list(words.items()))
    question = _ask(r, TRANSLATION, split, c=word, l=language)
    values = {"word": word, "language": language, "translation": translated}
    answer = f"The {language} word for {word} is {translated}."
    return Asked("fact", question, answer, first_upper(translated), values)


def _trivium(r: Random, split: Split) -> Asked:
    trivium = r.choice(TRIVIA)
    values = {"answer": trivium.short}
    return Asked("fact", _ask(r, trivium.asked, split), trivium.answer, trivium.short, values)


KINDS: tuple[tuple[Callable[[Random, Split], Asked], int], ...] = (
    (_capital, 24),
    (_country, 7),
    (_color, 9),
    (_color_check, 4),
    (_sound, 7),
    (_opposite, 10),
    (_neighbor, 14),
    (_legs, 6),
    (_young, 5),
    (_translation, 12),
    (_trivium, 16),
)
"""How often each kind of fact is asked for."""


def fact(r: Random, split: Split = "train") -> Asked:
    """A question about the world. Of all pairs of phrase and answer a part is never trained."""
    ask = r.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
    while True:
        asked = ask(r, split)
        if split == "phrasing" or ask is _trivium:
            return asked
        question = asked.question.lower().rstrip("?. ")
        if is_held("fact", question, asked.answer) == (split == "combo"):
            return asked
