"""Toy code: small functions with holes to fill in, or to be written."""

from __future__ import annotations

import keyword
from random import Random
from string import Template

from .phrases import Split, one, phrasing
from .programs import PROGRAMS, VARIABLES, Program
from .turns import Asked, is_held
from .words import new_word

ASKED = phrasing(
    """
    [Write|Please write|Write me|Make|Create|Give me] a {l} function that {t}[.|]
    [Can you|Could you|Will you] [write|make|give me] a {l} function that {t}?
    [I need|I want|I'd like] a {l} function [that|which] {t}[.|, please.|]
    [Write|Make|Code|Program] a function in {l} that {t}[.|]
    [In {l}|With {l}][,|:] [write|make] a function that {t}[.|]
    {l}[ function|]: [a function that |]{t}[.|]
    [Show me|Do you have] a {l} function [that|which] {t}[.|?]
    [Write|Give me] [some |]{l} code that {t}[.|]
    [What does a {l} function look like|How does a {l} function look] that {t}?
    A {l} function that {t}[, please|].
    [Help me write|Help me with] a {l} function that {t}[.|]
    [Implement|Define] a {l} function that {t}[.|]
    """,
    """
    Please code something in {l} that {t}.
    I am looking for a little {l} function. It {t}.
    Let me see how a function that {t} is written in {l}.
    """,
)
NAMED = phrasing(
    """
    [Write|Make|Create] a {l} function [called|named] {f} that {t}[.|]
    [Can|Could] you write a {l} function [called|named] {f} that {t}?
    [I need|I want] a {l} function {f} that {t}[.|]
    [Write|Define|Implement] [the function |]{f} in {l}[.|:|,] [It|it] {t}[.|]
    """,
    "In {l}, please code {f}, which {t}.",
)


def fill_in(r: Random) -> tuple[str, str, str]:
    """Code around a hole, and what belongs into the hole: prefix, suffix, middle."""
    program, is_python = r.choice(PROGRAMS), r.random() < 0.6
    variables = _variables(r)
    function = _cased(r.choice(program.names.split()), is_python)
    while function in variables.values():
        function = _new_name(r)
    text = _written(program, is_python, function, variables)
    if r.random() < 0.35:
        sign = "#" if is_python else "//"
        text = f"{sign} {one(r, program.task).capitalize()}.\n{text}"
    if r.random() < 0.3:
        call = f"⟦{function}⟧({program.arguments})"
        text += f"\n\nprint({call})" if is_python else f"\n\nconsole.log({call});"
    code, holes = _holes(text)
    begin, end = r.choice(holes)
    # The beginning of what is missing may be there already, as when somebody types it.
    spaces = [at + 1 for at in range(begin, end) if code[at] == " " and code[at + 1] != " "]
    if spaces and r.random() < 0.3:
        begin = r.choice(spaces)
    return code[:begin], code[end:], code[begin:end]


def write_code(r: Random, split: Split = "train") -> Asked:
    """A small function to write, under its usual name or one that the user gives."""
    while True:
        program, is_python = r.choice(PROGRAMS), r.random() < 0.6
        language = "Python" if is_python else "JavaScript"
        task = one(r, program.task)
        names = [_cased(name, is_python) for name in program.names.split()]
        is_named = r.random() < 0.2
        function = r.choice([*names, _new_name(r)]) if is_named else names[0]
        if is_held("code", language, task, is_named) == (split == "combo"):
            break
    spelled = language if r.random() < 0.8 else language.lower()
    question = (NAMED if is_named else ASKED).pick(r, split, l=spelled, t=task, f=function)
    variables = {key: names.split()[0] for key, names in VARIABLES.items()}
    code, _ = _holes(_written(program, is_python, function, variables))
    answer = f"```{language.lower()}\n{code}\n```"
    thought = f"A {language} function {function} that {program.task.split('|')[0]}."
    return Asked("code", question, answer, thought=thought)


def _variables(r: Random) -> dict[str, str]:
    """A name for each variable: those that people give, or such as nobody has seen."""
    if r.random() < 0.2:
        names: list[str] = []
        while len(names) < len(VARIABLES):
            name = _new_name(r)
            if name not in names:
                names.append(name)
        return dict(zip(VARIABLES, names))
    column = r.randrange(6)
    return {key: names.split()[column] for key, names in VARIABLES.items()}


def _new_name(r: Random) -> str:
    """A name that means nothing in either language."""
    while True:
        name = new_word(r)
        if len(name) > 3 and name.isidentifier() and not keyword.iskeyword(name) and name != "case":
            return name


def _written(program: Program, is_python: bool, function: str, variables: dict[str, str]) -> str:
    """The function as text, with its holes marked."""
    if is_python:
        text = f"def $f(⟦{program.parameters}⟧):\n{program.python}"
    else:
        text = f"function $f(⟦{program.parameters}⟧) {{\n{program.javascript}\n}}"
    return Template(text).substitute(variables, f=function)


def _cased(name: str, is_python: bool) -> str:
    """The name as the language writes it: is_even, isEven."""
    if is_python:
        return name
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _holes(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its marks, and where the holes begin and end in it."""
    code, open_at, holes = "", [], []
    for character in text:
        if character == "⟦":
            open_at.append(len(code))
        elif character == "⟧":
            holes.append((open_at.pop(), len(code)))
        else:
            code += character
    return code, holes
