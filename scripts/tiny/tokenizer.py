"""Byte-level BPE with the words of llama.cpp's pre-tokenizer "qwen2".

Merges are learned in two phases: first inside words, then of a space and a whole word. So a rare
word is made of the same pieces at the start of a line, in quotes and after a space, and a net that
is to copy a name has one spelling of it to learn.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

CONTROL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|pad|>",
    "<|fim_prefix|>",
    "<|fim_suffix|>",
    "<|fim_middle|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
"""Tokens that structure a text, and are no part of it."""
USER_DEFINED = (
    "<tools>",
    "</tools>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<think>",
    "</think>",
)
"""Tags that are one token each; llama.cpp writes them out, and parses answers by them."""
SPECIAL = re.compile("(" + "|".join(map(re.escape, CONTROL + USER_DEFINED)) + ")")

INSIDE = 0.6
"""The part of the merges that is inside words, where there are enough words for the rest."""
RARE = 20
"""What occurs less often is not merged: its token would hardly be trained."""

ENDING = r"'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])"
"""Of "what's" and the like."""

Pair = tuple[str, str]


class TokenType(IntEnum):
    """llama.cpp's numbers for it."""

    NORMAL = 1
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5


def _byte_letters() -> list[str]:
    """The letter that stands for each byte in tokens, as GPT-2 has it: a visible one."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in visible]
    letters = {byte: chr(byte) for byte in visible}
    letters |= {byte: chr(256 + i) for i, byte in enumerate(hidden)}
    return [letters[byte] for byte in range(256)]


LETTERS = _byte_letters()
BYTES = {letter: byte for byte, letter in enumerate(LETTERS)}
SPACE = LETTERS[ord(" ")]


class Tokenizer:
    """Texts to token ids, and back.

    Ids: the 256 bytes, the merges in their order, CONTROL, USER_DEFINED, and unused tokens up to
    the size that was asked for.
    """

    def __init__(self, size: int, merges: list[Pair]) -> None:
        made = dict.fromkeys(left + right for left, right in merges)
        tokens = [*LETTERS, *made, *CONTROL, *USER_DEFINED]
        n_unused = size - len(tokens)
        if n_unused < 0:
            raise ValueError(f"{len(tokens)} tokens are more than {size}")
        self.merges = merges
        self.tokens = tokens + [f"<|unused_{i}|>" for i in range(n_unused)]
        self.types = [TokenType.NORMAL] * (256 + len(made))
        self.types += [TokenType.CONTROL] * len(CONTROL)
        self.types += [TokenType.USER_DEFINED] * len(USER_DEFINED)
        self.types += [TokenType.UNUSED] * n_unused
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._words: dict[str, list[int]] = {}

    @property
    def size(self) -> int:
        return len(self.tokens)

    @classmethod
    def train(cls, texts: Iterable[str], size: int = 2048) -> Tokenizer:
        """Learns merges from texts, for a vocabulary of `size` tokens."""
        if size % 32 != 0:
            raise ValueError("the size must be a multiple of 32, for Q8_0")
        room = size - 256 - len(CONTROL) - len(USER_DEFINED)
        units, spaced = _count(texts)
        inside = _merges_inside(units, room)
        n = min(round(room * INSIDE), len(inside))
        while n < len(inside) and n + len(_merges_before(inside[:n], spaced)) < room:
            n += 1
        free = room - len({left + right for left, right in inside[:n]})
        return cls(size, inside[:n] + _merges_before(inside[:n], spaced)[:free])

    def encode(self, text: str) -> list[int]:
        """Ids of a text, in which special tokens are recognised."""
        ids: list[int] = []
        words, find = self._words, _word_pattern().findall
        for i, part in enumerate(SPECIAL.split(text)):
            if i % 2 == 1:
                ids.append(self.ids[part])
                continue
            for word in find(part):
                found = words.get(word)
                if found is None:
                    found = words[word] = self._encode_word(word)
                ids += found
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids, special tokens included. Half a character becomes U+FFFD."""
        data = bytearray()
        for i in ids:
            token = self.tokens[i]
            is_normal = self.types[i] is TokenType.NORMAL
            data += bytes(BYTES[letter] for letter in token) if is_normal else token.encode()
        return data.decode(errors="replace")

    def save(self, path: Path | str) -> None:
        rows = ",\n  ".join(json.dumps(pair) for pair in self.merges)
        text = f'{{\n "size": {self.size},\n "merges": [\n  {rows}\n ]\n}}\n'
        Path(path).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> Tokenizer:
        saved = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls(saved["size"], [(left, right) for left, right in saved["merges"]])

    def _encode_word(self, word: str) -> list[int]:
        """Merges the pair that was learned first, the leftmost of equals, until there is none."""
        pieces = _spelled(word)
        never = len(self._ranks)
        while len(pieces) > 1:
            ranks = [self._ranks.get(pair, never) for pair in zip(pieces, pieces[1:])]
            rank = min(ranks)
            if rank == never:
                break
            at = ranks.index(rank)
            pieces[at : at + 2] = ["".join(self.merges[rank])]
        return [self.ids[piece] for piece in pieces]


def _spelled(word: str) -> list[str]:
    """The letters that stand for the bytes of a word."""
    return [LETTERS[byte] for byte in word.encode()]


@lru_cache(maxsize=None)
def _word_pattern() -> re.Pattern[str]:
    r"""Finds the words of the pre-tokenizer "qwen2" of llama.cpp.

    There it is written with \p{L} and \p{N}, which Python lacks: \w is both of them and "_", and
    \d is only the part Nd of \p{N}. And \s has separators in Python that llama.cpp does not count.
    """
    characters = map(chr, range(sys.maxunicode + 1))
    numbers = "".join(c for c in characters if unicodedata.category(c) in ("Nl", "No"))
    letter = rf"[^\W\d_{numbers}]"
    white = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    return re.compile(
        rf"{ENDING}"
        rf"|(?:[^\r\n\w]|_)?{letter}+"
        rf"|[\d{numbers}]"
        rf"| ?(?:[^{white}\w]|_)+[\r\n]*"
        rf"|[{white}]*[\r\n]+"
        rf"|[{white}]+(?![^{white}])"
        rf"|[{white}]+"
    )


def _count(texts: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """How often there are units to merge inside, and words with a space before them.

    The mark before a word, a space or a quote say, is no part of its unit, except in "'s".
    """
    words: Counter[str] = Counter()
    for text in texts:
        for part in SPECIAL.split(text)[::2]:
            words.update(_word_pattern().findall(part))
    is_ending = re.compile(ENDING).fullmatch
    units: Counter[str] = Counter()
    spaced: Counter[str] = Counter()
    for word, n in words.items():
        is_marked = word[-1].isalpha() and not word[0].isalpha() and not is_ending(word)
        units[word[1:] if is_marked else word] += n
        if is_marked and word[0] == " ":
            spaced[word[1:]] += n
    return units, spaced


def _merges_inside(units: Counter[str], limit: int) -> list[Pair]:
    """The merges that BPE learns: again and again of the commonest pair, the last of equals."""
    names = sorted(units)
    words = [_spelled(name) for name in names]
    pairs: Counter[Pair] = Counter()
    places: defaultdict[Pair, set[int]] = defaultdict(set)

    def note(i: int, sign: int) -> None:
        for pair in zip(words[i], words[i][1:]):
            pairs[pair] += sign * units[names[i]]
            if sign > 0:
                places[pair].add(i)
            elif pairs[pair] == 0:
                del pairs[pair]

    for i in range(len(words)):
        note(i, 1)
    merges: list[Pair] = []
    while pairs and len(merges) < limit:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] < RARE:
            break
        merges.append(best)
        for i in sorted(places.pop(best)):
            note(i, -1)
            words[i] = _joined(words[i], best)
            note(i, 1)
    return merges


def _joined(pieces: list[str], pair: Pair) -> list[str]:
    """Pieces, with each occurrence of a pair made one."""
    result: list[str] = []
    at = 0
    while at < len(pieces):
        n = 2 if tuple(pieces[at : at + 2]) == pair else 1
        result.append("".join(pieces[at : at + n]))
        at += n
    return result


def _merges_before(inside: list[Pair], spaced: Counter[str]) -> list[Pair]:
    """Merges of a space and a word that the merges inside make one token, the commonest first."""
    whole = {left + right for left, right in inside} | set(LETTERS)
    found = [(-n, "".join(_spelled(word))) for word, n in spaced.items() if n >= RARE]
    return [(SPACE, word) for _, word in sorted(found) if word in whole]
