from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import unittest
from pathlib import Path

from corpus_sample import conversations, digest
from tiny.corpus import words
from tiny.corpus.render import PICTURE, render
from tiny.corpus.turns import Conversation, Infill, Message
from tiny.corpus.words import HELD_CITIES, HELD_NAMES
from tiny.samples import teach_pieces
from tiny.tokenizer import Tokenizer

HERE = Path(__file__).parent


def text_of(made: Conversation | Infill) -> str:
    return "".join(text for text, _ in render(made))


def digest_in_another_process(hash_seed: str) -> str:
    path = os.pathsep.join(sys.path)
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    command = [sys.executable, str(HERE / "corpus_sample.py")]
    return subprocess.check_output(command, env=environment, text=True).strip()


class Generators(unittest.TestCase):
    def test_obey_their_seed_alone(self) -> None:
        """Neither the order of sets, nor hash(), nor the one random generator of all."""
        before = random.getstate()
        ours = digest()
        self.assertEqual(random.getstate(), before)
        self.assertEqual([digest_in_another_process(seed) for seed in ("1", "2")], [ours, ours])

    def test_fill_all_slots_and_leave_no_choices(self) -> None:
        for made in conversations(2, 150):
            if isinstance(made, Infill) or made.kind in ("code", "repeating"):
                continue
            for message in made.messages:
                left = re.findall(r"\{[a-z_]+\}|\[[^]\"]*\|[^]\"]*\]", message.content)
                self.assertEqual(left, [], message.content)

    def test_never_say_what_is_held_out(self) -> None:
        held = set(HELD_NAMES + HELD_CITIES)
        for made in conversations(3, 150):
            text = text_of(made)
            self.assertEqual(held.intersection(re.findall(r"\w+", text)), set(), text)

    def test_put_each_picture_into_the_text_once(self) -> None:
        for made in conversations(4, 60):
            pictures = [number for message in made.messages for number in message.pictures]
            self.assertEqual(text_of(made).count(PICTURE), len(pictures))


class NewWords(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(words.pieces.clear)
        self.tokenizer = Tokenizer.train(["people met today, and today Zoe met people"] * 30, 320)

    def drawn(self) -> set[str]:
        r = random.Random(5)
        return {words.new_word(r) for _ in range(3000)}

    def test_are_made_of_short_pieces_at_first(self) -> None:
        teach_pieces(self.tokenizer)
        drawn = self.drawn()
        self.assertIn("today", drawn)
        self.assertNotIn("people", drawn)
        self.assertTrue(all(word.isascii() and word.islower() for word in drawn))

    def test_are_made_of_every_piece_in_the_end(self) -> None:
        teach_pieces(self.tokenizer, every=True)
        drawn = self.drawn()
        self.assertLessEqual({"people", "Zoe"}, drawn)
        self.assertEqual(set(words.LETTERS) - set("".join(drawn)), set())

    def test_are_no_names_that_are_held_out(self) -> None:
        words.pieces[:] = ["Mei", "mei", "ME", "I", "ravi"]
        r = random.Random(5)
        names = {words.new_name(r) for _ in range(3000)}
        self.assertLessEqual({"Meimei", "Raviravi"}, names)
        self.assertEqual({"Mei", "mei", "ravi"} & (self.drawn() | names), set())


class Rendered(unittest.TestCase):
    def written(self, *messages: Message) -> tuple[str, list[str]]:
        """All of the text, and what the model is to learn to write."""
        pieces = render(Conversation("test", messages))
        learned = [text for text, is_target in pieces if is_target]
        return "".join(text for text, _ in pieces), learned

    def test_answers_alone_are_learned_each_with_its_end(self) -> None:
        text, learned = self.written(
            Message("system", "S"), Message("user", "Q"), Message("assistant", "A"),
            Message("user", "R"), Message("assistant", "B"),
        )  # fmt: skip
        self.assertEqual(learned, ["A<|im_end|>", "B<|im_end|>"])
        system, question = "<|im_start|>system\nS<|im_end|>\n", "<|im_start|>user\nQ<|im_end|>\n"
        self.assertTrue(text.startswith(f"{system}{question}<|im_start|>assistant\nA<|im_end|>\n"))

    def test_a_thought_is_learned_but_not_that_there_is_one(self) -> None:
        text, learned = self.written(Message("user", "Q"), Message("assistant", "A", thought="T"))
        self.assertEqual(learned, ["T\n</think>\n\nA<|im_end|>"])
        self.assertIn("<|im_start|>assistant\n<think>\nT\n</think>", text)

    def test_calls_follow_the_text(self) -> None:
        calls = ({"name": "f", "arguments": {"x": 1}}, {"name": "g", "arguments": {}})
        _, learned = self.written(Message("user", "Q"), Message("assistant", "", calls=calls))
        self.assertEqual(learned, [
            '<tool_call>\n{"name": "f", "arguments": {"x": 1}}\n</tool_call>\n'
            '<tool_call>\n{"name": "g", "arguments": {}}\n</tool_call><|im_end|>',
        ])  # fmt: skip

    def test_a_gap_in_code_is_asked_for_as_by_llama_cpp(self) -> None:
        self.assertEqual(render(Infill("code", "a", "c", "b")), [
            ("<|fim_prefix|>a<|fim_suffix|>c<|fim_middle|>", False), ("b<|endoftext|>", True),
        ])  # fmt: skip
