from __future__ import annotations

import unittest
from random import Random

from all_phrases import all_phrasings, as_heard, written_out
from tiny.corpus.phrases import count, lines, one, phrasing, say


def said(template: str, **slots: object) -> set[str]:
    """All that a template says in many tries."""
    r = Random(1)
    return {say(r, template, **slots) for _ in range(200)}


class Templates(unittest.TestCase):
    def test_choices(self) -> None:
        self.assertEqual(said("[What is|What's] it[?|]"), {
            "What is it?", "What is it", "What's it?", "What's it",
        })  # fmt: skip

    def test_choices_in_choices(self) -> None:
        self.assertEqual(said("[a [b|c]|d]!"), {"a b!", "a c!", "d!"})
        self.assertEqual(said("[[[a|b]|]]"), {"a", "b", ""})

    def test_a_bar_outside_of_brackets_is_itself(self) -> None:
        self.assertEqual(said("a|b"), {"a|b"})
        r = Random(1)
        self.assertEqual({one(r, "a|b[c|]") for _ in range(50)}, {"a", "b", "bc"})

    def test_slots_are_filled_after_the_choice(self) -> None:
        self.assertEqual(said("{x} and {y}, {x}", x=1, y="[a|b]"), {"1 and [a|b], 1"})
        self.assertEqual(said("{x} {z}", x="a"), {"a {z}"})

    def test_brackets_that_do_not_match(self) -> None:
        for template in ("[a", "[a|[b]", "a [b|c"):
            with self.subTest(template), self.assertRaisesRegex(ValueError, "missing"):
                say(Random(1), template)
        for template in ("a]", "[a|b]]"):
            with self.subTest(template), self.assertRaisesRegex(ValueError, "too many"):
                say(Random(1), template)

    def test_as_many_phrases_as_are_counted(self) -> None:
        for template in ("", "a", "[a|b]", "[a|b][c|d|]", "[a [b|c]|d]!", "[[[a|b]|]]"):
            with self.subTest(template):
                self.assertEqual(len(said(template)), count(template))
                self.assertEqual(set(written_out(template)), said(template))

    def test_lines(self) -> None:
        self.assertEqual(lines("\n  a b \n\n c\n"), ("a b", "c"))

    def test_held_phrases_are_said_for_their_split_alone(self) -> None:
        r, ways = Random(1), phrasing("[a|b] {x}", "c {x}\nd {x}", "e {x}", "f {x}")
        splits = {
            "train": {"a 1", "b 1"},
            "combo": {"a 1", "b 1"},
            "practice": {"a 1", "b 1", "e 1"},
            "drill": {"a 1", "b 1", "e 1", "f 1"},
            "phrasing": {"c 1", "d 1"},
        }
        for split, phrases in splits.items():
            with self.subTest(split):
                self.assertEqual({ways.pick(r, split, x=1) for _ in range(90)}, phrases)


class OfTheCorpus(unittest.TestCase):
    def test_are_found(self) -> None:
        self.assertGreater(len(all_phrasings()), 100)

    def test_none_that_is_held_is_trained(self) -> None:
        """Neither where it is held nor elsewhere, not even typed with less care."""
        ways = all_phrasings()
        templates = {t for each in ways for t in each.train + each.more + each.last}
        trained = {as_heard(text) for template in templates for text in written_out(template)}
        templates = {template for each in ways for template in each.held if template}
        held = {text for template in templates for text in written_out(template)}
        self.assertEqual(sorted(text for text in held if as_heard(text) in trained), [])
