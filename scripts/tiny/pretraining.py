"""Pretraining of the vision transformer: patches tell which shape is there, in which colour, where,
and which characters are written. Afterwards these heads are thrown away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .nets import VisionNet
from .optimizer import Group, Optimizer, Rates
from .pictures import Scene
from .trainer import Learnt, Schedule

RATES = Rates(muon=0.02, adam=2e-3, decay=0.1)
NOTHING_WEIGHT = 0.15
"""What it counts to tell that there is nothing, which is nearly everywhere."""
PICTURE_WEIGHT = 0.3
"""What the heads of whole pictures count, which are easy."""
CHECKED_PART = 0.02
"""Of all pictures, those that pretraining never sees, to check what it has learned."""


class Labels:
    """What there is to see in each picture, as numbers; 0 is nothing."""

    def __init__(self, scenes: Sequence[Scene], grid: int) -> None:
        """grid: patches beside each other in a picture."""
        shapes = _numbers(shape.shape for scene in scenes for shape in scene.shapes)
        colors = _numbers(shape.color for scene in scenes for shape in scene.shapes)
        backgrounds = _numbers(scene.background for scene in scenes)
        inks = _numbers(scene.ink for scene in scenes if scene.ink)
        characters = _numbers(character for scene in scenes for character in scene.text)
        longest = max(1, *(len(scene.text) for scene in scenes))
        counts = max(len(scene.shapes) for scene in scenes)
        n = len(scenes)
        self.shapes = np.zeros((n, grid * grid), np.int64)
        """Of the patch that the centre of a shape is in."""
        self.colors = np.zeros((n, grid * grid), np.int64)
        self.places = np.zeros((n, grid * grid, 2), np.float32)
        """x and y of that centre, from the picture's, in patches."""
        self.pictures = np.zeros((n, 3), np.int64)
        """Background, number of shapes, and colour of the text."""
        self.text = np.zeros((n, longest), np.int64)
        """Characters from left to right."""
        self.patch_sizes = [len(shapes) + 1, len(colors) + 1]
        self.picture_sizes = [len(backgrounds) + 1, counts + 1, len(inks) + 1]
        self.n_characters = len(characters) + 1
        for i, scene in enumerate(scenes):
            ink = inks[scene.ink] if scene.ink else 0
            self.pictures[i] = backgrounds[scene.background], len(scene.shapes), ink
            self.text[i, : len(scene.text)] = [characters[c] for c in scene.text]
            for shape in scene.shapes:
                column, row = (min(grid - 1, int(c * grid)) for c in (shape.cx, shape.cy))
                patch = row * grid + column
                self.shapes[i, patch] = shapes[shape.shape]
                self.colors[i, patch] = colors[shape.color]
                self.places[i, patch] = (shape.cx - 0.5) * grid, (shape.cy - 0.5) * grid


class Heads(nn.Module):
    """Tell from what the vision transformer sees what the labels say."""

    def __init__(self, labels: Labels, width: int) -> None:
        super().__init__()
        self.patch_sizes = [*labels.patch_sizes, 2]
        self.picture_sizes = labels.picture_sizes
        self.patch = nn.Linear(width, sum(self.patch_sizes))
        self.picture = nn.Linear(width, sum(self.picture_sizes))
        # One for each place in a text: looks for the patches that know the character there.
        self.queries = nn.Parameter(torch.randn(labels.text.shape[1], width) * width**-0.5)
        self.character = nn.Linear(width, labels.n_characters)

    def patches(self, features: Tensor) -> tuple[Tensor, ...]:
        """Scores of shapes and of colours, and places, (n, patches, ...) each."""
        return self.patch(features).split(self.patch_sizes, -1)

    def pictures(self, features: Tensor) -> tuple[Tensor, ...]:
        """Scores of backgrounds, of numbers of shapes and of inks, (n, ...) each."""
        return self.picture(features.mean(1)).split(self.picture_sizes, -1)

    def text(self, features: Tensor) -> Tensor:
        """Scores of the characters at each place of a text, (n, places, characters)."""
        attention = (self.queries @ features.transpose(1, 2)).softmax(-1)
        return self.character(attention @ features)


class Pretraining:
    """The task of pretraining. A step alone says which pictures it sees."""

    name = "learning to see"
    unit = "pictures"
    schedule = Schedule()
    position: tuple[int, ...] = ()

    def __init__(
        self,
        vision: VisionNet,
        pictures: np.ndarray,
        scenes: Sequence[Scene],
        seed: int,
        total: int,
        batch_pictures: int,
    ) -> None:
        """pictures: bytes (n, side, side, 3); total: how many to look at, again and again."""
        self.total = total
        self._vision = vision
        self._pictures = pictures
        self._labels = Labels(scenes, pictures.shape[1] // vision.patch)
        self._heads = Heads(self._labels, vision.patch_embd.out_features)
        self._seed = seed
        self._batch_pictures = batch_pictures
        self._n_checked = round(len(pictures) * CHECKED_PART)
        self.nets: dict[str, nn.Module] = {"vision": vision, "heads": self._heads}
        rest = vision.rest() + list(self._heads.parameters())
        self.optimizer = Optimizer([Group(vision.matrices(), rest)], RATES)

    def learn(self, step: int) -> Learnt:
        """Adds the gradients of some pictures."""
        r = Random(f"{self._seed}/seeing/{step}")
        chosen = r.sample(range(self._n_checked, len(self._pictures)), self._batch_pictures)
        losses = self._losses(chosen)
        sum(losses.values()).backward()
        return Learnt(len(chosen), {name: loss.item() for name, loss in losses.items()})

    @torch.no_grad()
    def check(self) -> dict[str, float]:
        """Which part of what there is to see is seen, in pictures that were never learned from."""
        chosen = list(range(self._n_checked))
        labels, features = self._labels, self._features(chosen)
        shapes, colors, places = self._heads.patches(features)
        is_shape = torch.from_numpy(labels.shapes[chosen]) > 0
        apart = places - torch.from_numpy(labels.places[chosen])
        characters = torch.from_numpy(labels.text[chosen])
        read = (self._heads.text(features).argmax(-1) == characters).all(1)
        return {
            "shape": _right(shapes, labels.shapes[chosen], is_shape),
            "color": _right(colors, labels.colors[chosen], is_shape),
            "place": (apart.norm(dim=-1)[is_shape] < 0.5).float().mean().item(),
            "text": read[characters[:, 0] > 0].float().mean().item(),
        }

    def _features(self, chosen: list[int]) -> Tensor:
        return self._vision.features(torch.from_numpy(np.array(self._pictures[chosen])))

    def _losses(self, chosen: list[int]) -> dict[str, Tensor]:
        labels, features = self._labels, self._features(chosen)
        shapes, colors, places = self._heads.patches(features)
        is_shape = torch.from_numpy(labels.shapes[chosen]) > 0
        right_places = torch.from_numpy(labels.places[chosen])[is_shape]
        of_pictures = zip(self._heads.pictures(features), labels.pictures[chosen].T)
        losses = {
            "shape": _seen(shapes, labels.shapes[chosen]),
            "color": _seen(colors, labels.colors[chosen]),
            "place": F.smooth_l1_loss(places[is_shape], right_places),
            "text": _seen(self._heads.text(features), labels.text[chosen]),
        }
        for name, (scores, right) in zip(("background", "count", "ink"), of_pictures):
            losses[name] = PICTURE_WEIGHT * F.cross_entropy(scores, torch.from_numpy(right.copy()))
        return losses


def _seen(scores: Tensor, right: np.ndarray) -> Tensor:
    """Cross entropy in which nothing counts less than something."""
    weights = torch.ones(scores.shape[-1])
    weights[0] = NOTHING_WEIGHT
    return F.cross_entropy(scores.flatten(0, 1), torch.from_numpy(right).flatten(), weights)


def _right(scores: Tensor, right: np.ndarray, where: Tensor) -> float:
    return (scores.argmax(-1) == torch.from_numpy(right))[where].float().mean().item()


def _numbers(names: Iterable[str]) -> dict[str, int]:
    """A number above 0 for each of the names."""
    return {name: i for i, name in enumerate(sorted(set(names)), start=1)}
