"""Muon for matrices, AdamW for everything else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .nets import Matrices

MUON_MOMENTUM = 0.95
ADAM_BETAS = 0.9, 0.98
ADAM_EPS = 1e-8
LARGEST_NORM = 1.0
"""Of the gradients of all that AdamW trains: longer ones are shortened to it."""


@dataclass(frozen=True)
class Group:
    """Parameters that learn at the same speed."""

    matrices: Matrices
    rest: list[nn.Parameter]
    speed: float = 1.0
    """What both learning rates are multiplied with."""


@dataclass(frozen=True)
class Rates:
    """Learning rates, and by which part of its rate a matrix shrinks in each step."""

    muon: float = 0.02
    adam: float = 3e-3
    decay: float = 0.05


class _Matrix:
    """A parameter that Muon trains: `parts` matrices of the same shape below each other."""

    def __init__(self, parameter: nn.Parameter, parts: int, speed: float) -> None:
        self.parameter = parameter
        self.speed = speed
        self.shape = (parts, parameter.shape[0] // parts, parameter.shape[1])
        self.momentum = torch.zeros_like(parameter)

    def update(self) -> Tensor:
        """Where the momentum, with the newest gradient once more, leads: (parts, rows, columns)."""
        gradient = self.parameter.grad
        self.momentum.lerp_(gradient, 1 - MUON_MOMENTUM)
        return gradient.lerp(self.momentum, MUON_MOMENTUM).view(self.shape)

    def move(self, direction: Tensor, rate: float, decay: float) -> None:
        """One step in an orthogonalized direction."""
        _, rows, columns = self.shape
        rate *= self.speed
        self.parameter.mul_(1 - rate * decay)
        # All directions are as long in each dimension; tall matrices need longer ones.
        longer = max(1.0, rows / columns) ** 0.5
        self.parameter.add_(direction.reshape(self.parameter.shape), alpha=-rate * longer)


class _Other:
    """A parameter that AdamW trains: embeddings, biases and the weights of norms, without decay."""

    def __init__(self, parameter: nn.Parameter, speed: float) -> None:
        self.parameter = parameter
        self.speed = speed
        self.n_steps = 0
        self.mean = torch.zeros_like(parameter)
        self.square = torch.zeros_like(parameter)

    def move(self, rate: float, shortened: float) -> None:
        """One step with the gradient times `shortened`."""
        gradient = self.parameter.grad * shortened
        first, second = ADAM_BETAS
        self.n_steps += 1
        self.mean.lerp_(gradient, 1 - first)
        self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        mean = self.mean / (1 - first**self.n_steps)
        deviation = (self.square / (1 - second**self.n_steps)).sqrt_().add_(ADAM_EPS)
        self.parameter.addcdiv_(mean, deviation, value=-rate * self.speed)


class Optimizer:
    """Trains groups of parameters. Those without a gradient rest."""

    def __init__(self, groups: Iterable[Group], rates: Rates) -> None:
        self._rates = rates
        self._matrices: list[_Matrix] = []
        self._others: list[_Other] = []
        for group in groups:
            self._matrices += [_Matrix(p, parts, group.speed) for p, parts in group.matrices]
            self._others += [_Other(p, group.speed) for p in group.rest]

    @torch.no_grad()
    def step(self, factor: float) -> None:
        """One step at `factor` times the learning rates. Uses up the gradients."""
        self._move_matrices(factor)
        others = [other for other in self._others if other.parameter.grad is not None]
        norm = float(sum(other.parameter.grad.square().sum() for other in others)) ** 0.5
        shortened = min(1.0, LARGEST_NORM / max(norm, 1e-12))
        for other in others:
            other.move(factor * self._rates.adam, shortened)
        for trained in (*self._matrices, *self._others):
            trained.parameter.grad = None

    def _move_matrices(self, factor: float) -> None:
        # Matrices of one shape are orthogonalized at once: many small products are slow.
        by_shape: dict[tuple[int, int], list[_Matrix]] = {}
        for matrix in self._matrices:
            if matrix.parameter.grad is not None:
                by_shape.setdefault(matrix.shape[1:], []).append(matrix)
        for alike in by_shape.values():
            directions = orthogonalized(torch.cat([matrix.update() for matrix in alike]))
            parts = directions.split([matrix.shape[0] for matrix in alike])
            for matrix, direction in zip(alike, parts):
                matrix.move(direction, factor * self._rates.muon, self._rates.decay)

    def state(self) -> dict[str, Any]:
        """All that a step depends on besides parameters and gradients, in a fixed order."""
        return {
            "momenta": [matrix.momentum for matrix in self._matrices],
            "others": [(other.n_steps, other.mean, other.square) for other in self._others],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state."""
        for matrix, momentum in zip(self._matrices, state["momenta"], strict=True):
            matrix.momentum.copy_(momentum)
        for other, (n_steps, mean, square) in zip(self._others, state["others"], strict=True):
            other.n_steps = n_steps
            other.mean.copy_(mean)
            other.square.copy_(square)


def orthogonalized(matrices: Tensor) -> Tensor:
    """About U V^T of each U S V^T, (n, rows, columns): five steps of Newton and Schulz.

    Their coefficients take all singular values to somewhere between 0.7 and 1.2, which is enough.
    """
    x = matrices / (matrices.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    is_tall = x.shape[-2] > x.shape[-1]
    if is_tall:
        x = x.transpose(-2, -1)
    for _ in range(5):
        product = x @ x.transpose(-2, -1)
        x = 3.4445 * x + (-4.7750 * product + 2.0315 * product @ product) @ x
    return x.transpose(-2, -1) if is_tall else x
