"""Conversations with tools: which one to call, with what, and what to say of its result."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from . import chat, facts, unknown
from .phrases import TRAINED, Split, one
from .tool_families import FAMILIES, any_family, made_up
from .tool_phrases import DIRECT, SYSTEM
from .tool_schemas import Family, Tool, Values, fill, tool_of
from .turns import Conversation, Message
from .usage import usage
from .words import NUMBER_WORDS, first_upper, some_words

NO_TOOL = "I have no tool for that."


@dataclass(frozen=True)
class Use:
    """One call, what it gives back and what to say of it."""

    tool: Tool
    values: Values
    result: str
    answer: str


# Tools


def _kit(r: Random, split: Split, least: int = 1) -> list[Tool]:
    """Tools of different families, none of which could do another one's work."""
    kit: list[Tool] = []
    count = max(least, r.choices([1, 2, 3, 4], [30, 35, 22, 13])[0])
    while len(kit) < count:
        family = any_family(r, split)
        if _is_apart(family, kit):
            kit.append(tool_of(r, family, split))
    return kit


def _is_apart(family: Family, kit: list[Tool]) -> bool:
    words = set(family.key.split("_"))
    return all(words.isdisjoint(tool.family.key.split("_")) for tool in kit)


# Questions


def _question(r: Random, tool: Tool, split: Split) -> str:
    """A way to ask for what the tool does, its slots still open."""
    is_direct = tool.names and r.random() < (0.2 if tool.family.is_made_up else 0.04)
    return (DIRECT if is_direct else tool.family.asked).pick(r, split)


def _said(r: Random, tool: Tool, template: str, texts: Values, split: Split) -> str:
    """The template as a message. Texts: values by slot, or what to say for them."""
    is_casual = split in TRAINED and r.random() < 0.12
    return _worded(r, tool, template.lower() if is_casual else first_upper(template), texts)


def _worded(r: Random, tool: Tool, template: str, texts: Values) -> str:
    spoken = {slot: _spoken(r, value) for slot, value in texts.items()}
    slots = [slot for slot in tool.names if slot in texts]
    missing = _spaced(tool.names[slots[0]]) if slots else ""
    listed = {"p": _listed(r, tool, slots, texts), "given": _listed(r, tool, slots[1:], texts)}
    return fill(template, {**listed, "missing": missing, "tool": tool.name, **spoken})


def _spoken(r: Random, value: object) -> str:
    if isinstance(value, bool):
        return one(r, "yes|true|true" if value else "no|false|false")
    if isinstance(value, list):
        return " and ".join(filter(None, [", ".join(value[:-1]), value[-1]]))
    if isinstance(value, int) and 0 < value <= 20 and r.random() < 0.06:
        return NUMBER_WORDS[value]
    return str(value)


def _listed(r: Random, tool: Tool, slots: list[str], texts: Values) -> str:
    """Parameters with their values: "id 5 and color = red"."""
    naming = r.choice([_spaced, _spaced, str])
    between = r.choice([" ", " ", " ", "=", " = ", ": ", " set to "])
    pairs = []
    for slot in slots:
        value = _spoken(r, texts[slot])
        is_long = isinstance(texts[slot], str) and " " in value
        pairs.append(naming(tool.names[slot]) + between + (f'"{value}"' if is_long else value))
    return one(r, " and | and |, ").join(pairs)


def _spaced(said: str) -> str:
    """ "user id" of "user_id" and of "userId"."""
    apart = "".join(" " + letter.lower() if letter.isupper() else letter for letter in said)
    return apart.replace("_", " ").strip()


# Results

_ERRORS = (
    "not found|timeout|no connection|access denied|not available|too many requests|unknown name"
    "|internal error|out of range|no such place|service is down|invalid argument"
)


def _use(r: Random, tool: Tool, values: Values) -> Use:
    if r.random() < 0.08:
        said = one(r, _ERRORS) if r.random() < 0.75 else some_words(r, 2, 3)
        forms = {"error": said}, {"error": {"message": said}}, {"status": "error", "message": said}
        result = r.choice([forms[0], forms[0], *forms, f"Error: {said}", f"error: {said}"])
        return Use(tool, values, _as_text(r, result), f"The tool reported an error: {said}.")
    result, answer = tool.family.tell(r, values)
    return Use(tool, values, _as_text(r, result), answer)


def _as_text(r: Random, result: str | dict[str, Any]) -> str:
    if isinstance(result, str):
        return result
    # JSON.stringify puts no spaces
    return json.dumps(result, ensure_ascii=False, separators=r.choice([(", ", ": "), (",", ":")]))


def _calling(*uses: Use) -> list[Message]:
    """The calls, their results, and one sentence that tells them all."""
    calls = tuple(use.tool.call(use.values) for use in uses)
    results = [Message("tool", use.result) for use in uses]
    answer = uses[0].answer
    for use in uses[1:]:
        answer = f"{answer[:-1]}, and {_lowered(use.answer)}"
    return [Message("assistant", "", calls=calls), *results, Message("assistant", answer)]


def _lowered(text: str) -> str:
    """The text as it goes on within a sentence: "The light" becomes "the light"."""
    is_kept = text.startswith(("I ", "I'", "{")) or text[1:2].isupper()
    return text if is_kept else text[:1].lower() + text[1:]


# Turns: each gives its messages, and the use that a next turn may go back to

Turn = tuple[list[Message], "Use | None"]


def _user(text: str) -> Message:
    return Message("user", text)


def _chat(r: Random, kit: list[Tool], split: Split, last: Use | None) -> Turn:
    """What needs none of the tools."""
    question, answer = _unneeded(r, kit, split)
    return [_user(question), Message("assistant", answer)], last


def _call(r: Random, kit: list[Tool], split: Split, last: Use | None) -> Turn:
    tool = r.choice([tool for tool in kit if last is None or tool is not last.tool] or kit)
    values = tool.family.draw(r, split)
    question = _said(r, tool, _question(r, tool, split), values, split)
    use = _use(r, tool, values)
    return [_user(question), *_calling(use)], use


def _refuse(r: Random, kit: list[Tool], split: Split, last: Use | None) -> Turn:
    """What sounds like work for a tool, but for none of these."""
    question, answer = _refusal(r, kit, split, new=4) or _unneeded(r, kit, split)
    return [_user(question), Message("assistant", answer)], last


def _again(r: Random, kit: list[Tool], split: Split, last: Use | None) -> Turn:
    """A question that only makes sense after the last one."""
    if last is None or not last.tool.family.again:
        return _call(r, kit, split, last)
    template = one(r, last.tool.family.again)
    drawn = last.tool.family.draw(r, split)
    asked = {slot: value for slot, value in drawn.items() if "{" + slot + "}" in template}
    values = {**last.values, **asked}
    use = _use(r, last.tool, values)
    return [_user(_said(r, last.tool, template, values, split)), *_calling(use)], use


def _missing(r: Random, kit: list[Tool], split: Split, last: Use | None) -> Turn:
    """A question that lacks an argument, and the question back."""
    tools = [tool for tool in kit if tool.family.vague]
    if not tools:
        return _call(r, kit, split, last)
    tool = r.choice(tools)
    values = tool.family.draw(r, split)
    vague, back, reply = tool.family.vague
    missing = _spaced(tool.names[next(slot for slot in tool.names if slot in values)])
    use = _use(r, tool, values)
    talk = [
        _user(_said(r, tool, one(r, vague), values, split)),
        Message("assistant", fill(back, {**values, "missing": missing})),
        _user(_said(r, tool, one(r, reply), values, split)),
    ]
    return [*talk, *_calling(use)], use


def _pair(r: Random, kit: list[Tool], split: Split, last: Use | None) -> Turn:
    """One question that needs two calls."""
    twice = [tool for tool in kit if tool.family.twice]
    if len(kit) > 1 and (not twice or r.random() < 0.6):
        return _two_tools(r, kit, split)
    return _one_tool_twice(r, r.choice(twice), split) if twice else _call(r, kit, split, last)


def _one_tool_twice(r: Random, tool: Tool, split: Split) -> Turn:
    slot = tool.family.twice
    values = tool.family.draw(r, split)
    others = values
    while others[slot] == values[slot]:
        others = {**values, slot: tool.family.draw(r, split)[slot]}
    first, second = values[slot], others[slot]
    template = tool.family.asked.pick(r, split)
    if r.random() < 0.5:
        template = template.replace("in {" + slot + "}", "in {places}")
    both = one(r, "{1} and {2}|{1} and {2}|{1} and also {2}")
    texts = {slot: fill(both, {"1": first, "2": second}), "places": f"{first} and in {second}"}
    uses = _use(r, tool, values), _use(r, tool, others)
    return [_user(_said(r, tool, template, {**values, **texts}, split)), *_calling(*uses)], uses[1]


def _two_tools(r: Random, kit: list[Tool], split: Split) -> Turn:
    # free text comes last: "and ..." would prolong it
    tools = sorted(r.sample(kit, 2), key=lambda tool: tool.family.is_open_ended)
    values = [tool.family.draw(r, split) for tool in tools]
    uses = [_use(r, tool, value) for tool, value in zip(tools, values)]
    first = _said(r, tools[0], _question(r, tools[0], split), values[0], split)
    template = _question(r, tools[1], split)
    if not tools[0].family.is_open_ended and r.random() < 0.6:
        first = first.rstrip(".?!= ").removesuffix(", please")
        between = one(r, " and | and |, and | and also | and then ")
    else:
        first = first.rstrip("= ")
        between = ("" if first[-1] in ".?!" else ".") + one(r, " And | Also, | Then |  ")
    template = first_upper(template) if between.endswith("  ") else _lowered(template)
    second = _worded(r, tools[1], template, values[1])
    return [_user(first + between.replace("  ", " ") + second), *_calling(*uses)], uses[1]


# What needs no tool


def _unneeded(r: Random, kit: list[Tool], split: Split) -> tuple[str, str]:
    """What people say that no tool of the kit helps with, and the answer."""
    refusals = {"practice": 60, "drill": 40}.get(split, 12)
    kinds = {"talk": 42, "usage": 10, "fact": 28, "unknown": 8, "refusal": refusals}
    while True:
        kind = r.choices(list(kinds), list(kinds.values()))[0]
        if kind == "refusal":
            if refusal := _refusal(r, kit, split):
                return refusal
            continue
        ask = {"talk": chat.small_talk, "usage": usage, "fact": facts.fact}.get(kind)
        asked = ask(r, split) if ask else unknown.unknown(r, split, live=False)
        if kind in ("talk", "usage") or not _could_help(kit, kind, asked.question.lower()):
            return asked.question, asked.answer


_HINTS = {
    "translate": ("translat", "say", "word", " mean", " in french", " in spanish", " in german"),
    "convert": ("how many", "number of", "degrees"),
}
"""What in a question about the world could call for a tool of the family."""


def _could_help(kit: list[Tool], kind: str, question: str) -> bool:
    """True if a tool might be meant to find the answer."""
    if kind == "unknown" and any(_is_open_world(tool) for tool in kit):
        return True
    hints = [hint for tool in kit for hint in _HINTS.get(tool.family.key, ())]
    return any(hint in question for hint in hints)


def _is_open_world(tool: Tool) -> bool:
    return tool.family.key == "search" or tool.family.is_made_up


_CLOSE = {
    "weather": ("search",), "time": ("search",), "light": (), "timer": ("reminder",),
    "message": ("note", "reminder"), "music": ("search",), "reminder": ("note", "timer"),
    "note": ("reminder", "message"), "search": (),
}  # fmt: skip
"""What may be asked for in vain, and with which other tools it could still be done."""


def _refusal(r: Random, kit: list[Tool], split: Split, new: int = 1) -> tuple[str, str] | None:
    """A question that no tool of the kit can answer; None: hard to find for this kit.

    new: how often something made up is asked for, against 1 for each known family
    """
    keys = {tool.family.key for tool in kit}
    makers = [] if any(_is_open_world(tool) for tool in kit) else [made_up(r, split)] * new
    families = [family for family, _ in FAMILIES if family.key in _CLOSE]
    makers += [family for family in families if not keys & {family.key, *_CLOSE[family.key]}]
    if not makers:
        return None
    family = r.choice(makers)
    tool = tool_of(r, family, split)
    question = _said(r, tool, _question(r, tool, split), family.draw(r, split), split)
    is_asking = family.key in ("weather", "time", "search")
    return question, unknown.ANSWER if is_asking else NO_TOOL


# Conversations

_PLANS: tuple[tuple[tuple[Any, ...], int], ...] = (
    ((_chat,), 17), ((_chat, _chat), 8), ((_call,), 16), ((_call, _chat), 10),
    ((_chat, _call), 8), ((_call, _again), 6), ((_call, _call), 7), ((_pair,), 10),
    ((_pair, _chat), 3), ((_missing,), 7), ((_missing, _chat), 2), ((_call, _chat, _call), 3),
    ((_call, _again, _chat), 3),
)  # fmt: skip
_CHOICES: tuple[tuple[tuple[Any, ...], int], ...] = (
    ((_chat, _call, _chat), 10), ((_call, _chat, _pair), 8), ((_chat, _chat, _call), 8),
    ((_pair, _call, _chat, _call), 8), ((_chat, _pair), 8), ((_call,), 8), ((_chat,), 8),
    ((_pair,), 8), ((_call, _again, _chat), 5), ((_missing, _chat), 5),
)  # fmt: skip
"""What is practised: to choose among calls and none, several times over the same tools."""
_TURNS = ((_call, 5), (_chat, 4), (_pair, 2), (_again, 1), (_missing, 1))
"""What is drilled, turn by turn."""
_CONTRASTS = ((_call, 5), (_refuse, 3), (_chat, 2), (_pair, 3), (_again, 1), (_missing, 1))
"""The same, with more that is to be told apart: work for a tool or for none, for one or for two."""


def tool_conversation(r: Random, split: Split = "train") -> Conversation:
    """Turns with one to four tools: calls, and in more than a third some that need none."""
    plans = _CHOICES if split in ("practice", "drill") else _PLANS
    return _planned(r, split, r.choices(*zip(*plans))[0])


def drilled_tools(r: Random, is_contrasted: bool = False) -> Conversation:
    """Two to six turns over the same tools, each to be decided anew: which to call, or none.

    is_contrasted: more turns that look like others and are not
    """
    turns = _CONTRASTS if is_contrasted else _TURNS
    return _planned(r, "drill", tuple(r.choices(*zip(*turns), k=r.randint(2, 6))))


def _planned(r: Random, split: Split, plan: tuple[Any, ...]) -> Conversation:
    kit = _kit(r, split, least=2 if _pair in plan and r.random() < 0.6 else 1)
    return _conversation(kit, [*_system(r, split), *_play(r, kit, split, plan)])


def as_shown(made: Conversation) -> Conversation:
    """With an empty description for each tool that has none: so llama.cpp shows it to templates."""
    functions = [tool["function"] for tool in made.tools]
    shown = [{"name": f["name"], "description": f.get("description", ""), **f} for f in functions]
    return replace(made, tools=tuple({"type": "function", "function": f} for f in shown))


def asked_call(r: Random, split: Split) -> tuple[Conversation, list[dict[str, Any]]]:
    """A conversation that ends with a question, and the calls that must come next."""
    conversation, at = _until_call(r, split)
    return replace(conversation, messages=conversation.messages[:at]), list(
        conversation.messages[at].calls
    )


def asked_result(r: Random, split: Split) -> tuple[Conversation, str]:
    """A conversation that ends with the results of calls, and the answer made of them."""
    conversation, _ = _until_call(r, split)
    *before, answer = conversation.messages
    return replace(conversation, messages=tuple(before)), answer.content


def asked_no_call(r: Random, split: Split) -> tuple[Conversation, str]:
    """A conversation that ends with what needs no tool, and the answer to it."""
    kit = _kit(r, split)
    *before, answer = _play(r, kit, split, r.choice([(_chat,), (_chat,), (_call, _chat)]))
    return _conversation(kit, [*_system(r, split), *before]), answer.content


def _until_call(r: Random, split: Split) -> tuple[Conversation, int]:
    """A conversation whose last turn calls, and where its last call stands."""
    plans = ((_call,), (_call,), (_call,), (_chat, _call), (_call, _call), (_pair,))
    plan = r.choice(plans)
    kit = _kit(r, split, least=2 if plan == (_pair,) else 1)
    conversation = _conversation(kit, [*_system(r, split), *_play(r, kit, split, plan)])
    return conversation, max(at for at, said in enumerate(conversation.messages) if said.calls)


def _system(r: Random, split: Split) -> list[Message]:
    return [Message("system", SYSTEM.pick(r, split))] if r.random() < 0.3 else []


def _play(r: Random, kit: list[Tool], split: Split, plan: tuple[Any, ...]) -> list[Message]:
    messages: list[Message] = []
    last: Use | None = None
    for turn in plan:
        more, last = turn(r, kit, split, last)
        messages += more
    return messages


def _conversation(kit: list[Tool], messages: list[Message]) -> Conversation:
    return Conversation("tools", tuple(messages), tuple(tool.schema for tool in kit))
