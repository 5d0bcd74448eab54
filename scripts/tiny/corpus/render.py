"""Conversations as the text that the model sees: what template.jinja makes of them, in Python."""

from __future__ import annotations

from .turns import Conversation, Infill, Message, as_json

PICTURE = "\0"
"""Stands for a picture's tokens in rendered text, and in messages that say where pictures stand."""

Piece = tuple[str, bool]
"""Text, and whether the model is to learn to write it."""


def render(conversation: Conversation | Infill) -> list[Piece]:
    """The conversation, piece by piece. Equal to what template.jinja makes of the same messages."""
    if isinstance(conversation, Infill):
        return _infill(conversation)
    messages = conversation.messages
    first = messages[0]
    system = first.content if first.role == "system" else None
    pieces: list[Piece] = []
    if conversation.tools:
        tools = "".join("\n" + as_json(tool) for tool in conversation.tools)
        above = f"{system}\n\n" if system is not None else ""
        pieces.append((_turn("system", f"{above}# Tools\n\n<tools>{tools}\n</tools>"), False))
    elif system is not None:
        pieces.append((_turn("system", system), False))
    for at, message in enumerate(messages):
        if message is first and system is not None:
            continue
        following = messages[at + 1] if at + 1 < len(messages) else None
        pieces += _pieces(message, messages[at - 1] if at > 0 else None, following)
    return pieces


def _pieces(message: Message, before: Message | None, after: Message | None) -> list[Piece]:
    match message.role:
        case "assistant":
            return _answer(message)
        case "tool":
            begin = "" if before is not None and before.role == "tool" else "<|im_start|>user"
            end = "" if after is not None and after.role == "tool" else "<|im_end|>\n"
            text = f"\n<tool_response>\n{message.content}\n</tool_response>"
            return [(begin + text + end, False)]
        case role:
            said = message.content
            shown = "" if PICTURE in said else PICTURE * len(message.pictures)
            return [(_turn(role, shown + said), False)]


def _infill(code: Infill) -> list[Piece]:
    """As llama.cpp asks for it: what comes before, what comes after, and then the middle."""
    asked = f"<|fim_prefix|>{code.prefix}<|fim_suffix|>{code.suffix}<|fim_middle|>"
    return [(asked, False), (f"{code.middle}<|endoftext|>", True)]


def _answer(message: Message) -> list[Piece]:
    begin = "<|im_start|>assistant\n"
    calls = [f"<tool_call>\n{as_json(call)}\n</tool_call>" for call in message.calls]
    text = "\n".join(([message.content] if message.content else []) + calls)
    if message.thought is not None:
        begin += "<think>\n"
        text = f"{message.thought}\n</think>\n\n{text}"
    return [(begin, False), (text + "<|im_end|>", True), ("\n", False)]


def _turn(role: str, content: str) -> str:
    return f"<|im_start|>{role}\n{content}<|im_end|>\n"
