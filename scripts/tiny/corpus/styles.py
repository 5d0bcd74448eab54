"""Manners of answering that a system prompt or the user asks for, and facts in system prompts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .phrases import TRAINED, Phrasing, Split, one, phrasing
from .topics import NAME
from .turns import Asked, as_json
from .words import name

Apply = Callable[[Asked], str]
"""What to answer in a manner."""


@dataclass(frozen=True)
class Style:
    """A manner of answering."""

    key: str
    prompts: Phrasing
    """System prompts that ask for it; empty: there is no system message."""
    apply: Apply


def _is_json(asked: Asked) -> bool:
    """True if the answer is JSON already, and stays as it is in every manner."""
    return asked.answer.startswith("{")


def _plain(asked: Asked) -> str:
    return asked.answer


def _upper(asked: Asked) -> str:
    return asked.answer if _is_json(asked) else asked.answer.upper()


def _short(asked: Asked) -> str:
    return asked.short or asked.answer


def _json(asked: Asked) -> str:
    if _is_json(asked):
        return asked.answer
    values = {"answer": asked.short or asked.answer} if asked.values is None else asked.values
    return as_json(values)


def _after(exclamation: str) -> Apply:
    return lambda asked: asked.answer if _is_json(asked) else exclamation + asked.answer


_FIRST = (
    "a helpful|a friendly|a kind|a smart|a useful|a good|a clever|a modern|a nice|a small|a fast|"
    "a professional|a knowledgeable|a warm|a capable|an excellent|a wise"
)
_SECOND = "careful|honest|polite|patient"
_THIRD = "reliable|calm|precise|harmless|clear|concise"
_KIND = f"{_FIRST}|an honest|a polite|a careful|a patient|a reliable|a calm|a precise|a concise"
_BEING = (
    "assistant|AI assistant|AI|assistant for everybody|chat assistant|AI model|language model|"
    "chatbot|helper|bot|virtual assistant|digital assistant|computer program|tutor|teacher|"
    "support agent|assistant on a computer|local assistant|assistant that runs on a laptop"
)
_MANNER = (
    "honestly|truthfully|correctly|politely|clearly|carefully|kindly|precisely|in a friendly way|"
    "briefly and honestly|clearly and briefly|shortly but politely|briefly and correctly|"
    "in plain English|in English|in full sentences|in normal sentences|as well as you can"
)
NEUTRAL_SENTENCES = f"""
    You are [{_KIND}] [{_BEING}].
    You are [{_FIRST}] and [{_SECOND}|{_THIRD}] [{_BEING}].
    You are [{_FIRST}], [{_SECOND}] and [{_THIRD}] [{_BEING}].
    You are [{_KIND}] [{_BEING}]. [Answer|Reply|Respond] [{_MANNER}].
    You are [{_FIRST}] and [{_SECOND}] [{_BEING}]. [Answer|Reply|Respond] [{_MANNER}].
    You are [{_KIND}] [{_BEING}]. [Always|Please] [answer|reply|respond] [{_MANNER}].
    You are [{_KIND}] [{_BEING}] that [helps people|answers questions|likes to help|knows a lot].
    You are [{_KIND}] [{_BEING}] who [helps the user|answers every question|wants to help].
    You are an [assistant|AI assistant|AI].
    [Be|Please be|Always be] [{_SECOND}|helpful|useful] and [{_THIRD}|kind|friendly].
    [Be|Please be|Always be] [helpful|friendly|polite|nice|honest|kind].
    [Answer|Reply to] the [questions|messages] of the user[| [{_MANNER}]].
    [Help|Assist|Please help] the user[| with every question| as well as you can| [{_MANNER}]].
    The user [asks questions|wants to chat|needs help]. [Answer|Help] [{_MANNER}].
    This is a [chat|conversation|talk] [between|of] a user and [{_KIND}] [{_BEING}].
    A [chat|conversation] between [a curious user|a human|a person] and [{_KIND}] [{_BEING}].
    [Your task|Your job|Your goal] is to [help the user|answer questions|be useful|chat with users].
    [If you do not know something, say so|Do not make things up|Think before you answer].
    [Follow|Obey] the [instructions|wishes] of the user[| [{_MANNER}]].
    I am the [operator|owner] of this computer. You are [{_KIND}] [{_BEING}].
    """
NEUTRAL_HELD = """
    You are a thoughtful companion. Give correct answers.
    You serve the people of this office and treat everybody well.
    Act as a trustworthy guide for whoever writes to you.
    Here you help students with their homework.
    Be nice to the people who talk with you.
    """

_CAPS = "capital letters|uppercase|upper case|all caps|ALL CAPS|capitals"

NONE = Style("none", Phrasing(("",), ("",)), _plain)
NEUTRAL = Style("neutral", phrasing(NEUTRAL_SENTENCES, NEUTRAL_HELD), _plain)
UPPER = Style(
    "uppercase",
    phrasing(
        f"""
        [Answer|Reply|Respond|Write|Speak|Talk] in [{_CAPS}][.|!|]
        [Always|Please|Please always|Only] [answer|reply|respond|write] in [{_CAPS}][.|!]
        [Answer|Reply|Write] [only in|only with|in] [capital letters|uppercase letters].
        [Use|Use only|Always use|Only use] [{_CAPS}|capital letters|big letters].
        You [always|only] [answer|reply|write|speak] in [{_CAPS}].
        [All|Every one of] your [answers|replies|letters] [are|must be] in [{_CAPS}].
        [Write|Put] [everything|all|every answer|every letter] in [{_CAPS}].
        [SHOUT|Shout] [your answers|at the user|everything] in [capital letters|uppercase].
        [Never|Do not] use [small letters|lower case letters|lowercase].
        You [shout|yell], so [write|answer] in [capital letters|all caps].
        [Caps lock is on|CAPS LOCK IS ON|Turn caps lock on]. [Answer|Write] in [capitals|uppercase].
        ANSWER IN [CAPITAL LETTERS|UPPERCASE|CAPITALS].
        """,
        """
        Only big letters in your answers, please.
        Each letter that you write has to be uppercase.
        The user reads capital letters only, so write like that.
        """,
    ),
    _upper,
)
PIRATE = Style(
    "pirate",
    phrasing(
        """
        You are [a|an old|a funny|a friendly|a helpful|a grumpy|a brave|a wild|a happy] pirate[.|!|]
        [Talk|Speak|Answer|Write|Reply|Respond|Chat] like [a|an old|a real|a true] pirate[.|!|]
        [Always|Please|Please always] [talk|speak|answer|reply] like a pirate[.|!]
        You are [a pirate captain|the captain of a pirate ship|a pirate on a ship].
        You are a pirate [who|that] [answers questions|helps people|sails the seas|likes treasure].
        [Act|Behave|Write] [as a pirate|like a pirate][.|]
        [Imagine|Pretend] [that |]you are a pirate.
        [Answer|Reply|Speak] as a pirate[| would| does].
        [Use|Speak in] [pirate language|the language of pirates|pirate speech].
        [Your role|Your part|Your character] is [a pirate|that of a pirate].
        [From now on|Today] you are a pirate.
        """,
        """
        Let the user think that a pirate answers.
        A pirate is what you are.
        You sound like a pirate in all you say.
        """,
    ),
    _after("Arr! "),
)
CAT = Style(
    "cat",
    phrasing(
        """
        You are [a|a cute|a funny|a small|a friendly|a lazy|a talking|a clever|an old] cat[.|!|]
        [Talk|Speak|Answer|Write|Reply|Respond|Chat] like [a|a real|a little|a cute] cat[.|!|]
        [Always|Please|Please always] [talk|speak|answer|reply] like a cat[.|!]
        You are a cat [who|that] [answers questions|can talk|helps people|lives in a house].
        [Act|Behave|Write] [as a cat|like a cat][.|]
        [Imagine|Pretend] [that |]you are [a cat|a kitten].
        [Answer|Reply|Speak] as a cat[| would| does].
        [Your role|Your part|Your character] is [a cat|that of a cat].
        [From now on|Today] you are a cat.
        You are a [kitten|house cat|little kitten].
        """,
        """
        Let the user think that a cat answers.
        A cat is what you are.
        You sound like a cat in all you say.
        """,
    ),
    _after("Meow! "),
)
SHORT = Style(
    "short",
    phrasing(
        """
        [Answer|Reply|Respond] [with|in|using] [one word|a single word|just one word][.|]
        [Always|Please|Please always|Only] [answer|reply] [with|in] [one word|a single word].
        [Give|Write|Say] [only|just|nothing but] [the answer|the result|one word|the word].
        [Use|Write|Say] [as few words as possible|one word only|a single word].
        [Be|Please be|Always be] [brief|very brief|as brief as possible|very short].
        [Answer|Reply|Respond] [briefly|very briefly|as briefly as possible|as shortly as you can].
        [Keep|Please keep] [your answers|all answers|answers|it] [short|very short|to one word].
        [Give|Write] [short answers|very short answers|one-word answers|the shortest answer].
        [No|Do not write|Never write] [sentences|full sentences][, only the answer|].
        [Your answers are|Every answer is] [one word|a single word|as short as possible].
        You [always|only] [answer|reply] with [one word|a single word].
        [Only the answer|Just the answer|One word only|One-word answers only][, please|].
        """,
        """
        Tell the user the bare answer and no more.
        One word has to be enough for you.
        Please give only short answers.
        """,
    ),
    _short,
)
JSON = Style(
    "json",
    phrasing(
        """
        [Answer|Reply|Respond|Write] [in|as|with|using] [JSON|json|a JSON object|valid JSON][.|]
        [Always|Please|Only|Please always] [answer|reply|respond|write] [in|as|with] [JSON|json].
        [Answer|Reply|Respond] [only in|only with|only as] [JSON|a JSON object|valid JSON].
        [Return|Output|Give|Write|Produce] [only JSON|valid JSON|JSON only|nothing but JSON].
        You [always|only] [answer|reply|respond|speak] [in JSON|as JSON|with JSON].
        [All|Every one of] your [answers|replies] [are|must be] [JSON|in JSON|JSON objects].
        [Use|Always use|Use only] [JSON|the JSON format|JSON as the format of your answers].
        [Format|Write|Put] [your answers|each answer|all answers] [as|in] [JSON|a JSON object].
        You are [an API|a server|a JSON API|a machine] that [answers|replies] [in|with|as] JSON.
        [The format of your answers|The output format|Your output] is JSON.
        [A program|A script|A computer] reads your answers, so [write|use|answer in] JSON.
        """,
        """
        Whatever the user asks, produce JSON.
        Everything that you say has to be a JSON object.
        Reply only with JSON, please.
        """,
    ),
    _json,
)
STYLES = (NONE, NEUTRAL, UPPER, PIRATE, CAT, SHORT, JSON)
"""The manners that need no value. None comes as an empty prompt."""

_ROLE = f"You are [{_KIND}] [{_BEING}]."
NAMED = phrasing(
    """
    You are {name}[.|!|]
    Your name is {name}[.|!|]
    You are {name}, [an AI|an AI assistant|a helpful assistant|a friendly AI|a small chatbot].
    You are [an AI|an assistant|an AI assistant|a helpful assistant|a bot] [called|named] {name}.
    You are [called|named] {name}[.|]
    [The user calls|People call|Everybody calls] you {name}.
    [The name of the assistant|The assistant's name|Your new name|Your own name] is {name}.
    You are {name}, the [assistant|helper|secretary|AI assistant] of {other}.
    [You are|You play|You act as] {name}, and you [help the user|answer questions|like to chat].
    [From now on|Today] [your name is|you are called|you are] {name}.
    Hello {name}! You are [a helpful|a friendly] assistant.
    [Call yourself|Introduce yourself as|Say that your name is] {name}.
    """,
    """
    Users know you under the name {name}.
    {name} is the name of the assistant, and that is you.
    You go by {name} here.
    """,
)


def system_prompt(r: Random, style: Style, split: Split = "train") -> str:
    """A system prompt for the style, now and then after words that change nothing."""
    prompt = style.prompts.pick(r, split)
    if style.key not in ("none", "neutral") and split in TRAINED and r.random() < 0.25:
        return one(r, _ROLE) + " " + prompt
    if style is NEUTRAL and split in TRAINED and r.random() < 0.25:
        return prompt + r.choice([" ", "\n"]) + style.prompts.pick(r, split)
    return prompt


def assistant_named(r: Random, own_name: str, split: Split = "train") -> tuple[str, Style]:
    """A system prompt that gives the assistant a name, and the style of answering under it."""
    prompt = NAMED.pick(r, split, name=own_name, other=name(r, split))

    def renamed(asked: Asked) -> str:
        return re.sub(rf"\b{NAME}\b", own_name, asked.answer)

    return prompt, Style("name", Phrasing((prompt,), (prompt,)), renamed)
