"""What the model thinks before an answer: one to three short sentences."""

from __future__ import annotations

from random import Random

from .phrases import say
from .turns import Asked
from .usage import HELP
from .words import first_upper

_ASKS = "[The user asks for|The user wants|I am asked for]"
OF_VALUES = {
    ("country", "capital"): f"{_ASKS} a capital. The country is {{country}}. It is {{capital}}.",
    ("city", "country"): f"{_ASKS} a country. The city is {{city}}. It is in {{country}}.",
    ("thing", "color"): f"{_ASKS} a color. The thing is {{thing}}. It is {{color}}.",
    ("animal", "sound"): f"{_ASKS} a sound. The animal is {{animal}}. It says {{sound}}.",
    ("word", "opposite"): f"{_ASKS} an opposite. The word is {{word}}. It is {{opposite}}.",
    ("day",): f"{_ASKS} a day of the week. It is {{day}}.",
    ("month",): f"{_ASKS} a month. It is {{month}}.",
    ("animal", "legs"): f"{_ASKS} a number of legs. The animal is {{animal}}. It has {{legs}}.",
    ("animal", "baby"): f"{_ASKS} a young animal. The animal is {{animal}}. It is {{baby}}.",
    ("word", "language", "translation"): (
        f"{_ASKS} a translation. The word is {{word}}, the language {{language}}. "
        "It is {translation}."
    ),
}
"""Thoughts by the names of the values that an answer has."""

OF_CHAT = {
    "Hello!": "The user greets me. I greet back.",
    "Fine": "The user asks how I am. I am fine.",
    "Chat": "The user asks what I can do. I list it.",
    "Welcome": "The user thanks me. I answer politely.",
    "Goodbye!": "The user leaves. I say goodbye.",
    "Robots need to recharge!": "The user wants a joke. I know one about a robot.",
    "A small computer": "The user asks who made me. I say how I was trained.",
    "No": "The user asks if I am human. I am not.",
    "Yes": "The user checks if I am here. I am.",
    "No age": "The user asks for my age. I have none.",
    "On your computer": "The user asks where I run. It is this computer.",
    "Thank you!": "The user is kind. I say thank you.",
    "Sorry": "The user is not happy with me. I say sorry.",
    "Shapes and colors": "The user asks what I like. I am a model.",
    "Good!": "The user agrees. I offer more help.",
}
"""Thoughts by the short answer of a topic of small talk."""

_HELP = frozenset(topic.answer for topic in HELP)


def with_thought(r: Random, asked: Asked) -> str:
    """What to think before the answer."""
    if asked.thought:
        return asked.thought
    if asked.skill == "fact":
        return _of_fact(r, asked)
    if asked.skill == "chat":
        return _of_chat(asked)
    return f"The answer is {first_upper(asked.short)}." if asked.short else "I know what to write."


def _of_fact(r: Random, asked: Asked) -> str:
    values = asked.values or {}
    if "correct" in values:
        verdict = "right" if values["correct"] else "wrong"
        return f"Is it true? The thing is {values['thing']}. It is {values['color']}, so {verdict}."
    template = OF_VALUES.get(tuple(values))
    if template:
        return say(r, template, **values)
    return say(r, f"{_ASKS} a fact. [I know it|I know this]: {{fact}}.", fact=asked.short)


def _of_chat(asked: Asked) -> str:
    if asked.answer in _HELP:
        return f"The user asks about Hutch. The answer is: {asked.short}."
    if asked.answer.startswith("My name is"):
        return f"The user asks for my name. It is {asked.short}."
    return OF_CHAT.get(asked.short, f"The user asks who I am. I am {asked.short}.")
