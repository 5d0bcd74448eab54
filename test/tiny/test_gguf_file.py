from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import numpy as np

from tiny.gguf_file import ALIGNMENT, BLOCK, GgufFile, TensorType, Value, quantize
from tiny.gguf_reader import read


def restored(blocks: np.ndarray) -> np.ndarray:
    """Numbers that Q8_0 blocks stand for, a block a row."""
    scale = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    return scale * np.ascontiguousarray(blocks[:, 2:]).view(np.int8)


class Quantized(unittest.TestCase):
    def test_numbers_are_kept_but_for_half_a_step(self) -> None:
        numbers = np.random.default_rng(1).standard_normal((8, 2 * BLOCK)).astype(np.float32)
        blocks = quantize(numbers)
        self.assertEqual((blocks.shape, blocks.dtype), ((16, 2 + BLOCK), np.uint8))
        rows = numbers.reshape(-1, BLOCK)
        # The scale is rounded too, to 11 bits.
        step = np.abs(rows).max(axis=1, keepdims=True) / 127
        self.assertTrue((np.abs(restored(blocks) - rows) <= step * (0.5 + 127 / 2048)).all())

    def test_halves_are_rounded_away_from_zero(self) -> None:
        numbers = np.zeros(BLOCK, np.float32)
        numbers[:5] = 127, 0.5, -0.5, 1.5, -2.5
        self.assertEqual(restored(quantize(numbers))[0, :5].tolist(), [127, 1, -1, 2, -3])

    def test_zeros_stay_zeros(self) -> None:
        self.assertFalse(quantize(np.zeros((2, BLOCK))).any())

    def test_rows_must_be_made_of_blocks(self) -> None:
        with self.assertRaises(ValueError):
            quantize(np.zeros((BLOCK, 16)))


class Written(unittest.TestCase):
    """What is written is read back by scripts/gguf/read.ts, too, in smoke.test.ts."""

    def test_is_read_back(self) -> None:
        numbers = np.random.default_rng(1).standard_normal((2, 2 * BLOCK)).astype(np.float32)
        file = GgufFile("llama")
        values: dict[str, Value] = {"n": 7, "x": 0.5, "is": True, "of": [1, -2], "t": ["a", "ü"]}
        for key, value in values.items():
            file.add(key, value)
        file.add_tensor("single", numbers[0, :3], TensorType.F32)
        file.add_tensor("half", numbers.reshape(4, BLOCK), TensorType.F16)
        file.add_tensor("blocks", numbers, TensorType.Q8_0)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.gguf"
            file.write(path)
            metadata, tensors = read(path)
            path.write_bytes(path.read_bytes()[:-40])
            with self.assertRaises(ValueError):
                read(path)
        self.assertEqual(metadata, {"general.architecture": "llama", **values})
        self.assertEqual(tensors["single"].tolist(), numbers[0, :3].tolist())
        halves = numbers.astype("<f2").astype(np.float32).reshape(4, BLOCK)
        self.assertEqual(tensors["half"].tolist(), halves.tolist())
        blocks = restored(quantize(numbers)).reshape(2, -1)
        self.assertEqual(tensors["blocks"].tolist(), blocks.tolist())

    def test_tensors_are_aligned_and_begin_with_the_magic(self) -> None:
        file = GgufFile("llama")
        file.add_tensor("a", np.ones(3), TensorType.F32)
        file.add_tensor("b", np.ones((2, BLOCK)), TensorType.Q8_0)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.gguf"
            file.write(path)
            data = path.read_bytes()
        self.assertTrue(data.startswith(b"GGUF\3\0\0\0"))
        self.assertEqual(len(data) % ALIGNMENT, 0)
        first = np.ones(3, "<f4").tobytes()
        self.assertEqual(data.index(first) % ALIGNMENT, 0)

    def test_what_nobody_could_read_is_refused(self) -> None:
        file = GgufFile("llama")
        file.add("a", 1)
        file.add_tensor("t", np.ones(1), TensorType.F32)
        wrong = {
            "a key that is there": lambda: file.add("a", 2),
            "a list of two types": lambda: file.add("b", [1, "x"]),
            "a list of nothing": lambda: file.add("c", []),
            "a tensor that is there": lambda: file.add_tensor("t", np.ones(1), TensorType.F32),
            "no number": lambda: file.add_tensor("u", np.array([np.nan]), TensorType.F32),
        }
        for what, add in wrong.items():
            with self.subTest(what), self.assertRaises(ValueError):
                add()
