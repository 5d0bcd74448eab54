"""Runs the unit tests beside it: `python3 test/tiny/run.py [REPORT]`, with a report as JUnit's."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_TESTS = Path(__file__).resolve().parent
_SCRIPTS = _TESTS.parents[1] / "scripts"
_TAGS = {"failed": "failure", "skipped": "skipped"}


class Outcomes(unittest.TextTestResult):
    """Notes how each test ended, besides printing it."""

    def __init__(self, *options: Any) -> None:
        super().__init__(*options)
        self.by_test: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.by_test[test.id()] = "passed"

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self.by_test[test.id()] = "failed"

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        # Also called when a class cannot be set up, of which no test is started.
        super().addError(test, err)
        self.by_test[test.id()] = "failed"

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.by_test[test.id()] = "failed"

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.by_test[test.id()] = "skipped"

    def report(self) -> ElementTree.ElementTree:
        """What scripts/junit.ts reads."""
        suite = ElementTree.Element("testsuite")
        for test, outcome in self.by_test.items():
            group, _, name = test.rpartition(".")
            case = ElementTree.SubElement(suite, "testcase", classname=group, name=name)
            if outcome in _TAGS:
                ElementTree.SubElement(case, _TAGS[outcome])
        return ElementTree.ElementTree(suite)


def main() -> int:
    sys.path.insert(0, str(_SCRIPTS))
    suite = unittest.defaultTestLoader.discover(str(_TESTS))
    outcomes = unittest.TextTestRunner(resultclass=Outcomes, verbosity=2).run(suite)
    assert isinstance(outcomes, Outcomes)
    if len(sys.argv) > 1:
        outcomes.report().write(sys.argv[1], encoding="utf-8")
    return 0 if outcomes.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
