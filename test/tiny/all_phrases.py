"""All phrases of the corpus, written out."""

from __future__ import annotations

import gc
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from itertools import product

import tiny.corpus
from tiny.corpus import phrases
from tiny.corpus.phrases import Phrasing


def all_phrasings() -> list[Phrasing]:
    """Every Phrasing that the modules of the corpus make when they are imported."""
    for module in pkgutil.iter_modules(tiny.corpus.__path__):
        import_module(f"tiny.corpus.{module.name}")
    # Wherever they hold it: in dictionaries, in their own classes, in tuples of both.
    return [found for found in gc.get_objects() if isinstance(found, Phrasing)]


def written_out(template: str) -> Iterator[str]:
    """Every phrase that a template makes, its slots still open."""
    return _written_out(phrases._parsed(template))


def as_heard(phrase: str) -> str:
    """A phrase in small letters, without apostrophes, commas and the mark at its end."""
    words = re.sub("[,;:]", " ", re.sub("['’]", "", phrase.lower())).split()
    return " ".join(words).rstrip("?!. ")


def _written_out(parts: tuple) -> Iterator[str]:
    options = (
        [part] if isinstance(part, str) else [text for each in part for text in _written_out(each)]
        for part in parts
    )
    return map("".join, product(*options))
