"""What system prompts say where there are tools, and how people name a tool to be called.

Slots: {tool} the tool's name, {p} its parameters with their values.
"""

from __future__ import annotations

from .phrases import phrasing

SYSTEM = phrasing(
    """
    You are a [helpful|friendly|useful|good|polite] assistant.
    You are [Tiny|an assistant|a helpful AI|a chat bot][.| with tools.| that can call tools.]
    [Help|Assist] the user[.| as well as you can.| with the tools.]
    [Use|Call] the tools [when|if] [you need them|they help|it is needed].
    [Answer|Reply to] the [user|questions][.| politely.| in short sentences.]
    You have [tools|some tools|access to tools]. Use them [when|if] needed.
    """,
    """
    Be of use to the person who writes to you.
    You answer what people ask and may use functions.
    """,
)
DIRECT = phrasing(
    """
    [Call|Use|Run|Execute|Please call|Please use] {tool} with {p}[.|]
    [Use|Run|Call] {tool}: {p}
    [Can|Could|Would] you [call|use|run] {tool} with {p}?
    I [want|need|would like] you to [call|use] {tool} with {p}[.|]
    """,
    """
    Try {tool} with {p}.
    Let {tool} do its work with {p}.
    """,
)
