"""Text that is given in the question: repeated, spelled, listed, written in another way."""

from __future__ import annotations

from random import Random

from .editing import change_case, count_words, list_of, replace
from .extraction import extract
from .phrases import Phrasing, Split, phrasing
from .turns import Asked, is_held
from .words import ANIMALS, FRUITS, NAMES, QUALITIES, THINGS, WORDS, city, name, new_word, word

__all__ = [
    "EXACT", "change_case", "count_words", "extract", "list_of", "repeat", "repeat_new",
    "repeat_this", "replace", "spell",
]  # fmt: skip

EXACT = ("copy", "edit", "extract")
"""Skills whose questions hold text that must stay as it is: no noise, no wishes added to them."""

# {p} is any text, with line breaks, marks and quotes.
REPEAT = phrasing(
    """
    [Repeat|repeat|Please repeat|Can you repeat] after me[:|,] {p}
    [Repeat|repeat|Say|say|Echo|echo|Write|write|Print|Type|Copy|Output]: {p}
    [Repeat|Say|Echo|Write|Print|Type|Copy|Output] [this|the following|this text|what follows]: {p}
    [Please repeat|Please say|Please echo|Please write|Please copy|Just say|Just repeat]: {p}
    [Please |][repeat|say|write|copy] [exactly|word for word|literally|verbatim]: {p}
    [Repeat|Say|Write|Copy] exactly [this|the following|what I say|what I write][:|,] {p}
    [Repeat|Say|Write] this [sentence|text|phrase|line|message]: {p}
    [Repeat|Say|Write] the [sentence|text|phrase|words] [that follows|below|after the colon]: {p}
    [Can|Could|Would|Will] you [please |][repeat|say|echo|write] [this|the following][:|,] {p}
    [I want|I'd like|I need] you to [repeat|say|write] [this|the following]: {p}
    [I say something and you repeat it|I will say something, repeat it|You repeat what I say]: {p}
    [Answer|Reply|Respond] [with|only with|with exactly|with nothing but]: {p}
    [Answer|Reply|Respond] [with|only with] [this|the following] [text|words|line]: {p}
    [Say|Repeat|Write] [back to me|it back to me|back]: {p}
    [Let me hear|Let me see|Give me back|Send me back]: {p}
    [Echo|Repeat|Copy] [this|that|the text] [back|back to me]: {p}
    [Copy|Write down|Type] [the line|the text|what stands here]: {p}
    [Repeat|Echo|Say this|Copy this]:{nl}{p}
    Your answer [is|must be|shall be|should be]: {p}
    {p}{nl}[Repeat this|Repeat that|Say this again|Copy the line above|Repeat the text above][.|!|]
    Echo test: {p}
    """,
    """
    Please repeat this: {p}
    Now say: {p}
    Parrot the following text: {p}
    Speak after me: {p}
    What I write you write too: {p}
    """,
)
# {p} has no quotation marks in it.
QUOTED = phrasing(
    """
    [Repeat|Say|Write|Echo|Print|Please say|Please repeat|Please write|Just say] "{p}"[.|!|]
    [Repeat|Say|Write|Echo] [after me|this|the words|the text|the phrase|the sentence][:|] "{p}"[.|]
    [Can|Could|Would] you [please |][say|repeat|write|echo] "{p}"[?| for me?|, please?]
    [Answer|Reply|Respond] [with|only with|with exactly|with just] "{p}"[.|]
    [I want|I'd like] you to [say|repeat|write] "{p}"[.|]
    [What|Which] text stands in the quotes: "{p}"?
    [Repeat|Copy|Write] [what|the text that] is in [the |]quotes: "{p}"[.|]
    [Say|Repeat|Write] '{p}'[.|]
    """,
    """
    Utter "{p}" please.
    Let your answer be "{p}".
    """,
)
# {p} is one word of letters.
ONE_WORD = phrasing(
    """
    [Say|Repeat|Write|Echo|Print|Please say|Please write] [the word|this word:] {p}[.|]
    [Say|Repeat|Write|Please say] {p}[.|!|]
    [Answer|Reply|Respond] [with|only with] the word {p}[.|]
    [Can|Could] you [say|repeat|write] [the word |]{p}?
    [Say|Repeat] {p} [please|now|for me|once|again][.|]
    [What I want to hear is|The word is|Your word is]: {p}. [Say|Repeat] it[.|]
    [I say|If I say] {p}, you say {p}[.|]
    [Please |]answer with [one word|just one word|the single word]: {p}
    [Write|Type|Print] [one word|the single word|just the word][:|] {p}[.|]
    [Say|Answer] [only|just] {p}[.|]
    """,
    """
    Would you say the word {p}?
    I want to hear the word {p}.
    """,
)
GREET = phrasing(
    """
    [Say|Please say] [hello|hi] to {p}[.|!|]
    [Greet|Please greet|Say good day to] {p}[.|!|]
    [Can|Could] you [say hello to|greet] {p}[?|, please?]
    [{p} is here|This is my friend {p}|My friend {p} is here]. [Say hello|Say hi|Greet my friend].
    """,
    "Give {p} a greeting.",
)
SPELL = phrasing(
    """
    [Spell|spell|Please spell] [|the word |the name ]{p}[.|| please.| for me.]
    [Spell|Please spell] "{p}"[.|]
    How [do you|do I|does one|would you|to] spell {p}[?|]
    How do you [spell|write] [the word |]{p}[, letter by letter|]?
    [What is|What's] the spelling of [the word |]{p}?
    [Can|Could] you [spell|spell out] [the word |]{p}[| for me|, please]?
    [Spell out|Write out|Give me|Tell me|Say] the letters of [the word |]{p}[.|]
    [Which|What] letters [are in {p}|does {p} have|does {p} consist of]?
    [Write|Say|Spell] {p} letter by letter[.|]
    {p}, [letter by letter|spelled out|how is it spelled?|how do you spell that?]
    [Tell|Show] me how to spell {p}[.|]
    [Do you know|I forgot|I don't know] how to spell {p}[.|]
    """,
    """
    Please give the spelling of {p}.
    How is {p} spelled?
    Split {p} into its letters.
    """,
)
LETTER = phrasing(
    """
    [What is|What's|Which is|Tell me] the {w} letter [of|in] [the word |]{p}[?|]
    [Which|What] letter [comes|is|stands] {w} in [the word |]{p}?
    With [which|what] letter does {p} {verb}?
    [Which|What] letter does {p} {verb} with?
    [The|Give me the|Name the] {w} letter of {p}[.|?|]
    [Can|Could] you [tell me|name] the {w} letter of [the word |]{p}?
    [Do you know|I want to know] the {w} letter of {p}[.|]
    In [the word |]{p}, [which|what] letter is the {w}[| one]?
    {p} {verb}s with [which|what] letter?
    """,
    "Look at {p}: what is its {w} letter?",
)

_SHORT_WORDS = "hello hi yes no okay thanks test cheese goodbye please hutch tiny".split()
_MARKS = "$ % & * + ^ ~ # @ = < > | { } \\ / _ ` ; : ( ) [ ] ! ? . , - \" ' … – “ ” « ¿ £ ©".split()


def repeat(r: Random, split: Split = "train") -> Asked:
    """A text to say again as it is."""
    if r.random() < 0.05:
        person = name(r, split)
        answer = f"Hello, {person}!"
        return Asked("copy", GREET.pick(r, split, p=person), answer, answer, {"text": answer})
    if r.random() < 0.15:
        text = r.choice([name(r, split), word(r), word(r), r.choice(_SHORT_WORDS)])
        return _copied(r, ONE_WORD, text, split)
    text = _phrase(r, split)
    quotes = '"' in text or "'" in text
    return _copied(r, QUOTED if not quotes and r.random() < 0.25 else REPEAT, text, split)


def repeat_new(r: Random) -> Asked:
    """A text that nobody has seen, to say again: words, numbers and marks in any order."""
    makers = (new_word, word, _number, lambda r: r.choice(_MARKS))
    parts = [make(r) for make in r.choices(makers, (60, 12, 13, 15), k=r.randint(1, 9))]
    text = parts[0] + "".join(r.choice(["", " ", " ", " "]) + part for part in parts[1:])
    return _copied(r, REPEAT if '"' in text or r.random() < 0.6 else QUOTED, text, "train")


def _number(r: Random) -> str:
    return str(r.randint(0, 10 ** r.randint(1, 6)))


def repeat_this(r: Random, text: str) -> Asked:
    """A text to say again."""
    return _copied(r, REPEAT, text, "train")


def _copied(r: Random, ways: Phrasing, text: str, split: Split) -> Asked:
    return Asked("copy", ways.pick(r, split, p=text, nl="\n"), text, text, {"text": text})


def _phrase(r: Random, split: Split) -> str:
    """A text of one of many kinds: words, names, digits, marks, code."""
    kinds = (_words, _sentence, _invented, _names, _digits, _mixed_case, _marked, _quoting, _odd)
    make = r.choices(kinds, (22, 18, 18, 10, 8, 8, 8, 4, 8))[0]
    return make(r, split)


def _words(r: Random, split: Split) -> str:
    return " ".join(word(r) for _ in range(r.randint(2, 6)))


def _sentence(r: Random, split: Split) -> str:
    noun, other = r.choice(THINGS + ANIMALS), r.choice(ANIMALS + FRUITS)
    quality = r.choice(QUALITIES)
    person, place = name(r, split), city(r, split)
    sentence = r.choice(
        (
            f"The {noun} is {quality}", f"I like the {quality} {noun}",
            f"{person} lives in {place}", f"{person} and {word(r)} {word(r)}",
            f"{person} has a {quality} {other}", f"we see the {other} in {place}",
            f"my {noun} is {quality} and {r.choice(QUALITIES)}", f"the {other} eats the {noun}",
            f"there are {r.randint(2, 99)} {other}s in the {noun}",
            f"hello {person}", f"I am {person} and I am {quality}", f"this is not a {noun}",
        )
    )  # fmt: skip
    return sentence + r.choice(["", "", ".", "!", "?"])


def _invented(r: Random, split: Split) -> str:
    return " ".join(new_word(r) for _ in range(r.randint(1, 4)))


def _names(r: Random, split: Split) -> str:
    names = [r.choice([name, city])(r, split) for _ in range(r.randint(1, 4))]
    return r.choice([" ", " ", ", ", " and "]).join(names)


def _digits(r: Random, split: Split) -> str:
    some = [str(r.randint(0, r.choice([9, 9, 99, 999]))) for _ in range(r.randint(2, 6))]
    whole = str(r.randint(10, 10 ** r.randint(2, 8)))
    time = f"{r.randint(0, 23)}:{r.randint(0, 59):02}"
    decimal = f"{whole[:2]}.{whole}"
    return r.choice([" ".join(some), ", ".join(some), "".join(some), whole, time, decimal])


def _mixed_case(r: Random, split: Split) -> str:
    text = " ".join(word(r) for _ in range(r.randint(1, 3)))
    odd = "".join(r.choice([letter, letter.upper()]) for letter in text)
    return r.choice([text.upper(), text.title(), odd, text.upper() + " " + word(r)])


def _marked(r: Random, split: Split) -> str:
    one, two, three = word(r), word(r), word(r)
    return r.choice(
        (
            f"{one}, {two}!", f"{one}; {two}?", f"{one} - {two}", f"({one}) {two}", f"{one}!!!",
            f"{one}... {two}", f"{one}: {two}, {three}.", f"{one}/{two}", f"yes, {one} & {two}!",
            f"Hello, {one}!", f"no! {one}? {two}.", f"{one} + {two} = {three}", f"#{one} @{two}",
        )
    )  # fmt: skip


def _quoting(r: Random, split: Split) -> str:
    person, one, two = name(r, split), word(r), word(r)
    return r.choice(
        (f'{person} said "{one} {two}"', f"it's {one}", f'the "{one}" {two}', f"'{one}' {two}")
    )


def _odd(r: Random, split: Split) -> str:
    one, two, count = new_word(r), word(r), r.randint(0, 99)
    letters = "".join(r.choice("abcdefghijklmnopqrstuvwxyzABCDXYZ0123456789") for _ in range(6))
    return r.choice(
        (
            letters, f"{one}_{two}", f"{one}({count})", f"{one}-{count}", f"{one}@{two}.com",
            f"x = {count}", f"{letters} {one}", f"[{one}, {count}]", f"/{one}/{two}",
            f"{one}{count}",
        )
    )  # fmt: skip


def spell(r: Random, split: Split = "train") -> Asked:
    """A word letter by letter, or its first or last letter. Some words are never trained."""
    while True:
        text = r.choice([r.choice(WORDS), r.choice(WORDS), r.choice(NAMES), new_word(r)[:6]])
        if split == "phrasing" or is_held("spell", text) == (split == "combo"):
            break
    if r.random() < 0.25:
        which, verb, letter = r.choice([("first", "begin", text[0]), ("last", "end", text[-1])])
        question = LETTER.pick(r, split, p=text, w=which, verb=verb)
        answer = f"The {which} letter of {text} is {letter}."
        return Asked("copy", question, answer, letter, {"word": text, "letter": letter})
    spelled = "-".join(text)
    question = SPELL.pick(r, split, p=text)
    return Asked("copy", question, spelled, spelled, {"word": text, "letters": list(text)})


