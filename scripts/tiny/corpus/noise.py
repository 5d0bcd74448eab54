"""Errors and habits of people who type."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from .phrases import one

_KEPT = re.compile(r'("[^"]*"|“[^”]*”|\n.*)', re.DOTALL)
"""Quoted text, and all that stands below the first line."""

_GREETINGS = (
    "Hi! |Hello! |Hey! |Hi, |Hello, |hey, |hi |Hey |Good morning! |Good evening, |Hello Tiny, |"
    "Hi Tiny! |Tiny, |Ok, |Okay, |Well, |So, |Hmm, |Hm |Um, |Question: |Quick question: |"
    "I have a question: |One question: |Excuse me, |Sorry, |Dear Tiny, |hello, "
)
_THANKS = (
    " Thanks!| Thanks.| thanks| Thank you.| Thank you!| thank you| Thanks in advance.| thx| ty|"
    " Thanks a lot!| :)| Cheers!"
)
_PLEASE_AFTER = " please| pls|, please| plz| Please.| pls!"
_PLEASE_BEFORE = "Please |please |Pls |pls |Plz "

_REQUESTS = "tell name say give write translate show list count explain find".split()
_ASKING = (
    "what whats what's which who who's whose where when how is are do does did can could would"
    " of on to for any have has had was were should may must"
).split() + _REQUESTS
"""Words that questions and requests begin with: those that one greets before and says please to."""

# Words of questions, never of answers: an error in one of them changes no value.
_MISTYPED = frozenset(
    """
    capital country question favorite favourite remember opposite translate called people picture
    please number letter letters language animal animals sound noise month tomorrow yesterday
    comes before after which would could should about between minutes seconds hours result
    calculate together weather temperature explain describe shape shapes image photo background
    colour color larger bigger smaller meaning because something anything answer sentence friend
    brother sister birthday profession hobby afternoon morning evening computer documentation
    download install model server endpoint belongs young remind forgot mention mentioned different
    another
    """.split()
)
_CONTRACTED = re.compile(r"\b(what|who|where|how|it|that|i|don|can|let|you)'(s|m|t|re)\b", re.I)


def noisy(r: Random, question: str) -> str:
    """The question as somebody in a hurry types it; most often as it is.

    Never touched: digits, quoted text, text below the first line. Not for skills whose text must
    be exact (copying.EXACT): names and other words may lose their capitals here.
    """
    kept = r.random() < 0.55
    for change, chance in () if kept else _CHANGES:
        if r.random() < chance:
            question = change(r, question)
    return question


def _outside(text: str, change: Callable[[str], str]) -> str:
    """The text, changed outside of what is kept."""
    parts = _KEPT.split(text)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))


def _small(r: Random, text: str) -> str:
    """Without capital letters, or without the first one only."""
    if r.random() < 0.5:
        return _outside(text, str.lower)

    return begins_small(text)


def _mark(r: Random, text: str) -> str:
    """No mark at the end, a doubled one, or one after a space."""
    if text[-1:] not in "?!.":
        return text
    mark = text[-1]
    doubled = {"?": ["??", "?!", "???", " ?"], "!": ["!!", "!!!", " !"], ".": ["..", "...", "!"]}
    return text[:-1] + (r.choice(doubled[mark]) if r.random() < 0.3 else "")


def _mistype(r: Random, text: str) -> str:
    """One letter of a long word swapped with its neighbor, dropped or doubled."""
    words = text.split(" ")
    places = [at for at, word in enumerate(words) if word.strip("?!.,:") in _MISTYPED]
    if not places or _KEPT.search(text):
        return text
    at = r.choice(places)
    word = words[at]
    letter = r.randrange(1, len(word.strip("?!.,:")) - 1)
    before, here, after = word[:letter], word[letter], word[letter + 1 :]
    mistyped = (before + after, before + here + here + after, before + after[0] + here + after[1:])
    words[at] = r.choice(mistyped)
    return " ".join(words)


def _contract(r: Random, text: str) -> str:
    """Contractions without their apostrophes: whats, dont."""
    return _outside(text, lambda part: _CONTRACTED.sub(r"\1\2", part))


def _shorten(r: Random, text: str) -> str:
    """Words of chats: u, ur, r."""
    spoken = {" you ": " u ", " your ": " ur ", " are you": " r u", " and ": " & "}
    word = r.choice(list(spoken))
    return _outside(text, lambda part: part.replace(word, spoken[word], 1))


def _be_polite(r: Random, text: str) -> str:
    """A greeting, please or thanks around a question or a request."""
    first = text.split(" ")[0].lower().strip(",.:?!")
    if first not in _ASKING or text.count(" ") < 2 or _KEPT.search(text):
        return text
    kind = r.random()
    if kind < 0.45:
        greeting = one(r, _GREETINGS)
        starts_small = greeting[-2] not in "!." and r.random() < 0.7
        return greeting + (text[:1].lower() + text[1:] if starts_small else text)
    if kind < 0.65 or "please" in text.lower():
        return text + one(r, _THANKS) if text[-1] in "?!." else text
    if first in _REQUESTS and r.random() < 0.5:
        return one(r, _PLEASE_BEFORE) + text[:1].lower() + text[1:]
    please = one(r, _PLEASE_AFTER)
    return text[:-1] + please.rstrip(".!") + "?" if text[-1] == "?" else text.rstrip(".!") + please


def _space(r: Random, text: str) -> str:
    """A space too many, or two."""
    kind = r.random()
    if kind < 0.4:
        return text + r.choice([" ", "  ", "\n"])
    if kind < 0.6:
        return " " + text
    places = [at for at, letter in enumerate(text) if letter == " "]
    if not places or _KEPT.search(text):
        return text
    at = r.choice(places)
    return text[:at] + " " + text[at:]


# Each with its chance, where any change is made at all. Order matters: small letters come last.
_CHANGES: tuple[tuple[Callable[[Random, str], str], float], ...] = (
    (_mistype, 0.16),
    (_shorten, 0.03),
    (_contract, 0.2),
    (_be_polite, 0.3),
    (_mark, 0.3),
    (_small, 0.4),
    (_space, 0.06),
)


def begins_small(question: str) -> str:
    """The question with a small letter first if that is a word that questions begin with."""
    first = question.split(" ")[0].lower().strip(",.:?!")
    return question[:1].lower() + question[1:] if first in _ASKING else question
