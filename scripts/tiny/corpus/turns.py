"""What conversations are made of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class Asked:
    """A question, and what to say to it in a sentence, in a word and as JSON."""

    skill: str
    question: str
    answer: str
    short: str = ""
    """"Paris"; empty: there is no short answer."""
    values: dict[str, Any] | None = None
    """The answer as JSON; None: it has no such form."""
    thought: str = ""
    """What to think before it; empty: nothing that is worth a thought."""


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str
    pictures: tuple[int, ...] = ()
    """Numbers of the pictures. They stand before the text, or where render.PICTURE is in it."""
    calls: tuple[dict[str, Any], ...] = ()
    """Tools that the assistant calls: name and arguments."""
    thought: str | None = None
    """What the assistant thinks first; None: thinking is off."""


@dataclass(frozen=True)
class Conversation:
    """Messages, and the tools that are there for them."""

    kind: str
    messages: tuple[Message, ...]
    tools: tuple[dict[str, Any], ...] = field(default=())


@dataclass(frozen=True)
class Infill:
    """Code with a hole, and what belongs there: no conversation."""

    kind: str
    prefix: str
    suffix: str
    middle: str
    messages: tuple[Message, ...] = ()


def as_json(value: object) -> str:
    """JSON as models write it: one line, with a space after commas and colons."""
    return json.dumps(value, ensure_ascii=False)


def is_held(*key: object, part: float = 0.08) -> bool:
    """True for the part of all combinations of values that is never trained."""
    digest = hashlib.md5("|".join(map(str, key)).encode()).hexdigest()
    return int(digest[:8], 16) / 2**32 < part
