"""What the training makes of conversations; smoke.test.ts compares what the server makes of them.

`python3 test/tiny/rendered.py WORK`, with the folder of a training, prints JSON: a list of objects
with "kind", "request" (the conversation without its last answer, as OpenAI's clients send it),
"prompt" (the same as text), "text" (all of it) and "tokens" (the ids of "text").
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from corpus_sample import conversations
from tiny.corpus.render import PICTURE, render
from tiny.corpus.tools import as_shown
from tiny.corpus.turns import Conversation, Infill, Message, as_json
from tiny.tokenizer import Tokenizer

N_OF_EACH_KIND = 12
MARKER = "<__media__>"
"""What llama.cpp writes for a picture, but for a number in it."""
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)


def main() -> None:
    tokenizer = Tokenizer.load(Path(sys.argv[1]) / "tokenizer/tokenizer.json")
    made = conversations(6, N_OF_EACH_KIND)
    print(json.dumps([_case(_shown(each), tokenizer) for each in made]))


def _shown(made: Conversation | Infill) -> Conversation | Infill:
    return made if isinstance(made, Infill) else as_shown(made)


def _case(made: Conversation | Infill, tokenizer: Tokenizer) -> dict[str, Any]:
    pieces = [text for text, _ in render(made)]
    text = "".join(pieces).replace(PICTURE, MARKER)
    case = {"kind": made.kind, "text": text, "tokens": tokenizer.encode(text)}
    if isinstance(made, Infill):
        return case
    # Last come the answer and the end of its line.
    prompt = "".join(pieces[:-2]).replace(PICTURE, MARKER)
    return case | {"prompt": prompt, "request": _request(made)}


def _request(made: Conversation) -> dict[str, Any]:
    *asked, answer = made.messages
    # Results come in the order of the calls.
    calls, results = count(), count()
    return {
        "messages": [_message(message, calls, results) for message in asked],
        "tools": list(made.tools),
        "chat_template_kwargs": {"enable_thinking": answer.thought is not None},
    }


def _message(message: Message, calls: Iterator[int], results: Iterator[int]) -> dict[str, Any]:
    said: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.pictures:
        said["content"] = _parts(message)
    if message.calls:
        said["tool_calls"] = [_call(call, next(calls)) for call in message.calls]
    if message.role == "tool":
        said["tool_call_id"] = str(next(results))
    return said


def _parts(message: Message) -> list[dict[str, Any]]:
    """Texts and pictures, in the order in which they are said."""
    picture = {"type": "image_url", "image_url": {"url": PIXEL}}
    if PICTURE not in message.content:
        return [picture] * len(message.pictures) + [{"type": "text", "text": message.content}]
    first, *others = message.content.split(PICTURE)
    parts = [{"type": "text", "text": first}]
    for text in others:
        parts += [picture, {"type": "text", "text": text}]
    return [part for part in parts if part.get("text") != ""]


def _call(call: dict[str, Any], number: int) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": as_json(call["arguments"])}
    return {"id": str(number), "type": "function", "function": function}


if __name__ == "__main__":
    main()
