"""Writes cases of the evaluation: questions that were never trained, and what is right.

`python3 -m tiny.cases --out DIR [--count N] [--seed N]`, in scripts/, makes DIR/cases.json and
pictures beside it, for scripts/tiny-eval.ts. Cases are new even where their phrases are trained
("seen"): the seed is another one. "held": phrases that are never trained; "combo" in a skill's
name: values, or pairs of them, that are never trained; "free": typed by somebody who had not seen
the corpus (eval/free-vision.json; what needs no picture is in eval/free-wording.json).
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image

from .corpus import memory
from .corpus.chat import small_talk
from .corpus.code import fill_in
from .corpus.copying import repeat, repeat_this
from .corpus.extraction import extract
from .corpus.facts import fact
from .corpus.pairs import pairs
from .corpus.people import people
from .corpus.phrases import Split, say
from .corpus.styles import JSON, PIRATE, SHORT, UPPER, system_prompt
from .corpus.sums import arithmetic
from .corpus.system_facts import told_by_system
from .corpus.tools import asked_call, asked_no_call, asked_result
from .corpus.turns import Asked, Conversation
from .corpus.unknown import unknown
from .corpus.usage import usage
from .corpus.vision import KINDS, vision_question
from .corpus.vision_several import SEVERAL, several_question
from .corpus.wishes import with_wish
from .corpus.words import COLORS
from .pictures import SHAPES, Scene, draw, scene_kind

Case = dict[str, Any]
Ask = Callable[[Random, Split], Asked]

_FREE = Path(__file__).parent / "eval/free-vision.json"
"""Questions by kind, with slots as those of vision_phrases."""
_ANY_TEXT = Path(__file__).parent / "eval/any-text.json"
_WORDING: tuple[tuple[Split, str], ...] = (("train", "seen"), ("phrasing", "held"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--count", type=int, default=60, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=777)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    cases = _all(options.seed, options.count, options.out)
    (options.out / "cases.json").write_text(json.dumps({"cases": cases}, ensure_ascii=False))
    print(f"{len(cases)} cases in {options.out}")


def _all(seed: int, count: int, out: Path) -> list[Case]:
    def random(name: str) -> Random:
        return Random(f"{seed}/{name}")

    return [
        *_texts(random("texts"), count),
        *_any_texts(random("any texts")),
        *_memory(random("memory"), count),
        *_styled(random("styled"), count),
        *_tools(random("tools"), count),
        *_json(random("json"), count),
        *_code(random("code"), count),
        *_thinking(random("thinking"), count),
        *_embeddings(random("embeddings"), 5 * count),
        *_pictures(random("pictures"), count, out),
    ]


def _asked(skill: str, wording: str, asked: Asked, **more: Any) -> Case:
    expect = {"exact": asked.answer}
    return {"skill": skill, "wording": wording, "question": asked.question, "expect": expect} | more


def _texts(r: Random, count: int) -> list[Case]:
    skills: dict[str, Ask] = {
        "facts": fact,
        "arithmetic": arithmetic,
        "small talk": small_talk,
        "using Hutch": usage,
        "refusal": unknown,
        "repeat": repeat,
    }
    cases = []
    for skill, ask in skills.items():
        for split, wording in _WORDING:
            cases += [_asked(skill, wording, ask(r, split)) for _ in range(count)]
    for skill, ask in (("facts: combo", fact), ("arithmetic: combo", arithmetic)):
        cases += [_asked(skill, "seen", ask(r, "combo")) for _ in range(count)]
    return cases


def _any_texts(r: Random) -> list[Case]:
    """Texts as people have them, with words and letters that the corpus does not know."""
    texts = json.loads(_ANY_TEXT.read_text(encoding="utf-8"))
    return [_asked("repeat: any text", "seen", repeat_this(r, text)) for text in texts]


def _memory(r: Random, count: int) -> list[Case]:
    """Something told, an unrelated turn, and the question for it."""
    cases = []
    for split, wording in _WORDING:
        for _ in range(count):
            matter = memory.matter(r)
            value = memory.value(r, matter, split)
            told, between = memory.tell(r, matter, value, split), fact(r)
            asked = memory.ask(r, matter, value, split)
            said = [part for turn in (told, between) for part in (turn.question, turn.answer)]
            cases.append(_asked("memory", wording, asked) | {"question": [*said, asked.question]})
        for _ in range(count // 2):
            asked = memory.ask(r, memory.matter(r), None, split)
            cases.append(_asked("memory: not told", wording, asked))
            cases.append(_asked("memory: people", wording, people(r, split)))
            system, asked = told_by_system(r, split)
            cases.append(_asked("told by the system prompt", wording, asked, system=system))
    return cases


def _styled(r: Random, count: int) -> list[Case]:
    cases = []
    for split, wording in _WORDING:
        for style in (UPPER, PIRATE, SHORT, JSON):
            for _ in range(count // 3):
                asked = fact(r)
                expect = {"exact": style.apply(asked)}
                if style is JSON:
                    expect = {"json": json.loads(style.apply(asked))}
                system = system_prompt(r, style, split)
                cases.append(
                    _asked(f"system prompt: {style.key}", wording, asked, system=system)
                    | {"expect": expect}
                )
        for _ in range(count):
            asked = fact(r)
            question, answer = with_wish(r, asked, split)
            wished = Asked("wish", question, answer)
            cases.append(_asked("wish in the question", wording, wished))
    return cases


def _tools(r: Random, count: int) -> list[Case]:
    cases = []
    for split, wording in _WORDING:
        for _ in range(count):
            conversation, calls = asked_call(r, split)
            cases.append(_conversation("tool call", wording, conversation, {"calls": calls}))
            conversation, answer = asked_result(r, split)
            expect = {"exact": answer}
            cases.append(_conversation("answer from a tool", wording, conversation, expect))
            conversation, _ = asked_no_call(r, split)
            cases.append(_conversation("no tool call", wording, conversation, {"calls": []}))
    return cases


def _conversation(skill: str, wording: str, conversation: Conversation, expect: Any) -> Case:
    messages = [
        {"role": message.role, "content": message.content}
        | ({"calls": list(message.calls)} if message.calls else {})
        for message in conversation.messages
    ]
    tools = list(conversation.tools)
    return {
        "skill": skill, "wording": wording, "messages": messages, "tools": tools, "expect": expect,
    }  # fmt: skip


def _json(r: Random, count: int) -> list[Case]:
    """JSON out of a text, freely and under a grammar that a schema makes."""
    cases = []
    for split, wording in _WORDING:
        for _ in range(count):
            asked = _extraction(r, split)
            expect = {"json": json.loads(asked.answer)}
            cases.append(_asked("extract as JSON", wording, asked) | {"expect": expect})
            schema = _schema_of(asked.values or {})
            cases.append(
                _asked("schema", wording, asked)
                | {"kind": "schema", "schema": schema, "expect": {"isJson": True}}
            )
    return cases


def _extraction(r: Random, split: Split) -> Asked:
    """One whose answer is JSON: others ask for a single value."""
    while True:
        asked = extract(r, split)
        if asked.answer.startswith("{"):
            return asked


def _schema_of(values: dict[str, Any]) -> dict[str, Any]:
    kinds = {str: "string", int: "integer", bool: "boolean", type(None): ["string", "null"]}
    properties = {key: {"type": kinds[type(value)]} for key, value in values.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _code(r: Random, count: int) -> list[Case]:
    cases = []
    for _ in range(count):
        prefix, suffix, middle = fill_in(r)
        gap = {"prefix": prefix, "suffix": suffix, "expect": middle}
        cases.append({"kind": "infill", "skill": "fill in the middle", "wording": "seen"} | gap)
    return cases


def _thinking(r: Random, count: int) -> list[Case]:
    cases = []
    for split, wording in _WORDING:
        for _ in range(count // 2):
            asked = r.choice([fact, arithmetic])(r, split)
            expect = {"exact": asked.answer, "thinks": True}
            case = _asked("thinking", wording, asked, think=True)
            cases.append(case | {"expect": expect})
    return cases


def _embeddings(r: Random, count: int) -> list[Case]:
    found = pairs(r, count, "phrasing")
    same = [[first, second, "paraphrase"] for first, second, _ in found]
    others = []
    while len(others) < count:
        (first, _, meaning), (_, second, other) = r.choice(found), r.choice(found)
        if meaning != other:
            others.append([first, second, "unrelated"])
    pair = {"kind": "embedding-pairs", "skill": "paraphrases"}
    return [pair | {"wording": "held", "pairs": same + others}]


def _pictures(r: Random, count: int, out: Path) -> list[Case]:
    """Questions about pictures that are drawn for them, in several sizes and encodings."""
    cases = []
    for kind in [kind for kind in KINDS if kind != "no_picture"]:
        for split, wording in _WORDING:
            for at in range(count // 2):
                scene, asked, image = _picture(r, kind, split, is_held=at % 3 == 0)
                name = _saved(r, image, out, f"{kind}-{wording}-{at}")
                cases.append(_asked(_vision_skill(kind), wording, asked, image=name))
    for kind in SEVERAL:
        for at in range(count // 3):
            cases.append(_several(r, kind, at, out))
    for kind, ways in json.loads(_FREE.read_text(encoding="utf-8")).items():
        cases += [_freely_asked(r, kind, way, at, out) for at, way in enumerate(ways)]
    for split, wording in _WORDING:
        for at in range(count // 2):
            kind = ("shape_it", "color_it", "shape_of_color", "color_of", "describe")[at % 5]
            _, asked, image = _picture(r, kind, split, is_held=at % 3 == 0)
            name = _saved(r, image, out, f"last-{wording}-{at}")
            skill = "vision: the picture after the question"
            cases.append(_asked(skill, wording, asked, image=name, imageLast=True))
    return cases


def _freely_asked(r: Random, kind: str, way: str, at: int, out: Path) -> Case:
    """The answer may be in any words, but must not name other shapes, or other colours."""
    is_shape = kind.startswith("shape_")
    while True:
        _, asked, image = _picture(r, kind, "train", is_held=at % 3 == 0)
        values = asked.values or {}
        right = values["shape" if is_shape else "color"]
        if right is not None:
            break
    others = [other for other in (SHAPES if is_shape else COLORS) if other != right]
    question = say(r, way, s=values["shape"], c=values.get("color"))
    return {
        "skill": _vision_skill(kind),
        "wording": "free",
        "question": question,
        "image": _saved(r, image, out, f"{kind}-free-{at}"),
        "expect": {"contains": [right], "notContains": others},
    }


def _vision_skill(kind: str) -> str:
    if kind.startswith("shape_"):
        return "vision: shape"
    return "vision: colour" if kind.startswith("color_") else f"vision, {kind.replace('_', ' ')}"


def _picture(
    r: Random, kind: str, split: Split, is_held: bool
) -> tuple[Scene, Asked, Image.Image]:
    while True:
        image, scene = draw(r, scene_kind(r), is_held)
        asked = vision_question(r, scene, kind, split)
        if asked is not None:
            return scene, asked, image


def _several(r: Random, kind: str, at: int, out: Path) -> Case:
    while True:
        drawn = [draw(r, r.choice(["one", "one", "two"])) for _ in range(r.choice([2, 2, 3]))]
        asked = several_question(r, [scene for _, scene in drawn], range(len(drawn)), kind, "train")
        if asked is not None:
            break
    names = [_saved(r, image, out, f"{kind}-{at}-{n}") for n, (image, _) in enumerate(drawn)]
    return _asked(f"vision, several pictures: {kind}", "seen", asked, image=names)


def _saved(r: Random, image: Image.Image, out: Path, name: str) -> str:
    """The picture as PNG, or as JPEG of some quality, in its own size or enlarged."""
    if r.random() < 0.3:
        factor = r.uniform(1.2, 3)
        size = (round(image.width * factor), round(image.height * factor))
        image = image.resize(size, Image.BICUBIC)
    name = name.replace(" ", "-")
    if r.random() < 0.5:
        image.save(out / f"{name}.png")
        return f"{name}.png"
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=r.choice([40, 60, 80, 95]))
    (out / f"{name}.jpg").write_bytes(encoded.getvalue())
    return f"{name}.jpg"


if __name__ == "__main__":
    main()
