from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from corpus_sample import conversations
from tiny.corpus.render import render
from tiny.tokenizer import CONTROL, USER_DEFINED, Tokenizer, TokenType, _word_pattern

SIZE = 512
STRANGE = ["", " ", "\n\n\t x", "naïve Straße", "漢字かな", "🦙🏽", "\0\x7f", "e\u0301"]
STRANGE += ["\u2028\ufeff", "½ Ⅷ ٣"]


def texts(count: int) -> list[str]:
    return ["".join(text for text, _ in render(made)) for made in conversations(5, count)]


class Tokens(unittest.TestCase):
    tokenizer: Tokenizer
    texts: list[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.texts = texts(30)
        cls.tokenizer = Tokenizer.train(cls.texts, SIZE)

    def test_texts_come_back(self) -> None:
        for text in [*self.texts, *STRANGE]:
            self.assertEqual(self.tokenizer.decode(self.tokenizer.encode(text)), text)

    def test_half_a_character_is_marked(self) -> None:
        ids = self.tokenizer.encode("字")
        self.assertEqual(self.tokenizer.decode(ids[:-1]), "\ufffd")

    def test_what_was_learned_is_shorter_than_its_bytes(self) -> None:
        n_tokens = sum(len(self.tokenizer.encode(text)) for text in self.texts)
        self.assertLess(n_tokens, 0.6 * sum(len(text.encode()) for text in self.texts))

    def test_special_tokens_are_one_token_wherever_they_stand(self) -> None:
        for special in CONTROL + USER_DEFINED:
            ids = self.tokenizer.encode(f"a{special}b")
            self.assertEqual([self.tokenizer.tokens[i] for i in ids], ["a", special, "b"])

    def test_ids_are_bytes_merges_special_tokens_and_unused_ones(self) -> None:
        self.assertEqual(self.tokenizer.size, SIZE)
        self.assertEqual(len(set(self.tokenizer.tokens)), SIZE)
        self.assertEqual(self.tokenizer.encode("a"), [ord("a")])
        order = [TokenType.NORMAL, TokenType.CONTROL, TokenType.USER_DEFINED, TokenType.UNUSED]
        self.assertEqual(self.tokenizer.types, sorted(self.tokenizer.types, key=order.index))

    def test_the_same_texts_teach_the_same_in_any_order(self) -> None:
        again = Tokenizer.train(reversed(self.texts), SIZE)
        self.assertEqual(again.merges, self.tokenizer.merges)

    def test_a_saved_one_is_the_same(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tokenizer.json"
            self.tokenizer.save(path)
            loaded = Tokenizer.load(path)
        self.assertEqual(loaded.tokens, self.tokenizer.tokens)
        self.assertEqual(loaded.types, self.tokenizer.types)
        for text in self.texts[:50]:
            self.assertEqual(loaded.encode(text), self.tokenizer.encode(text))

    def test_sizes_that_cannot_be(self) -> None:
        with self.assertRaises(ValueError):
            Tokenizer.train(["a"], 500)
        with self.assertRaises(ValueError):
            Tokenizer(256, [])

    def test_a_name_has_the_same_pieces_in_any_place(self) -> None:
        def pieces(text: str) -> list[int]:
            return self.tokenizer.encode(text)

        for name in ("Zorvanik", "Quimble"):
            alone = pieces(name)
            self.assertEqual(pieces(f" {name}")[-len(alone) :], alone)
            self.assertEqual(pieces(f'"{name}')[-len(alone) :], alone)


class Words(unittest.TestCase):
    def test_are_those_of_qwen2(self) -> None:
        """llama.cpp's own are compared with in smoke.test.ts."""
        cases = {
            "What's up, Bob?": ["What", "'s", " up", ",", " Bob", "?"],
            "a1234 x_y": ["a", "1", "2", "3", "4", " x", "_y"],
            "a  b\n\n  c": ["a", " ", " b", "\n\n", " ", " c"],
            "f(x) {\n": ["f", "(x", ")", " {\n"],
        }
        for text, words in cases.items():
            with self.subTest(text):
                self.assertEqual(_word_pattern().findall(text), words)
