"""Conversations as tokens: what the text transformer learns from."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from .corpus import words
from .corpus.mixture import WEIGHTS, conversation
from .corpus.pairs import pairs
from .corpus.render import PICTURE, render
from .corpus.turns import Conversation, Infill
from .pictures import Scene
from .tokenizer import SPACE, Tokenizer

PICTURE_TOKEN = -1
"""Stands in `ids` for each of the tokens that the vision transformer makes of a picture."""
SHARD = 500
"""Conversations that are made in one go. They depend on the seed and the shard's number alone."""
N_PROCESSES = 2


class Part(NamedTuple):
    """A part of the mixture: conversations of one kind, by weight of how many there are."""

    kind: str
    generate: Callable[[Random, Sequence[Scene]], Conversation | Infill]
    """Makes one. Its pictures are numbers of the scenes that are handed in."""
    weight: float


class Sample(NamedTuple):
    """A conversation as tokens."""

    ids: np.ndarray
    """(length,), int16; PICTURE_TOKEN where a picture's tokens go."""
    targets: np.ndarray
    """(length,), int8: 1 for what the model is to write, 0 for what others write."""
    pictures: tuple[int, ...]
    """Their numbers, in the order of their tokens."""
    kind: int
    """Its place in the mixture."""


@dataclass(frozen=True)
class Samples:
    """Samples behind each other in flat arrays."""

    ids: np.ndarray
    targets: np.ndarray
    lengths: np.ndarray
    """(n,): how many of the ids and targets each sample has."""
    pictures: np.ndarray
    picture_counts: np.ndarray
    """(n,): how many of the pictures each sample has."""
    kinds: np.ndarray
    """(n,)"""

    def save(self, folder: Path) -> None:
        """Writes a file for each array."""
        _save(self, folder)

    @staticmethod
    def load(folder: Path) -> Samples:
        """Reads what `save` wrote."""
        return _load(Samples, folder)


@dataclass(frozen=True)
class Paraphrases:
    """Pairs of sentences with one meaning, as tokens."""

    pair_ids: np.ndarray
    """int16: first sentence, second sentence, first sentence of the next pair..."""
    pair_lengths: np.ndarray
    """(n, 2)"""
    meanings: np.ndarray
    """(n,): pairs with equal numbers mean the same."""

    def save(self, folder: Path) -> None:
        """Writes a file for each array."""
        _save(self, folder)

    @staticmethod
    def load(folder: Path) -> Paraphrases:
        """Reads what `save` wrote."""
        return _load(Paraphrases, folder)


@dataclass(frozen=True)
class Maker:
    """Makes samples."""

    parts: list[Part]
    scenes: Sequence[Scene]
    """Of all pictures."""
    tokenizer: Tokenizer
    n_picture_tokens: int
    """How many tokens the vision transformer makes of one picture."""
    context: int
    """Longest sample, tokens. Longer ones are thrown away, and another one made."""
    seed: int
    every_piece: bool = False
    """New words are made of every piece of the tokenizer, not of short ones alone."""

    def shard(self, number: int, count: int) -> Samples:
        """The shard with a number: `count` samples."""
        r = Random(f"{self.seed}/samples/{number}")
        return _joined([self._sample(r) for _ in range(count)])

    def _sample(self, r: Random) -> Sample:
        weights = [part.weight for part in self.parts]
        while True:
            kind = r.choices(range(len(self.parts)), weights)[0]
            made = self.parts[kind].generate(r, self.scenes)
            sample = tokenized(made, kind, self.tokenizer, self.n_picture_tokens)
            if len(sample.ids) <= self.context:
                return sample


def mixture() -> list[Part]:
    """The corpus's mixture."""
    return [Part(kind, partial(_of_kind, kind), weight) for kind, weight in WEIGHTS.items()]


def texts(parts: list[Part], scenes: Sequence[Scene], seed: int, count: int) -> Iterator[str]:
    """Conversations as text without their pictures, for the tokenizer to learn from."""
    r = Random(f"{seed}/texts")
    weights = [part.weight for part in parts]
    for part in r.choices(parts, weights, k=count):
        text = "".join(text for text, _ in render(part.generate(r, scenes)))
        yield text.replace(PICTURE, "")


def make_samples(maker: Maker, count: int) -> Iterator[Samples]:
    """Samples in shards, made by two processes. Their order does not depend on who is faster."""
    counts = [min(SHARD, count - first) for first in range(0, count, SHARD)]
    # Forked processes have the scenes and the tokenizer without copying them.
    context = multiprocessing.get_context("fork")
    with context.Pool(N_PROCESSES, _begin, (maker,)) as pool:
        yield from pool.imap(_shard, enumerate(counts))


def merged(shards: Iterable[Samples]) -> Samples:
    """All samples of the shards."""
    shards = list(shards)
    arrays = {
        field.name: np.concatenate([getattr(shard, field.name) for shard in shards])
        for field in fields(Samples)
    }
    return Samples(**arrays)


def make_paraphrases(tokenizer: Tokenizer, seed: int, count: int) -> Paraphrases:
    """Pairs of sentences as tokens."""
    found = pairs(Random(f"{seed}/pairs"), count)
    encoded = [tokenizer.encode(text) for first, second, _ in found for text in (first, second)]
    numbers: dict[str, int] = {}
    meanings = [numbers.setdefault(meaning, len(numbers)) for _, _, meaning in found]
    return Paraphrases(
        np.array([token for ids in encoded for token in ids], np.int16),
        np.array([len(ids) for ids in encoded], np.int16).reshape(-1, 2),
        np.array(meanings, np.int32),
    )


def teach_pieces(tokenizer: Tokenizer, every: bool = False) -> None:
    """Lets the corpus make new words of the tokenizer's pieces, so that all of them are copied.

    every: of long ones, of capitals and of letters that are no ASCII too, not of short ones alone
    """
    short = [
        token
        for token in tokenizer.tokens
        if token.isascii() and token.isalpha() and token.islower() and len(token) <= 5
    ]
    words.pieces[:] = _every_piece(tokenizer) if every else short


def _every_piece(tokenizer: Tokenizer) -> list[str]:
    """All words and parts of words that the tokenizer has a token for, and some other letters."""
    bare = (token.removeprefix(SPACE) for token in tokenizer.tokens)
    return [*dict.fromkeys(t for t in bare if t.isascii() and t.isalpha()), *words.LETTERS]


def tokenized(
    made: Conversation | Infill, kind: int, tokenizer: Tokenizer, n_picture_tokens: int
) -> Sample:
    """A conversation as tokens, its pictures as `n_picture_tokens` picture tokens each."""
    ids: list[int] = []
    targets: list[int] = []
    n_pictures = 0
    for text, is_target in render(made):
        for i, part in enumerate(text.split(PICTURE)):
            if i > 0:
                ids += [PICTURE_TOKEN] * n_picture_tokens
                n_pictures += 1
            ids += tokenizer.encode(part)
        # A picture is never to be written: nobody writes a picture in an answer.
        targets += [int(is_target)] * (len(ids) - len(targets))
    pictures = tuple(n for message in made.messages for n in message.pictures)
    assert len(pictures) == n_pictures, "every picture stands in the text once"
    return Sample(np.array(ids, np.int16), np.array(targets, np.int8), pictures, kind)


def save_kinds(parts: list[Part], folder: Path) -> None:
    """Writes the names of the kinds of samples."""
    (folder / "kinds.json").write_text(json.dumps([part.kind for part in parts]))


def kinds_of(folder: Path) -> list[str]:
    """Names of the kinds of the samples in a folder."""
    return json.loads((folder / "kinds.json").read_text())


def _of_kind(kind: str, r: Random, scenes: Sequence[Scene]) -> Conversation | Infill:
    return conversation(r, kind, scenes)


_maker: Maker
"""Of this process."""


def _begin(maker: Maker) -> None:
    global _maker
    _maker = maker
    teach_pieces(maker.tokenizer, maker.every_piece)


def _shard(numbered: tuple[int, int]) -> Samples:
    number, count = numbered
    return _maker.shard(number, count)


def _joined(samples: list[Sample]) -> Samples:
    return Samples(
        np.concatenate([sample.ids for sample in samples]),
        np.concatenate([sample.targets for sample in samples]),
        np.array([len(sample.ids) for sample in samples], np.int32),
        np.array([number for sample in samples for number in sample.pictures], np.int32),
        np.array([len(sample.pictures) for sample in samples], np.int32),
        np.array([sample.kind for sample in samples], np.int16),
    )


def _save(arrays: Samples | Paraphrases, folder: Path) -> None:
    for field in fields(arrays):
        np.save(folder / f"{field.name}.npy", getattr(arrays, field.name))


def _load(kind: type, folder: Path) -> Any:
    return kind(*(np.load(folder / f"{field.name}.npy") for field in fields(kind)))
