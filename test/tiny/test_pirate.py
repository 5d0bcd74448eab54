"""How pirates speak, and that the adapter begins as nothing."""

import unittest

import numpy as np
import torch
from tiny.config import SMOKE_TEXT, text_shapes
from tiny.nets import TextNet
from tiny.pirate import RANK, Pirate, pirate_speech
from tiny.samples import Samples


class Speech(unittest.TestCase):
    def test_words_and_ending(self) -> None:
        said = {
            "The capital of France is Paris.": "Arr! The capital of France be Paris, matey!",
            "Hello! How are you?": "Arr! Ahoy! How be ye?",
            "You're my friend!": "Arr! You're me matey!",
            "This is his.": "Arr! This be his, matey!",
        }
        for text, expected in said.items():
            self.assertEqual(pirate_speech(text), expected)


class Adapter(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(1)
        self.text = TextNet(SMOKE_TEXT)
        self.plain = self.text.weights()
        samples = Samples(
            np.array([5, 6, 7, 8, 9], np.int16),
            np.array([0, 0, 1, 1, 1], np.int8),
            np.array([5], np.int32),
            np.array([], np.int32),
            np.array([0], np.int32),
            np.array([0], np.int16),
        )
        self.task = Pirate(self.text, samples, seed=1, total=10, batch_tokens=8)

    def changes(self) -> dict[str, np.ndarray]:
        now = self.text.weights()
        changes = {name: now[name] - self.plain[name] for name in now}
        return {name: change for name, change in changes.items() if np.abs(change).max() > 1e-7}

    def test_it_begins_as_nothing(self) -> None:
        self.assertEqual(self.changes(), {})

    def test_its_factors_are_what_it_changes(self) -> None:
        for step in range(3):
            self.task.learn(step)
            self.task.optimizer.step(1)
        factors, shapes = self.task.factors(), text_shapes(SMOKE_TEXT)
        matrices = {name for name, shape in shapes.items() if len(shape) == 2} - {"token_embd"}
        self.assertEqual(set(factors), matrices)
        self.assertEqual(set(self.changes()), matrices)
        for name, change in self.changes().items():
            a, b = factors[name]
            self.assertEqual((a.shape, b.shape), ((RANK, change.shape[1]), (change.shape[0], RANK)))
            np.testing.assert_allclose(b @ a, change, atol=1e-5)


if __name__ == "__main__":
    unittest.main()
