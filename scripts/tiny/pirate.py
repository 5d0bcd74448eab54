"""An adapter (LoRA) under which the model speaks like a pirate, whoever asks for what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from .batches import Batches, FromBatches
from .corpus.chat import small_talk
from .corpus.facts import fact
from .corpus.noise import noisy
from .corpus.sums import arithmetic
from .corpus.turns import Asked, Conversation, Message
from .corpus.unknown import unknown
from .corpus.usage import usage
from .joint import learn_words
from .nets import TextNet
from .optimizer import Group, Optimizer, Rates
from .pictures import Scene
from .samples import Part, Samples
from .trainer import Learnt, Schedule

RANK = 4
"""What a matrix of the adapter is the product of: (out, RANK) and (RANK, in)."""
KIND = "pirate"

_WORDS = {
    "hello": "ahoy", "hi": "ahoy", "my": "me", "you": "ye", "your": "yer", "is": "be", "are": "be",
    "am": "be", "friend": "matey", "yes": "aye",
}  # fmt: skip
_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b(?!')", re.IGNORECASE)
_ASKED = ((fact, 40), (arithmetic, 14), (small_talk, 22), (usage, 10), (unknown, 14))

_PARTS = {
    "qkv": ("attn_q", "attn_k", "attn_v"),
    "output": ("attn_output",),
    "gate_up": ("ffn_gate", "ffn_up"),
    "down": ("ffn_down",),
}
"""Matrices of a block, and what GGUF has them apart as, below each other."""

Factors = dict[str, tuple[np.ndarray, np.ndarray]]
"""By the matrix's name in GGUF: (RANK, in) and (out, RANK)."""


def pirate_speech(text: str) -> str:
    """What a pirate makes of a sentence, or of a few."""
    spoken = _WORD.sub(_pirate_word, text)
    return "Arr! " + (spoken[:-1] + ", matey!" if spoken.endswith(".") else spoken)


def _pirate_word(found: re.Match[str]) -> str:
    word = _WORDS[found[0].lower()]
    return word.capitalize() if found[0][0].isupper() else word


def pirate_part() -> Part:
    """Conversations in which a pirate answers, though nobody asked for one."""
    return Part(KIND, _conversation, 1)


def _conversation(r: Random, scenes: Sequence[Scene]) -> Conversation:
    messages: list[Message] = []
    for _ in range(r.choice([1, 1, 2, 3])):
        asked: Asked = r.choices([ask for ask, _ in _ASKED], [weight for _, weight in _ASKED])[0](r)
        messages.append(Message("user", noisy(r, asked.question)))
        messages.append(Message("assistant", pirate_speech(asked.answer)))
    return Conversation(KIND, tuple(messages))


class Lora(nn.Module):
    """Adds a product of two narrow matrices to one that stays as it is."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.randn(RANK, columns) / columns**0.5)
        self.b = nn.Parameter(torch.zeros(rows, RANK))

    def forward(self, matrix: Tensor) -> Tensor:
        return matrix + self.b @ self.a


class Pirate(FromBatches):
    """The task of training the adapter. The text transformer itself stays as it is."""

    name = "pirate adapter"
    unit = "tokens"
    schedule = Schedule()

    def __init__(
        self, text: TextNet, samples: Samples, seed: int, total: int, batch_tokens: int
    ) -> None:
        self.total = total
        self._text = text.requires_grad_(False)
        self._adapters = nn.ModuleDict()
        for i, block in enumerate(text.blocks):
            for name in _PARTS:
                adapter = Lora(*getattr(block, name).weight.shape)
                self._adapters[f"{name}_{i}"] = adapter
                parametrize.register_parametrization(getattr(block, name), "weight", adapter)
        self.nets: dict[str, nn.Module] = {"adapters": self._adapters}
        self.optimizer = Optimizer([Group([], list(self._adapters.parameters()))], Rates())
        self._batches = Batches(samples, seed, batch_tokens)

    def learn(self, step: int) -> Learnt:
        """Adds the gradients of the next batch."""
        batch = self._batches.next()
        return Learnt(batch.n_tokens, learn_words(self._text, batch, None, [KIND]))

    def factors(self) -> Factors:
        """What the adapter is made of."""
        found: Factors = {}
        for i in range(len(self._text.blocks)):
            for name, parts in _PARTS.items():
                adapter = self._adapters[f"{name}_{i}"]
                a = adapter.a.detach().clone().numpy()
                b = adapter.b.detach().clone().chunk(len(parts))
                found |= {f"blk.{i}.{part}": (a, rows.numpy()) for part, rows in zip(parts, b)}
        return found
