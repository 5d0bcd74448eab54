"""A training that was stopped goes on as if it had not been."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from tiny.config import SMOKE_TEXT, SMOKE_VISION
from tiny.joint import PAIRS, Joint
from tiny.nets import TextNet, VisionNet
from tiny.progress import Stop, Stopped
from tiny.samples import Paraphrases, Samples
from tiny.trainer import Schedule, factor, train

_N = 40
_LENGTH = 12
_TOKENS = 8 * _N * _LENGTH
"""Each sample several times, in other orders."""


class After(Stop):
    """Asks to end when it was looked at so often."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self._left = steps

    @property
    def is_asked(self) -> bool:
        self._left -= 1
        return self._left < 0


def _task() -> Joint:
    torch.manual_seed(1)
    numbers = np.random.RandomState(2)
    samples = Samples(
        ids=numbers.randint(0, SMOKE_TEXT.vocabulary, _N * _LENGTH).astype(np.int16),
        targets=numbers.randint(0, 2, _N * _LENGTH).astype(np.int8),
        lengths=np.full(_N, _LENGTH, np.int32),
        pictures=np.array([], np.int32),
        picture_counts=np.zeros(_N, np.int32),
        kinds=numbers.randint(0, 2, _N).astype(np.int16),
    )
    pairs = Paraphrases(
        pair_ids=numbers.randint(0, SMOKE_TEXT.vocabulary, 2 * PAIRS * 3).astype(np.int16),
        pair_lengths=np.full((PAIRS, 2), 3, np.int16),
        meanings=np.arange(PAIRS, dtype=np.int32),
    )
    vision = VisionNet(SMOKE_VISION, SMOKE_TEXT.width)
    pictures = np.zeros((0, SMOKE_VISION.side, SMOKE_VISION.side, 3), np.uint8)
    text = TextNet(SMOKE_TEXT)
    kinds, batch = ["a", "b"], 10 * _LENGTH
    return Joint(
        text, vision, samples, pairs, kinds, pictures, 3, _TOKENS, batch, Schedule(), 0.15
    )


def _are_equal(one: Joint, other: Joint) -> bool:
    of_one, of_other = one.nets["text"].state_dict(), other.nets["text"].state_dict()
    return all(weight.equal(of_other[name]) for name, weight in of_one.items())


class Resuming(unittest.TestCase):
    def test_gives_the_same_bits(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            whole, checkpoint = _task(), Path(folder) / "checkpoint.pt"
            train(whole, Path(folder) / "none.pt", Stop())
            stopped = _task()
            for steps in (7, 11):
                stopped = _task()
                with self.assertRaises(Stopped):
                    train(stopped, checkpoint, After(steps))
            resumed = _task()
            train(resumed, checkpoint, Stop())
        self.assertFalse(_are_equal(stopped, whole), "it was stopped before its end")
        self.assertTrue(_are_equal(resumed, whole))


class Schedules(unittest.TestCase):
    def test_warm_up_stay_and_fall_to_nothing(self) -> None:
        whole, half = Schedule(), Schedule(peak=0.5, constant=0.0)
        self.assertLess(factor(whole, 0, 0), factor(whole, 10, 0))
        self.assertEqual([factor(whole, 1000, part) for part in (0, 0.4)], [1, 1])
        self.assertAlmostEqual(factor(whole, 1000, 0.7), 0.5)
        self.assertEqual([factor(half, 1000, part) for part in (0, 0.5, 1)], [0.5, 0.25, 0])
        self.assertEqual(factor(whole, 1000, 1), 0)


if __name__ == "__main__":
    unittest.main()
