"""Characters as strokes of a pen, so that drawing text needs no font."""

from __future__ import annotations

from random import Random

import numpy as np

BASELINE = 7
"""Capitals and digits reach from 0 (top) down to 7, small letters from 2; tails end at 9."""

# Strokes are parted by "/", other forms of the same character by "|". A point is two digits, x and
# y; "~" makes the stroke a smooth curve through its points, closed if it ends where it began.
_ROUND = "~22 44 45 27 05 04 22"
GLYPHS = {
    "0": "~20 42 45 27 05 02 20",
    "1": "02 20 27 | 02 20 27 / 07 47 | 11 20 27",
    "2": "~02 20 42 34 07 / 07 47 | ~01 20 41 33 07 / 07 47",
    "3": "~01 20 42 23 / ~23 45 27 06 | 00 40 23 / ~23 45 27 06",
    "4": "37 30 05 45 | 00 04 44 / 30 37",
    "5": "40 00 03 / ~03 23 45 27 06 | 40 10 03 / ~03 23 45 27 06",
    "6": "~30 12 05 27 45 23 05 | ~41 20 02 05 27 45 23 05",
    "7": "00 40 17 | 00 40 17 / 14 44 | 00 40 27",
    "8": "~20 42 23 02 20 / ~23 45 27 05 23 | ~20 31 23 11 20 / ~23 45 27 05 23",
    "9": "~17 35 42 20 02 24 42 | ~42 20 02 24 42 / 42 47 | ~42 20 02 24 42 45 27 06",
    "A": "07 30 67 / 15 55",
    "B": "00 07 / ~00 20 42 23 03 / ~03 23 45 27 07",
    "C": "~51 30 02 05 37 56",
    "D": "00 07 / ~00 20 52 55 27 07",
    "E": "40 00 07 47 / 03 33",
    "F": "40 00 07 / 03 33",
    "G": "~51 30 02 05 37 56 / 56 54 34",
    "H": "00 07 / 50 57 / 03 53",
    "I": "00 07 | 00 20 / 10 17 / 07 27",
    "J": "~40 45 27 05",
    "K": "00 07 / 40 04 / 22 47",
    "L": "00 07 47",
    "M": "07 00 34 60 67",
    "N": "07 00 57 50",
    "O": "~30 62 65 37 05 02 30",
    "P": "00 07 / ~00 20 42 24 04",
    "Q": "~30 62 65 37 05 02 30 / 45 67",
    "R": "00 07 / ~00 20 42 24 04 / 24 47",
    "S": "~41 20 02 13 34 45 27 06",
    "T": "00 40 / 20 27 | 00 60 / 30 37",
    "U": "~00 05 27 45 40",
    "V": "00 27 40 | 00 37 60",
    "W": "00 17 31 57 60",
    "X": "00 47 / 40 07",
    "Y": "00 23 40 / 23 27",
    "Z": "00 40 07 47",
    "a": f"{_ROUND} / 42 47 | ~03 22 44 47 / ~44 24 06 27 46",
    "b": f"{_ROUND} / 00 07",
    "c": "~43 22 04 05 27 46",
    "d": f"{_ROUND} / 40 47",
    "e": "04 44 / ~44 22 04 05 27 46",
    "f": "~30 11 13 17 / 03 33",
    "g": f"{_ROUND} / ~42 47 29 08",
    "h": "00 07 / ~04 22 44 47",
    "i": "02 07 / 00 00",
    "j": "~22 27 19 08 / 20 20",
    "k": "00 07 / 32 05 / 14 37",
    "l": "00 07 | ~00 05 17 26",
    "m": "02 07 / ~04 22 34 37 / ~34 52 64 67",
    "n": "02 07 / ~04 22 44 47",
    "o": _ROUND,
    "p": f"{_ROUND} / 02 09",
    "q": f"{_ROUND} / 42 49",
    "r": "02 07 / ~05 13 32",
    "s": "~43 22 03 14 35 46 27 06",
    "t": "~10 15 27 36 / 02 32",
    "u": "~02 05 27 45 / 42 47",
    "v": "02 27 42",
    "w": "02 17 33 57 62",
    "x": "02 47 / 42 07",
    "y": "02 27 / 42 19",
    "z": "02 42 07 47",
}
_STEPS = 8
"""Straight pieces from one point of a curve to the next."""


def pen_strokes(r: Random, text: str, gap: float) -> list[np.ndarray]:
    """The polylines, each [nPoints, 2], that write the text, `gap` units between its characters."""
    strokes: list[np.ndarray] = []
    left = 0.0
    for character in text:
        glyph = [_stroke(part) for part in r.choice(GLYPHS[character].split("|")).split("/")]
        strokes += [stroke + (left, 0.0) for stroke in glyph]
        left = max(stroke[:, 0].max() for stroke in strokes) + gap
    return strokes


def _stroke(text: str) -> np.ndarray:
    points = np.array([(int(x), int(y)) for x, y in text.replace("~", "").split()], float)
    return _smooth(points) if "~" in text else points


def _smooth(points: np.ndarray) -> np.ndarray:
    """A Catmull-Rom curve through the points."""
    is_closed = bool((points[0] == points[-1]).all())
    before, after = (points[-2], points[1]) if is_closed else (points[0], points[-1])
    p = np.concatenate([[before], points, [after]])
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
    pieces = [_piece(*p[at : at + 4], t) for at in range(len(points) - 1)]
    return np.concatenate([*pieces, points[-1:]])


def _piece(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, t: np.ndarray
) -> np.ndarray:
    """The curve from b (t = 0) to c (t = 1), with a before and d after them."""
    cubic = (3 * b - a - 3 * c + d) * t**3
    square = (2 * a - 5 * b + 4 * c - d) * t**2
    return (2 * b + (c - a) * t + square + cubic) / 2
