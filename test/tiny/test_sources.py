from __future__ import annotations

import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
N_LINES_MAX = 400
N_COLUMNS_MAX = 100


class Sources(unittest.TestCase):
    """What test/architecture.test.ts asks of the other languages."""

    def test_are_short_and_narrow(self) -> None:
        files = sorted([*ROOT.glob("scripts/tiny/**/*.py"), *ROOT.glob("test/tiny/*.py")])
        self.assertGreater(len(files), 20)
        wrong: list[str] = []
        for file in files:
            path, lines = file.relative_to(ROOT), file.read_text(encoding="utf-8").splitlines()
            if len(lines) > N_LINES_MAX:
                wrong.append(f"{path} has {len(lines)} lines")
            for number, line in enumerate(lines, start=1):
                if len(line) > N_COLUMNS_MAX:
                    wrong.append(f"{path}:{number} is too long")
        self.assertEqual(wrong, [])
