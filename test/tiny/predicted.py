"""What the trained nets themselves say comes next; smoke.test.ts compares what the server says.

`python3 test/tiny/predicted.py WORK`, with the folder of a smoke training, below that of its files,
prints JSON: a list of objects with "url" (a picture), "question" about it, and "likely" (the tokens
that may begin the answer: their log probabilities, by id).
"""

from __future__ import annotations

import base64
import io
import json
import sys
from pathlib import Path
from random import Random
from typing import Any

import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from tiny.config import SMOKE_TEXT, SMOKE_VISION
from tiny.corpus.turns import Conversation, Message
from tiny.export import import_projector, import_text
from tiny.nets import TextNet, VisionNet
from tiny.pictures import draw, letterbox
from tiny.samples import tokenized
from tiny.tokenizer import Tokenizer

N_PICTURES = 6
N_LIKELY = 8
QUESTION = "What is this?"


def main() -> None:
    work = Path(sys.argv[1])
    tokenizer = Tokenizer.load(work / "tokenizer/tokenizer.json")
    text, vision = TextNet(SMOKE_TEXT), VisionNet(SMOKE_VISION, SMOKE_TEXT.width)
    # As exported: what is lost by that would hide what is to be seen.
    files = work.parent
    text.load(import_text(SMOKE_TEXT, tokenizer, files / "tiny-text.gguf"))
    vision.load(import_projector(SMOKE_VISION, SMOKE_TEXT.width, files / "tiny-mmproj.gguf"))
    r = Random(4)
    images = [draw(r, "one")[0] for _ in range(N_PICTURES)]
    print(json.dumps([_case(image, text, vision, tokenizer) for image in images]))


@torch.no_grad()
def _case(
    image: Image.Image, text: TextNet, vision: VisionNet, tokenizer: Tokenizer
) -> dict[str, Any]:
    pixels = letterbox(image, SMOKE_VISION.side)  # the server has nothing to resize then
    asked = Conversation("vision", (Message("user", QUESTION, (0,)), Message("assistant", "")))
    sample = tokenized(asked, 0, tokenizer, SMOKE_VISION.patches)
    end = int((torch.from_numpy(sample.targets) == 1).nonzero()[0])
    ids = torch.from_numpy(sample.ids[:end]).long()[None]
    hidden = text(ids, vision(torch.from_numpy(pixels)[None]))
    found = text.logits(hidden[0, -1]).log_softmax(-1).topk(N_LIKELY)
    likely = dict(zip(found.indices.tolist(), found.values.tolist()))
    return {"url": _url(pixels), "question": QUESTION, "likely": likely}


def _url(pixels: Any) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


if __name__ == "__main__":
    main()
