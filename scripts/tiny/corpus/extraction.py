"""Values that stand in a text, to be written as JSON with the keys that are asked for."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from .facts import DAYS
from .matter import color, food, hobby, job
from .phrases import Split, lines, phrasing, say
from .turns import Asked, as_json
from .words import a, city, first_upper, name

Record = tuple[str, dict[str, Any]]
"""A text, and the values in it in the order of the text."""

# {k} names the keys: "name, age and city"; {t} is the text.
KEYS = phrasing(
    """
    [Extract|Give me|Return|Get|Find|Write|Output|List] the {k} as JSON[: {t}|. {t}|:{nl}{t}]
    [Extract|Give me|Return|Get|Find] {k} [from|out of] [this|this text|the text] as JSON: {t}
    [Write|Put|Convert] the {k} [as|into|in] JSON: {t}
    {t} [Extract|Give me|Return|Get|Find|Write|Output] the {k} as JSON[.|]
    {t} [Give|Return|Write|Answer with] [a JSON object|JSON] with [the |]{k}[.|]
    {t} [Extract|Give me|Get] {k} [as|in] JSON[.|, please.|]
    {t} [JSON|As JSON|In JSON|JSON please][:|,] {k}[.|]
    {t}{nl}[Extract|Return|Write] {k} as JSON[.|]
    [Make|Write|Return] [JSON|a JSON object] with [|the keys |the fields ]{k}[ from|:| of:] {t}
    [Tell me|Show me|I want to see] the {k} in this text, [as|in] JSON: {t}
    [Read this|Read the text|Here is a text]: {t} [Write|Give me|Return] the {k} as JSON[.|]
    [Text|Input|Sentence]: {t}{nl}[Extract|Return|Give me] [the |]{k} as JSON[.|]
    [Can|Could] you [extract|get|find] the {k} [from this text |]as JSON? {t}
    {t} [Can|Could] you [extract|give me|write] the {k} as JSON?
    [I need|I want] the {k} as JSON[.|:] {t}
    [Fields|Keys]: {k}. [Text|Input]: {t} [Answer as JSON|Return JSON|Reply with JSON][.|]
    Only JSON with {k}[:|, please:] {t}
    JSON with {k}: {t}
    """,
    """
    Please give {k} as JSON: {t}
    {t} Put the {k} into JSON.
    From the text below, produce JSON holding {k}: {t}
    {t} Which {k} do you read there? Use JSON.
    """,
)
ALL = phrasing(
    """
    {t} [Write|Give me|Return|Format|Output] [this|that|it] as JSON[.|]
    [Write|Convert|Turn|Put|Format] this [as|to|into] JSON: {t}
    {t} [As JSON|JSON please|Convert to JSON|Now as JSON][.|]
    [Convert|Turn|Transform] [this text|the text|the sentence] [to|into] JSON: {t}
    [Extract|Write|Return] [all data|the data|everything|all values] as JSON: {t}
    {t} [Extract|Return|Give me] [all data|the data|everything] as JSON[.|]
    [JSON|As JSON|To JSON]: {t}
    [Can|Could] you [write|convert|turn] this [as|into|to] JSON? {t}
    [Make|Create|Build] [JSON|a JSON object] [from|out of|of] this: {t}
    {t}{nl}[Write|Convert|Put] [this|it] [as|into] JSON[.|]
    """,
    """
    I would like to have this as JSON: {t}
    {t} How does that look as JSON?
    Please make JSON of the following: {t}
    """,
)
ONE = phrasing(
    """
    [Which|What] {k} [is named|is mentioned|stands|is] in this text[:|?] {t}
    [Find|Extract|Give me|Tell me|Name|Get] the {k} in this[ text|][:] {t}
    {t} [What is|What's|Find|Tell me|Extract] the {k}[?|]
    {t} [Extract|Give me|Return] [just|only] the {k}[.|]
    [Just|Only] the {k}[, please|]: {t}
    [Read this|Text]: {t} [What is|Which is] the {k}[?|]
    """,
    """
    {t} Which {k} do you find there?
    Look for the {k} in this text: {t}
    """,
)
_PEOPLE = lines(
    """
    {name} is {age} years old and lives in {city}.
    {name} lives in {city} and is {age} years old.
    {name}, {age}, lives in {city}.
    {name} ({age}) [lives in|is from|comes from] {city}.
    {name} from {city} is {age}[| years old].
    [My name is|I am|I'm] {name}, I am {age} years old and I live in {city}.
    [My name is|I am|I'm] {name}, {age} years old, from {city}.
    [Hi|Hello][,|!] [my name is|I'm|I am] {name}. I am {age} and [live in|come from] {city}.
    [I am|I'm] {name} and I live in {city}. I am {age}[| years old].
    In {city} lives {name}, who is {age} years old.
    {name} is {age}[| years old]. [The home of|The city of] {name} is {city}.
    [My friend|My sister|My neighbor|Our guest] {name} is {age} and lives in {city}.
    {name} [works|is working] as {A job} in {city}.
    {name} is {A job} [from|in] {city}.
    {name} is {A job} and {age} years old.
    {name}, {A job}, is {age}[| years old].
    {name} is {A job}, lives in {city} and is {age}[| years old].
    The {job} {name} [lives in|comes from] {city}.
    The {job} {name} is {age} years old and lives in {city}.
    [My name is|I am] {name}. I work as {A job} in {city}.
    [I am|I'm] {name}, {A job} from {city}. I am {age} years old.
    {name} lives in {city} and likes {color}.
    {name} is {age} years old. The favorite color of {name} is {color}.
    {name} from {city} likes to eat {food}.
    {name} is {age} and likes to eat {food}.
    [My name is|I am] {name}, I live in {city} and my favorite color is {color}.
    [My name is|I am] {name}, my favorite food is {food} and I am {age}[| years old].
    {name} is {age}, lives in {city} and has one hobby: {hobby}.
    The hobby of {name} is {hobby}. {name} lives in {city}.
    """
)
_EVENTS = lines(
    """
    The meeting with {name} is on {day} at {time}.
    [I meet|We meet|Meet] {name} on {day} at {time} in {city}.
    On {day} at {time} {name} [comes to|arrives in] {city}.
    {name} [visits|is in|will be in] {city} on {day}.
    The train to {city} leaves on {day} at {time}.
    [Please call|Call|Do not forget to call] {name} on {day} at {time}.
    {name} [invites us|has a party] on {day} at {time}.
    There is a concert in {city} on {day} at {time}.
    """
)
_PRODUCTS = lines(
    """
    The {color} {item} costs {price} [dollars|euros].
    {A color} {item} for {price} [dollars|euros].
    {name} bought {A color} {item} for {price} [dollars|euros].
    [I sell|We sell] {A item} for {price} [dollars|euros] in {city}.
    {name} ordered {count} {item}s for {price} [dollars|euros].
    {name} [wants|needs|would like] {count} {item}s.
    The price of the {item} is {price} [dollars|euros] and its color is {color}.
    {name} from {city} [buys|orders] {count} {color} {item}s.
    """
)
_ITEMS = "house car boat book lamp bag hat ring key robot table chair door phone coat".split()

_DRAWS: dict[str, Callable[[Random, Split], Any]] = {
    "name": name,
    "city": city,
    "age": lambda r, split: r.randint(3, 99),
    "job": job,
    "color": color,
    "food": food,
    "hobby": hobby,
    "day": lambda r, split: r.choice(DAYS),
    "time": lambda r, split: f"{r.randint(1, 23)}:{r.choice(['00', '15', '30', '45'])}",
    "price": lambda r, split: r.randint(2, 999),
    "count": lambda r, split: r.randint(2, 30),
    "item": lambda r, split: r.choice(_ITEMS),
}


def extract(r: Random, split: Split = "train") -> Asked:
    """Values of one or two sentences, as JSON; now and then one value alone."""
    text, values = _record(r, split)
    if r.random() < 0.12:
        return _single(r, text, values, split)
    if r.random() < 0.25:
        keys, ways = list(values), ALL
    else:
        keys, ways = _keys(r, values), KEYS
    wanted = {key: values.get(key) for key in keys}
    question = ways.pick(r, split, k=_named(r, keys), t=text, nl="\n")
    answer = as_json(wanted)
    return Asked("extract", first_upper(question), answer, answer, wanted)


def _record(r: Random, split: Split) -> Record:
    """A sentence with values in it."""
    template = say(r, r.choice(r.choices((_PEOPLE, _EVENTS, _PRODUCTS), (7, 2, 2))[0]))
    found = {key: at for key in _DRAWS if (at := _place(template, key)) >= 0}
    values = {key: _DRAWS[key](r, split) for key in sorted(found, key=found.__getitem__)}
    text = template
    for key, value in values.items():
        text = text.replace("{" + key + "}", str(value)).replace("{A " + key + "}", a(str(value)))
    return first_upper(text), values


def _place(template: str, key: str) -> int:
    """Where the value of the key stands in the template; -1: nowhere."""
    places = [template.find("{" + key + "}"), template.find("{A " + key + "}")]
    return min((at for at in places if at >= 0), default=-1)


def _keys(r: Random, values: dict[str, Any]) -> list[str]:
    """Some keys of the text in any order, seldom one that the text says nothing of."""
    count = r.randint(min(2, len(values)), len(values))
    keys = r.sample(list(values), count)
    if r.random() < 0.6:
        keys.sort(key=list(values).index)
    if r.random() < 0.06:
        keys.append(r.choice([key for key in _DRAWS if key not in values]))
    return keys


def _named(r: Random, keys: list[str]) -> str:
    """The keys as people name them: "name, age and city"."""
    said = [f'"{key}"' for key in keys] if r.random() < 0.12 else keys
    if len(said) == 1:
        return said[0]
    joint = r.choices([" and ", ", ", ", and "], (7, 2, 1))[0]
    return ", ".join(said[:-1]) + joint + said[-1]


def _single(r: Random, text: str, values: dict[str, Any], split: Split) -> Asked:
    key = r.choice(list(values))
    value = str(values[key])
    question = ONE.pick(r, split, k=key, t=text)
    return Asked("extract", first_upper(question), value, value, {key: values[key]})
