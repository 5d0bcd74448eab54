"""Questions beyond the small world, so that the model learns where its border is.

Most are about the wide world. Some look just like the facts that it knows and ask about something
else: the capital of a country, the color of a thing that is not in its tables.
"""

from __future__ import annotations

import re
from random import Random

from . import fact_phrases, facts, verses, words
from .phrases import TRAINED, Split
from .turns import Asked
from .unknown_live import LIVE
from .unknown_slots import slot_value
from .unknown_subjects import SUBJECTS

ANSWER = "Sorry, I am only a tiny model and I do not know that."
SHORT = "I do not know."


def _border(r: Random, split: Split) -> tuple[str, str]:
    """A question as for a fact, about what is in no table; and what is missing."""
    known_words = facts.TRANSLATIONS["French"]
    match r.choices(range(9), [22, 8, 14, 9, 9, 9, 12, 17, 6])[0]:
        case 0:
            land = _outside(r, "land", split, facts.CAPITALS)
            return fact_phrases.CAPITAL.pick(r, split, c=land), f"the capital of {land}"
        case 1:
            city = _outside(r, "city", split, facts.CAPITALS.values())
            return fact_phrases.COUNTRY.pick(r, split, x=city), f"the country of {city}"
        case 2:
            thing = _outside(r, "thing", split, facts.COLORS)
            return fact_phrases.COLOR.pick(r, split, n=thing), f"the color of {thing}"
        case 3:
            beast = _beast(r, split, facts.SOUNDS)
            slots = {"n": words.a(beast), "ns": _plural(beast), "s": beast}
            return fact_phrases.SOUND.pick(r, split, **slots), f"the sound of {words.a(beast)}"
        case 4:
            beast = _beast(r, split, facts.LEGS)
            question = fact_phrases.LEG_COUNT.pick(r, split, n=words.a(beast), ns=_plural(beast))
            return question, f"the legs of {words.a(beast)}"
        case 5:
            beast = _beast(r, split, facts.YOUNG)
            question = fact_phrases.YOUNG_NAME.pick(r, split, c=beast, n=words.a(beast))
            return question, f"the young of {words.a(beast)}"
        case 6:
            opposites = [*facts.OPPOSITES, *facts.OPPOSITES.values()]
            word = _outside(r, "lone", split, opposites)
            return fact_phrases.OPPOSITE.pick(r, split, w=word), f"the opposite of {word}"
        case 7:
            word = _outside(r, "lone", split, [*verses.RHYMES, *verses.RHYMES.values()])
            return verses.RHYME.pick(r, split, w=word), f"a rhyme for {word}"
        case _:
            if r.random() < 0.5:
                word = _outside(r, "foreign", split, known_words)
                tongue = r.choice(list(facts.TRANSLATIONS))
            else:
                word = r.choice(list(known_words))
                tongue = _outside(r, "tongue", split, facts.TRANSLATIONS)
            question = fact_phrases.TRANSLATION.pick(r, split, c=word, l=tongue)
            return question, f"the {tongue} word for {word}"


def _outside(r: Random, slot: str, split: Split, known: object) -> str:
    """A value of the slot, or a word that nobody has seen, that the tables do not have."""
    while True:
        found = slot_value(r, slot, split)
        if slot in ("land", "city") and split in TRAINED and r.random() < 0.25:
            found = words.new_name(r)
        if found not in known and re.sub("^(a|an|the) ", "", found) not in known:
            return found


def _beast(r: Random, split: Split, known: dict[str, object]) -> str:
    """An animal without an entry in the table."""
    if split in TRAINED and r.random() < 0.5:
        return r.choice([animal for animal in words.ANIMALS if animal not in known])
    return _outside(r, "beast", split, known)


_PLURALS = {"wolf": "wolves", "mouse": "mice", "fish": "fish", "sheep": "sheep", "fox": "foxes"}


def _plural(noun: str) -> str:
    return _PLURALS.get(noun, noun + "s")


def unknown(r: Random, split: Split = "train", live: bool = True) -> Asked:
    """A question that the model can not answer; `live`: also what a tool might answer."""
    if r.random() < 0.4:
        question, missing = _border(r, split)
        thought = f"The user asks for {missing}. I do not know it."
    else:
        subject = r.choice(SUBJECTS * 2 + LIVE if live else SUBJECTS)
        template = subject.asked.pick(r, split)
        question = re.sub(r"\{(\w+)\}", lambda slot: slot_value(r, slot[1], split), template)
        thought = f"This is about {subject.name}. I do not know it."
    question = words.first_upper(question)
    return Asked("unknown", question, ANSWER, SHORT, {"answer": None}, thought)
