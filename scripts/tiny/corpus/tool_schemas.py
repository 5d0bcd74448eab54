"""What a family of tools is, and the tools that it can have, each with a schema of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from .phrases import Phrasing, Split, one
from .words import first_upper

Values = dict[str, Any]
"""What a question is about, by slot: {"c": "Paris"}. Slots of parameters are its arguments."""
Told = tuple["str | dict[str, Any]", str]
"""What a tool gives back, and the answer that is made of it."""


@dataclass(frozen=True)
class Param:
    """A parameter of a family's tools."""

    slot: str
    names: str
    kind: str = "string"
    """Its JSON type, "a|b" for one of two; "list" for a list of strings."""
    about: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    """Only some of the tools have it, and no question names a value for it."""


@dataclass(frozen=True)
class Family:
    """Tools for one purpose."""

    key: str
    """What it is for: tools of families that share a word of it do not stand side by side."""
    names: Phrasing
    about: str
    params: tuple[Param, ...]
    asked: Phrasing
    draw: Callable[[Random, Split], Values]
    tell: Callable[[Random, Values], Told]
    vague: tuple[str, str, str] | None = None
    """A question that lacks an argument, the question back, and what is said to that."""
    again: str = ""
    """A second question that leaves out what the first one said."""
    twice: str = ""
    """The slot that may hold two values at once: "in Paris and Rome"."""
    is_open_ended: bool = False
    """Questions may end with free text, which "and ..." would only prolong."""
    is_made_up: bool = False
    """A name and parameters of its own, known only from the schema."""


def fill(template: str, values: Values) -> str:
    """The template with its slots filled."""
    for slot, value in values.items():
        template = template.replace("{" + slot + "}", str(value))
    return template


# Tools of a family


@dataclass(frozen=True)
class Tool:
    """A tool as the model sees it."""

    family: Family
    schema: dict[str, Any]
    names: dict[str, str]
    """The parameters' names, by slot."""

    @property
    def name(self) -> str:
        return self.schema["function"]["name"]

    def call(self, values: Values) -> dict[str, Any]:
        """The call that says these values."""
        arguments = {said: values[slot] for slot, said in self.names.items() if slot in values}
        return {"name": self.name, "arguments": arguments}


def tool_of(r: Random, family: Family, split: Split) -> Tool:
    """One of the tools that a family can have."""
    params = [param for param in family.params if not param.optional or r.random() < 0.25]
    fixed = family.draw(r, split)  # the "minute" of a timer that counts in {u}s
    styled = _camel if r.random() < 0.15 else str
    at, of_kind, is_told = r.randrange(10_000), r.randrange(2), r.random() < 0.65
    names: dict[str, str] = {}
    properties: dict[str, Any] = {}
    for param in params:
        options = param.names.split("|")
        # the same position in lists of the same length: "x" goes with "y", "from" with "to"
        said = styled(fill(options[at % len(options)], fixed))
        names[param.slot] = said
        about = fill(one(r, param.about), fixed) if is_told else ""
        properties[said] = _property(param, of_kind, about)
    called = family.names.pick(r, "phrasing" if split == "combo" else "train")
    function: dict[str, Any] = {"name": styled(called)}
    if r.random() < 0.93:
        function["description"] = first_upper(fill(one(r, family.about), fixed)) + one(r, "|.")
    required = [names[param.slot] for param in params if not param.optional]
    function["parameters"] = _parameters(r, properties, required)
    return Tool(family, {"type": "function", "function": function}, names)


def _property(param: Param, of_kind: int, about: str) -> dict[str, Any]:
    kinds = param.kind.split("|")
    kind = kinds[of_kind % len(kinds)]
    schema: dict[str, Any] = {"type": "array" if kind == "list" else kind}
    if kind == "list":
        schema["items"] = {"type": "string"}
    if param.choices:
        schema["enum"] = list(param.choices)
    return {**schema, "description": first_upper(about)} if about else schema


def _parameters(r: Random, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    order = r.random()
    if order < 0.75:
        schema = {"type": "object", "properties": properties, "required": required}
    elif order < 0.88:
        schema = {"type": "object", "required": required, "properties": properties}
    else:
        schema = {"type": "object", "properties": properties}
    return {**schema, "additionalProperties": False} if r.random() < 0.08 else schema


def _camel(snake: str) -> str:
    head, *rest = snake.split("_")
    return head + "".join(part.capitalize() for part in rest)


# What tools give back


def done(r: Random) -> str | dict[str, Any]:
    """What a tool gives back that has done something."""
    text = one(r, "ok|ok|OK|done|Done.|success|Success|true")
    status = {"status": one(r, "ok|done|success|sent|created")}
    flag = {one(r, "success|ok|done"): True}
    return r.choice([text, text, status, flag, {"id": r.randint(1, 999), **status}])


def value_of(r: Random, keys: str, value: object, sentence: str) -> str | dict[str, Any]:
    """A value as a tool gives it back: bare, as JSON under one of the keys, or in a sentence."""
    return r.choice([str(value), sentence, {one(r, keys): value}, {one(r, keys): value}])


def does(answer: str) -> Callable[[Random, Values], Told]:
    """How to tell that a tool has done something, always with this answer."""
    return lambda r, values: (done(r), fill(answer, values))
