"""The loop that both trainings run in: its schedule, and checkpoints to go on from."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import torch
from torch import nn

from .optimizer import Optimizer
from .progress import Progress, Stop

WARM_UP = 20
"""Steps in which the learning rates grow from nothing."""
_SECONDS_BETWEEN_CHECKPOINTS = 240


class Schedule(NamedTuple):
    """What the learning rates are multiplied with, from the first step to the last."""

    peak: float = 1.0
    """After the warm-up."""
    constant: float = 0.4
    """The part of a training after which they begin to fall, down to 0 at its end."""


class Learnt(NamedTuple):
    """What a batch was: its gradients are in the parameters."""

    amount: int
    """How much of the task's total it was."""
    losses: dict[str, float]


class Task(Protocol):
    """Something to train.

    Batches depend on the seed and on the position alone, never on a random state that goes on, so
    a checkpoint needs no such state.
    """

    name: str
    unit: str
    """What the total is counted in."""
    total: int
    """How much to learn from. Not a time: results do not depend on how fast a machine is."""
    schedule: Schedule
    nets: dict[str, nn.Module]
    optimizer: Optimizer
    position: tuple[int, ...]
    """In the data."""

    def learn(self, step: int) -> Learnt:
        """Adds the gradients of the next batch."""
        ...


def train(task: Task, checkpoint: Path, stop: Stop) -> None:
    """Trains to the end, from a checkpoint if there is one. Raises Stopped after saving one."""
    step, done = _resume(task, checkpoint) if checkpoint.exists() else (0, 0)
    saved = time.monotonic()
    with Progress(task.name, task.unit, task.total, done) as progress:
        while done < task.total:
            learnt = task.learn(step)
            if not all(map(math.isfinite, learnt.losses.values())):
                raise FloatingPointError(f"step {step} has a loss that is no number")
            task.optimizer.step(factor(task.schedule, step, done / task.total))
            step += 1
            done += learnt.amount
            progress.show(done, learnt.losses)
            is_time = time.monotonic() > saved + _SECONDS_BETWEEN_CHECKPOINTS
            if stop.is_asked or is_time:
                _save_checkpoint(task, checkpoint, step, done)
                saved = time.monotonic()
                stop.check()


def factor(schedule: Schedule, step: int, part: float) -> float:
    """What the learning rates are multiplied with when a part, 0 to 1, of the training is done."""
    warm = min(1.0, (step + 1) / WARM_UP)
    return schedule.peak * warm * min(1.0, (1 - part) / (1 - schedule.constant))


def save(path: Path, value: object) -> None:
    """Writes a file of torch's. Whoever reads it finds the old one or the new one, never half."""
    partial = path.with_suffix(".part")
    with open(partial, "wb") as file:
        torch.save(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def _save_checkpoint(task: Task, path: Path, step: int, done: int) -> None:
    state = {
        "step": step,
        "done": done,
        "position": task.position,
        "nets": {name: net.state_dict() for name, net in task.nets.items()},
        "optimizer": task.optimizer.state(),
    }
    save(path, state)


def _resume(task: Task, path: Path) -> tuple[int, int]:
    """Takes everything from a checkpoint. Returns: steps done, and how much of the total."""
    state: dict[str, Any] = torch.load(path)
    for name, net in task.nets.items():
        net.load_state_dict(state["nets"][name])
    task.optimizer.restore(state["optimizer"])
    task.position = tuple(state["position"])
    return state["step"], state["done"]
