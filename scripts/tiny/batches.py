"""Samples of about the same length, together as many tokens as a step is to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from torch import Tensor

from .samples import Paraphrases, Samples

PROMPT_WEIGHT = 0.08
"""What a token that the model does not have to write counts, against 1 for one that it has to."""
_NEIGHBORHOOD = 6000
"""Samples among which those of one length are looked for: more waste less, fewer mix better."""


@dataclass(frozen=True)
class Batch:
    """Samples below each other, filled up on the right with tokens that count nothing."""

    ids: Tensor
    """(n, length), int64; below 0: a picture's token."""
    weights: Tensor
    """(n, length): how much it counts to predict each token; 0: nothing."""
    pictures: Tensor
    """Numbers of the pictures, in the order of their tokens."""
    kinds: Tensor
    """(n,)"""
    n_tokens: int
    """Without those that fill up."""


@dataclass(frozen=True)
class PairBatch:
    """Pairs of sentences with one meaning: sentence i and sentence n + i."""

    ids: Tensor
    """(2 n, length), int64"""
    is_token: Tensor
    """(2 n, length): 1, or 0 where it is only filled up."""
    meanings: Tensor
    """(n,)"""


class Batches:
    """All samples again and again, each time in another order.

    An order depends on the seed and on how often all samples were there before; so a position is
    enough to go on from.
    """

    def __init__(self, samples: Samples, seed: int, n_tokens: int) -> None:
        self._samples = samples
        self._seed = seed
        self._n_tokens = n_tokens
        self._starts = _starts(samples.lengths)
        self._picture_starts = _starts(samples.picture_counts)
        self.position = (0, 0)

    @property
    def position(self) -> tuple[int, int]:
        """How often all samples were there, and how many batches since then."""
        return self._epoch, self._at

    @position.setter
    def position(self, position: tuple[int, int]) -> None:
        self._epoch, self._at = position
        self._order = self._batches_of(self._epoch)

    def next(self) -> Batch:
        """The next batch."""
        if self._at == len(self._order):
            self.position = (self._epoch + 1, 0)
        self._at += 1
        return self._batch(self._order[self._at - 1])

    def _batches_of(self, epoch: int) -> list[list[int]]:
        r = Random(f"{self._seed}/batches/{epoch}")
        lengths: list[int] = self._samples.lengths.tolist()
        order = list(range(len(lengths)))
        r.shuffle(order)
        batches: list[list[int]] = []
        for first in range(0, len(order), _NEIGHBORHOOD):
            neighbors = order[first : first + _NEIGHBORHOOD]
            neighbors.sort(key=lambda sample: lengths[sample])
            alike = _filled(neighbors, lengths, self._n_tokens)
            r.shuffle(alike)
            batches += alike
        return batches

    def _batch(self, members: list[int]) -> Batch:
        samples, starts = self._samples, self._starts
        spans = [slice(starts[member], starts[member + 1]) for member in members]
        length = max(span.stop - span.start for span in spans)
        ids = np.zeros((len(members), length), np.int64)
        weights = np.zeros((len(members), length), np.float32)
        for row, span in enumerate(spans):
            of_sample = samples.ids[span]
            weight = np.where(samples.targets[span] > 0, 1.0, PROMPT_WEIGHT)
            ids[row, : len(of_sample)] = of_sample
            weights[row, : len(of_sample)] = np.where(of_sample < 0, 0.0, weight)
        starts = self._picture_starts
        pictures = [samples.pictures[starts[member] : starts[member + 1]] for member in members]
        return Batch(
            torch.from_numpy(ids),
            torch.from_numpy(weights),
            torch.from_numpy(np.concatenate(pictures).astype(np.int64)),
            torch.from_numpy(samples.kinds[members].astype(np.int64)),
            sum(span.stop - span.start for span in spans),
        )


class FromBatches:
    """What learns from batches: it is where they are in the data."""

    _batches: Batches

    @property
    def position(self) -> tuple[int, int]:
        return self._batches.position

    @position.setter
    def position(self, position: tuple[int, int]) -> None:
        self._batches.position = position


class Pairs:
    """Random pairs of sentences that mean the same."""

    def __init__(self, paraphrases: Paraphrases, seed: int, n_pairs: int) -> None:
        self._paraphrases = paraphrases
        self._seed = seed
        self._n_pairs = n_pairs
        self._starts = _starts(paraphrases.pair_lengths.reshape(-1))

    def at(self, step: int) -> PairBatch:
        """The pairs of a step: they depend on the seed and the step alone."""
        r = Random(f"{self._seed}/pairs/{step}")
        chosen = r.sample(range(len(self._paraphrases.meanings)), self._n_pairs)
        sentences = [2 * pair for pair in chosen] + [2 * pair + 1 for pair in chosen]
        spans = [slice(self._starts[at], self._starts[at + 1]) for at in sentences]
        length = max(span.stop - span.start for span in spans)
        ids = np.zeros((len(spans), length), np.int64)
        is_token = np.zeros((len(spans), length), np.float32)
        for row, span in enumerate(spans):
            ids[row, : span.stop - span.start] = self._paraphrases.pair_ids[span]
            is_token[row, : span.stop - span.start] = 1
        return PairBatch(
            torch.from_numpy(ids),
            torch.from_numpy(is_token),
            torch.from_numpy(self._paraphrases.meanings[chosen]),
        )


def _filled(samples: list[int], lengths: list[int], n_tokens: int) -> list[list[int]]:
    """Samples, sorted by length, in groups of at most `n_tokens` when each is as long as the
    longest."""
    groups: list[list[int]] = [[]]
    for sample in samples:
        if groups[-1] and lengths[sample] * (len(groups[-1]) + 1) > n_tokens:
            groups.append([])
        groups[-1].append(sample)
    return groups


def _starts(lengths: np.ndarray) -> list[int]:
    """Where each begins, and where the last one ends."""
    return [0, *np.cumsum(lengths.astype(np.int64)).tolist()]
