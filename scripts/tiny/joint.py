"""Joint training: the text transformer learns to write, the vision transformer what to tell it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .batches import Batch, Batches, FromBatches, PairBatch, Pairs
from .nets import TextNet, VisionNet
from .optimizer import Group, Optimizer, Rates
from .samples import Paraphrases, Samples
from .trainer import Learnt, Schedule

PAIRS = 64
"""Pairs of sentences in a step that learns from pairs."""
STEPS_BETWEEN_PAIRS = 4
PAIR_WEIGHT = 0.15
"""Of the pairs' loss, against 1 of the words' one."""
TEMPERATURE = 0.07


class Joint(FromBatches):
    """The task of joint training."""

    name = "joint training"
    unit = "tokens"

    def __init__(
        self,
        text: TextNet,
        vision: VisionNet,
        samples: Samples,
        paraphrases: Paraphrases,
        kinds: list[str],
        pictures: np.ndarray,
        seed: int,
        total: int,
        batch_tokens: int,
        schedule: Schedule,
        vision_speed: float,
    ) -> None:
        """kinds: names of the samples' kinds; pictures: bytes (n, side, side, 3); vision_speed: of
        the vision transformer, which has learned to see before."""
        self.total = total
        self.schedule = schedule
        self.nets: dict[str, nn.Module] = {"text": text, "vision": vision}
        self.optimizer = _optimizer(text, vision, vision_speed)
        self._text = text
        self._vision = vision
        self._kinds = kinds
        self._pictures = pictures
        self._batches = Batches(samples, seed, batch_tokens)
        self._pairs = Pairs(paraphrases, seed, PAIRS)

    def learn(self, step: int) -> Learnt:
        """Adds the gradients of the next batch, and those of pairs in each fourth step."""
        batch = self._batches.next()
        tokens = self._vision(self._seen(batch.pictures)) if len(batch.pictures) > 0 else None
        losses = learn_words(self._text, batch, tokens, self._kinds)
        if step % STEPS_BETWEEN_PAIRS == 0:
            loss = contrast(self._text, self._pairs.at(step))
            (PAIR_WEIGHT * loss).backward()
            losses["pairs"] = loss.item()
        return Learnt(batch.n_tokens, losses)

    def _seen(self, numbers: Tensor) -> Tensor:
        return torch.from_numpy(np.array(self._pictures[numbers.numpy()]))


def learn_words(
    text: TextNet, batch: Batch, pictures: Tensor | None, names: list[str]
) -> dict[str, float]:
    """Adds the gradients of predicting each token of a batch.

    pictures: the tokens of all pictures, (any, width); names: of the samples' kinds
    Returns: the mean loss of what was to be written, of each kind that is in the batch.
    """
    hidden = text(batch.ids, pictures)
    # Position i predicts token i + 1. Only what counts is worth its scores of all tokens.
    weights = batch.weights[:, 1:].flatten()
    counts = weights.nonzero().squeeze(1)
    logits = text.logits(hidden[:, :-1].flatten(0, 1).index_select(0, counts))
    following = batch.ids[:, 1:].flatten()[counts]
    losses = F.cross_entropy(logits, following, reduction="none")
    weights = weights[counts]
    ((losses * weights).sum() / weights.sum()).backward()
    kinds = batch.kinds[:, None].expand(batch.ids[:, 1:].shape).flatten()[counts]
    return _by_kind(losses.detach(), kinds, weights == 1, names)


def _by_kind(
    losses: Tensor, kinds: Tensor, is_target: Tensor, names: list[str]
) -> dict[str, float]:
    kinds = kinds[is_target]
    sums = torch.bincount(kinds, losses[is_target], len(names)).tolist()
    counts = torch.bincount(kinds, minlength=len(names)).tolist()
    found = zip(names, sums, counts)
    return {kind: total / count for kind, total, count in found if count > 0}


def contrast(text: TextNet, pairs: PairBatch) -> Tensor:
    """How badly each sentence finds its partner among all others: InfoNCE, both ways.

    A sentence's embedding is the mean of its final hidden states, as llama.cpp makes it.
    """
    hidden = text(pairs.ids) * pairs.is_token[..., None]
    means = hidden.sum(1) / pairs.is_token.sum(1, keepdim=True)
    first, second = F.normalize(means, dim=-1).chunk(2)
    n = len(first)
    # Other pairs with the same meaning are no opposites.
    same = (pairs.meanings[:, None] == pairs.meanings) & ~torch.eye(n, dtype=torch.bool)
    scores = (first @ second.t() / TEMPERATURE).masked_fill(same, -1e4)
    right = torch.arange(n)
    return (F.cross_entropy(scores, right) + F.cross_entropy(scores.t(), right)) / 2


def _optimizer(text: TextNet, vision: VisionNet, vision_speed: float) -> Optimizer:
    # The projector is as new as the text transformer, and learns as fast.
    projector = vision.projector()
    with_text = Group(
        text.matrices() + [(layer.weight, 1) for layer in projector],
        text.rest() + [layer.bias for layer in projector],
    )
    return Optimizer([with_text, Group(vision.matrices(), vision.rest(), vision_speed)], Rates())
