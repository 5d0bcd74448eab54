"""Text that is given in the question, to be written in another way: as a list, in capitals."""

from __future__ import annotations

from random import Random

from .phrases import Split, phrasing
from .turns import Asked
from .words import ANIMALS, FRUITS, QUALITIES, THINGS, city, name, word

LIST = phrasing(
    """
    [Make|Write|Create|Give me] a [bullet|bulleted|bullet point] list [of|with|from] {i}[.|]
    [Make|Write|Create] a list with bullets[ from|:| of] {i}[.|]
    [Make|Turn|Put|Write] [this|these|the following] [into|as] a [bullet|bulleted] list: {i}
    [List|Write] {i} [as bullets|as bullet points|as a bullet list|with bullets][.|]
    [Bullet list|As a bullet list|Bullets|Bullet points][:|, please:] {i}
    [Format|Show] [this|these] as [bullets|bullet points|a bullet list|a list with dashes]: {i}
    [Can|Could] you make a [bullet|bulleted] list [of|from|with] {i}?
    [I need|I want|I'd like] a [bullet|bulleted] list [of|with] {i}[.|]
    [I have|I need|I must buy|We need] {i}. [Make a|Write a|Give me a] bullet list[.|]
    {i}: [make a bullet list|as a bullet list please|write a bullet list][.|]
    [Make|Write] a [shopping list|packing list|to-do list|list] [with|of] {i}[.|]
    [Make|Write|Give me] a list[:| of| with] {i}[.|]
    """,
    """
    Please list these with bullets: {i}
    Put {i} into a bullet list.
    Have {i} one below the other, with bullets.
    """,
)
NUMBERED = phrasing(
    """
    [Make|Write|Create|Give me] a numbered list [of|with|from] {i}[.|]
    [Make|Turn|Put] [this|these|the following] into a numbered list: {i}
    [Number|Enumerate|Please number] [these|these things|the following]: {i}
    [List|Write] {i} [with numbers|as a numbered list][.|]
    [Numbered list|As a numbered list][:|, please:] {i}
    [Can|Could] you make a numbered list of {i}?
    [I need|I want] a numbered list [of|with] {i}[.|]
    """,
    """
    Please number the things in this list: {i}
    Put {i} into a list with numbers.
    """,
)
CASE = {
    "lower": "lower case|lowercase|small letters|lower case letters",
    "upper": "upper case|uppercase|capital letters|capitals|big letters|all caps",
}
CHANGE_CASE = phrasing(
    """
    [Write|Say|Put|Repeat|Type|Please write] {p} in {c}[.|| please.]
    [Write|Say|Put|Repeat] "{p}" in {c}[.|]
    [Write|Put|Convert|Change|Turn] [this|the following|this text] [to|into|in] {c}: {p}
    [Convert|Change|Turn|Transform] {p} [to|into] {c}[.|]
    [In|To|Into] {c}[:|, please:] {p}
    [Make|Write] this {c}: {p}
    {p} [in|to|into] {c}[?|.| please.|]
    How [do you|do I|does one] write {p} in {c}?
    [What is|What's] {p} in {c}?
    [Can|Could] you [write|put|convert] {p} [in|into] {c}?
    [I want|I need|I'd like] {p} in {c}[.|]
    Use {c} [for|to write] {p}[.|]
    """,
    """
    Please give me {p} in {c}.
    How would {p} look in {c}?
    The following in {c}, please: {p}
    """,
)
REPLACE = phrasing(
    """
    Replace [|the word |the words ]{x} [by|with] {y} in[: | the sentence: | the text: | this: ]{p}
    [Replace|Exchange] {x} [by|with] {y}: {p}
    [Change|Turn|Rename] {x} [to|into] {y} in[: | this sentence: | the text: ]{p}
    [Put|Write|Use] {y} instead of {x} in[: | this: | this sentence: ]{p}
    [Swap|Substitute] {x} [by|with] {y}: {p}
    In [the sentence|the text|this][ "{p}"|: "{p}"][,|] [replace|change] {x} [by|to|with] {y}[.|]
    {p}{nl}[Replace|Change] {x} [by|to|with] {y}[.|]
    {p} - [now replace|please replace|now change] {x} [by|with] {y}[.|]
    [Write|Say|Repeat] this with {y} instead of {x}: {p}
    [Can|Could] you replace {x} [by|with] {y} in: {p}
    [Please replace|Please change] [every|each|the word] {x} [by|to|with] {y}: {p}
    """,
    """
    Where it says {x}, write {y}: {p}
    Take this text and put {y} in place of {x}: {p}
    Rewrite it with {y} for {x}: {p}
    """,
)
COUNT_WORDS = phrasing(
    """
    How many words [are|are there] in[: | the sentence: | this: | the text: ]{p}
    How many words [are in|has] "{p}"?
    How many words does "{p}" have?
    [Count|Please count] the words[: | in: | of: | in this sentence: ]{p}
    [What is|What's] the number of words in "{p}"?
    [Number|The number] of words in[: | this: ]{p}
    [Can|Could] you count the words in "{p}"?
    {p} - how many words [is that|are these]?
    "{p}" has how many words?
    [Tell me|Say] how many words [this has|there are]: {p}
    Word count[: | of: ]{p}
    """,
    """
    Of how many words consists "{p}"?
    I wonder how many words these are: {p}
    """,
)


def list_of(r: Random, split: Split = "train") -> Asked:
    """Three to five things of a sentence as a list with bullets or numbers."""
    count = r.choice([3, 3, 3, 4, 4, 5])
    items: list[str] = []
    kind = r.choice([word, word, lambda r: name(r, split), lambda r: city(r, split)])
    while len(items) < count:
        item = kind(r)
        items += [item] if item not in items else []
    joint = r.choice([", ", ", ", ", and ", " and "])
    said = ", ".join(items[:-1]) + joint + items[-1]
    if r.random() < 0.3:
        question = NUMBERED.pick(r, split, i=said)
        answer = "\n".join(f"{at}. {item}" for at, item in enumerate(items, 1))
    else:
        question = LIST.pick(r, split, i=said)
        answer = "\n".join(f"- {item}" for item in items)
    return Asked("edit", question, answer, "", {"items": items})


def change_case(r: Random, split: Split = "train") -> Asked:
    """A few words in capital or in small letters."""
    some = (r.choice([word(r), word(r), name(r, split)]) for _ in range(r.randint(1, 3)))
    words = " ".join(some)
    case = r.choice(["lower", "upper"])
    text = words.upper() if case == "lower" else words
    if r.random() < 0.15:
        text = words.title()
    answer = text.lower() if case == "lower" else text.upper()
    question = CHANGE_CASE.pick(r, split, p=text, c=r.choice(CASE[case].split("|")))
    return Asked("edit", question, answer, answer, {"text": answer})


def replace(r: Random, split: Split = "train") -> Asked:
    """A sentence with one word in place of another."""
    old, new = (_noun_or_name(r, split) for _ in range(2))
    while new[0].isupper() != old[0].isupper() or new == old:
        old, new = (_noun_or_name(r, split) for _ in range(2))
    about, there = r.choice(QUALITIES), r.choice(THINGS)
    subject = old if old[0].isupper() else f"the {old}"
    text = r.choice(
        (
            f"{subject} is {about}", f"{subject} sleeps in the {there}", f"I see {subject}",
            f"we like {subject} and the {about} {there}", f"{subject} and the {there}",
            f"where is {subject}?", f"the {there} of {subject} is {about}",
            f"{subject} eats and sleeps",
        )
    )  # fmt: skip
    if old in f"the {there} {about} sleeps eats and where like see".split():
        return replace(r, split)
    question = REPLACE.pick(r, split, x=old, y=new, p=text, nl="\n")
    answer = text.replace(old, new)
    return Asked("edit", question, answer, answer, {"text": answer})


def _noun_or_name(r: Random, split: Split) -> str:
    return name(r, split) if r.random() < 0.3 else r.choice(ANIMALS + FRUITS + THINGS)


def count_words(r: Random, split: Split = "train") -> Asked:
    """How many words a short text has."""
    count = r.randint(1, 6)
    text = " ".join(word(r) for _ in range(count))
    noun = "word" if count == 1 else "words"
    answer = f"It has {count} {noun}."
    question = COUNT_WORDS.pick(r, split, p=text)
    return Asked("edit", question, answer, str(count), {"words": count})
