from __future__ import annotations

import unittest
from random import Random

import numpy as np
from PIL import Image

from tiny.corpus.turns import is_held
from tiny.pictures import PAD_COLOR, Scene, draw, letterbox, make_pictures, scene_kind

SIDE = 96
RED = (220, 20, 45)


def extent(width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of what a red picture covers in its square."""
    square = letterbox(Image.new("RGB", (width, height), RED), SIDE)
    is_red = (square == RED).all(axis=2)
    assert (is_red | (square == PAD_COLOR).all(axis=2)).all(), "nothing but the picture and bars"
    rows, columns = np.flatnonzero(is_red.any(axis=1)), np.flatnonzero(is_red.any(axis=0))
    return int(columns[0]), int(rows[0]), len(columns), len(rows)


class Letterboxed(unittest.TestCase):
    def test_the_picture_fills_the_longer_side_and_stands_in_the_middle(self) -> None:
        cases = {
            (96, 96): (0, 0, 96, 96),
            (10, 10): (0, 0, 96, 96),
            (200, 100): (0, 24, 96, 48),
            (100, 200): (24, 0, 48, 96),
            (80, 45): (0, 20, 96, 55),  # 54 in double precision
            (1000, 3): (0, 47, 96, 1),
        }
        for size, covered in cases.items():
            with self.subTest(size):
                self.assertEqual(extent(*size), covered)

    def test_a_picture_of_the_right_size_is_left_alone(self) -> None:
        values = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
        self.assertTrue((letterbox(Image.fromarray(values), SIDE) == values).all())

    def test_other_modes_become_rgb(self) -> None:
        for mode in ("L", "RGBA", "P"):
            with self.subTest(mode):
                square = letterbox(Image.new(mode, (30, 20)), SIDE)
                self.assertEqual((square.shape, square.dtype), ((SIDE, SIDE, 3), np.uint8))


class Drawn(unittest.TestCase):
    def test_pictures_depend_on_the_seed_and_not_on_the_processes(self) -> None:
        pictures, scenes = make_pictures(1, 12, SIDE, processes=1)
        same, same_scenes = make_pictures(1, 12, SIDE, processes=2)
        self.assertTrue((pictures == same).all())
        self.assertEqual(scenes, same_scenes)
        self.assertNotEqual(scenes, make_pictures(2, 12, SIDE, processes=1)[1])

    def test_what_is_held_out_is_never_trained(self) -> None:
        r = Random(1)
        for held_out in (False, True):
            for _ in range(80):
                scene = draw(r, scene_kind(r), held_out)[1]
                if scene.shapes or scene.text:
                    self.assertEqual(any(_held(scene)), held_out, scene)


def _held(scene: Scene) -> list[bool]:
    """Whether each thing that a scene shows is held out."""
    if len(scene.text) == 2 and scene.text.isdigit():
        return [is_held("picture", scene.text)]
    things = [(shape.shape, shape.color) for shape in scene.shapes]
    things += [(scene.text, scene.ink)] if scene.text else []
    return [is_held("picture", what, color, scene.background) for what, color in things]
