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
    last="""
    [hey|ok|hi|so][,|] [call|run|use] {tool} with {p}[ please| now| pls|]
    With {p}, [call|run|use|please call|please run] {tool}[.|, please.|]
    {tool}[:| with| using|, please, with] {p}[.|, please.|]
    I'd [like|love] to have [the tool |the function |]{tool} [called|run|used] with {p}[.|]
    [can u|could you please|would you kindly] [call|run|use] {tool} [with|using] {p}[ for me|][?|]
    [Make a call to|Send a request to|Do a run of] {tool} [with|using] {p}[.|, please.|]
    Take {p} and [call|run|use] {tool} [with it|with that][.|, please.|]
    [It is time|I need you|You have] to [call|run|use] {tool} with {p}[.|, please.|]
    [The tool|The function|The right tool] is {tool}[.|,] [Call|Run|Use] it with {p}[.|]
    [I'm testing|Let's test|Let me see] {tool}[.|,] [Call|Run|Use] it with {p}[.|, please.|]
    [Give|Pass|Hand] {p} to {tool}[.|, please.| right now.|]
    [Run|Call|Execute|Start] the [tool|function] {tool} [with|using|on] {p}[.|]
    """,
)
