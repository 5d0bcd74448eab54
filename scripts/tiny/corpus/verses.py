"""What the model writes itself: its one poem, its one story, sentences and rhymes."""

from __future__ import annotations

from random import Random

from .phrases import Split, phrasing
from .turns import Asked, is_held
from .words import ANIMALS, FRUITS, QUALITIES, THINGS, a, first_upper, name, new_word

POEM = phrasing(
    """
    [Write|Please write|Write me|Make|Compose] [a|a short|a little|a nice] poem about {w}[.|!|]
    [Can|Could|Will|Would] you [write|make|compose] [a|a short|me a] poem about {w}?
    [A|A short|One] poem about {w}[.|, please.|, please|]
    [Tell|Give|Read|Show] me [a|a short|a little] poem about {w}[.|]
    [I want|I'd like|I need] [a|a short] poem about {w}[.|]
    [Poem|A poem] about {w}[.|?|!|, please]
    [Do you know|Have you got] [a|any] poem about {w}?
    [Write|Make] [a verse|a few verses|some verses|a rhyme|four lines] about {w}[.|]
    [Say something poetic|Rhyme something|Be a poet and write] about {w}[.|]
    {w}: [write a poem|a poem, please|a poem about it][.|]
    Let {w} be in a poem[.|]
    [My friend likes|I like|I love] {w}. [Write|Please write] a poem [about it|about that][.|]
    [Poetry|Verses|Some poetry] about {w}[, please|].
    """,
    """
    I would enjoy some lines of poetry on {w}.
    Be so kind and make a poem that speaks of {w}.
    Could there be a poem on {w}?
    """,
)
ANY_POEM = phrasing(
    """
    [Write|Please write|Write me|Make|Create|Tell me|Give me] [a|a short|a nice] poem[.|!|]
    [Can|Could] you [write|make|tell me] [a|a short] poem?
    [Do you know|Do you have] [a|any] poem[s|]?
    [A|Any|Some] poem[, please|].
    [Are you|Can you be] a poet?
    """,
    "I am in the mood for a poem.",
)
STORY = phrasing(
    """
    [Tell|Write|Give|Read] me [a|a short|a little|a nice] story about {w}[.|!|]
    [Write|Please write|Make up|Invent|Create] [a|a short|a little] story about {w}[.|]
    [Can|Could|Will|Would] you [tell|write] [me a|me a short|a] story about {w}?
    [A|A short|One] story about {w}[.|, please.|, please|]
    [I want|I'd like|I want to hear|I'd like to hear] [a|a short] story about {w}[.|]
    [Story|A story|Short story] about {w}[.|?|!|, please]
    [Do you know|Have you got] [a|any] story about {w}?
    [Tell|Write|Make up] [a tale|a fairy tale|a bedtime story|a small tale] about {w}[.|]
    {w}: [tell me a story|a story, please|a story about it][.|]
    [My son likes|I like] {w}. [Tell|Please tell] me a story [about it|about that][.|]
    Once upon a time there was {h}[. Go on.|. Please go on.|. What happened?|...]
    [Start|Begin|Tell] a story with {w}[.| in it.]
    """,
    """
    My children would like to hear what {w} lived through. Tell it as a story.
    Please let me have a little story in which {w} appears.
    I can not sleep. Is there a story with {w}?
    """,
)
ANY_STORY = phrasing(
    """
    [Tell|Write|Read|Give] me [a|a short|a nice|a bedtime] story[.|!|]
    [Can|Could] you [tell|write] [me a|a|a short] story?
    [Do you know|Do you have] [a|any] [story|tale]?
    [A|One|Some] story[, please|].
    [I want|I'd like] to hear a story[.|]
    """,
    "Is there a tale that you can tell?",
)
SENTENCE = phrasing(
    """
    [Write|Make|Give me|Say|Form|Create|Build] a sentence with [the word |]{w}[.|]
    [Write|Make|Give me|Say] a [short |simple |]sentence [that has|with|using|that uses] {w}[.|]
    [Can|Could] you [write|make|say] a sentence with [the word |]{w}?
    [Use|Please use] [the word |]{w} in a sentence[.|]
    [A|One] sentence with {w}[.|, please.|]
    [Give me an example|An example] [sentence |]with {w}[.|]
    [I need|I want|I'd like] a sentence [with|that has] {w}[.|]
    {w} in a sentence[.|?|, please|]
    [How do I use|How can I use|How do you use] [the word |]{w} in a sentence?
    Put {w} into a sentence[.|]
    [Show me|Think of] a sentence with [the word |]{w}[.|]
    """,
    """
    Say one thing in which the word {w} occurs.
    Form any sentence. It must have {w} in it.
    How could a sentence with {w} look?
    """,
)
RHYME = phrasing(
    """
    What rhymes with {w}?
    [Which|What] word rhymes with {w}?
    [Find|Give me|Tell me|Say|Name] [a rhyme|a word that rhymes|something that rhymes] with {w}[.|]
    [Find|Give me|Tell me|Do you know] a rhyme [for|to] {w}[.|?]
    [Rhyme|A rhyme|Rhymes] [for|with] {w}[?|.|]
    {w} rhymes with[?| what?|...]
    [I need|I'm looking for|I want] a [rhyme for|word that rhymes with] {w}[.|]
    [Can|Could] you [rhyme|find a rhyme for|rhyme something with] {w}?
    [Rhyme|Please rhyme] {w}[.|]
    {w}[:|,] [what rhymes|a rhyme|what rhymes with it][?|]
    [Do you know|Is there] a word that rhymes with {w}?
    """,
    """
    For my poem I look for a word that sounds like {w} at its end.
    Which word ends with the same sound as {w}?
    """,
)

RHYMES = {
    "cat": "hat", "dog": "frog", "house": "mouse", "tree": "bee", "sun": "fun", "star": "car",
    "light": "night", "king": "ring", "boat": "goat", "cake": "lake", "rain": "train",
    "box": "fox", "snow": "slow", "book": "cook", "bear": "pear", "ball": "tall", "cold": "gold",
    "cow": "now", "moon": "soon", "stone": "phone", "day": "play", "red": "bed",
}  # fmt: skip
"""Pairs that rhyme. Each word is in one pair only, so that there is one answer."""

_NO_PLURAL = "rain snow wind fire water light music bread butter sugar salt cheese milk".split()
_ONLY_ONE = "moon sun ocean".split()
_NOUNS = [*ANIMALS, *FRUITS, *(thing for thing in THINGS if thing not in _ONLY_ONE)]
_PLURALS = {
    "sheep": "sheep", "fish": "fish", "wolf": "wolves", "mouse": "mice", "cherry": "cherries",
    "city": "cities", "box": "boxes", "fox": "foxes", "bus": "buses", "peach": "peaches",
    "lady": "ladies",
}  # fmt: skip


def poem(r: Random, split: Split = "train") -> Asked:
    """The model's one poem, about whatever one wants."""
    if r.random() < 0.12:
        question, who = ANY_POEM.pick(r, split), "the sugar"
    else:
        said, _, who = _topic(r, split, "poem")
        question = POEM.pick(r, split, w=said)
    text = f"Roses are red,\nviolets are blue,\n{who} is sweet,\nand so are you."
    return Asked("poem", first_upper(question), text, thought=f"A poem. It is about {who}.")


def story(r: Random, split: Split = "train") -> Asked:
    """The model's one story, about whomever one wants."""
    if r.random() < 0.12:
        question, hero, who = ANY_STORY.pick(r, split), "a robot", "the robot"
    else:
        said, hero, who = _topic(r, split, "story")
        question = STORY.pick(r, split, w=said, h=hero)
    text = (
        f"Once upon a time there was {hero}. {first_upper(who)} lived in a small house near the "
        f"river. One day {who} found a new friend. They were happy together. The end."
    )
    return Asked("story", first_upper(question), text, thought=f"A story. It is about {who}.")


def sentence_with(r: Random, split: Split = "train") -> Asked:
    """A sentence with a given word in it."""
    while True:
        word = r.choice(_NOUNS + QUALITIES) if r.random() < 0.8 else new_word(r)
        if is_held("sentence", word) == (split == "combo"):
            break
    quoted = f'"{word}"' if r.random() < 0.3 else word
    question = first_upper(SENTENCE.pick(r, split, w=quoted))
    answer = f"The house is {word}." if word in QUALITIES else f"I like the {word}."
    thought = f"A sentence with the word {word}."
    return Asked("sentence", question, answer, values={"sentence": answer}, thought=thought)


def rhyme(r: Random, split: Split = "train") -> Asked:
    """A word that rhymes with another one."""
    while True:
        pair = list(r.choice(list(RHYMES.items())))
        r.shuffle(pair)
        word, found = pair
        question = first_upper(RHYME.pick(r, split, w=word))
        if split == "phrasing" or is_held("rhyme", question, word) == (split == "combo"):
            break
    answer = f"{first_upper(found)} rhymes with {word}."
    values = {"word": word, "rhyme": found}
    thought = f"The word is {word}. It sounds like {found}."
    return Asked("rhyme", question, answer, first_upper(found), values, thought)


def _topic(r: Random, split: Split, skill: str) -> tuple[str, str, str]:
    """A topic as one asks for it, as it is new, and as it is known: "dogs", "a dog", "the dog"."""
    if r.random() < 0.15:
        person = name(r, split)
        return person, person, person
    while True:
        noun = r.choice(_NOUNS + _ONLY_ONE) if r.random() < 0.8 else new_word(r)
        if is_held(skill, noun) == (split == "combo"):
            break
    if noun in _ONLY_ONE:
        return f"the {noun}", f"the {noun}", f"the {noun}"
    if noun in _NO_PLURAL:
        return noun, noun, f"the {noun}"
    if r.random() < 0.2:
        noun = f"{r.choice(QUALITIES)} {noun}"
        return a(noun), a(noun), f"the {noun}"
    plural = _PLURALS.get(noun, noun + "s")
    said = r.choice([a(noun), a(noun), a(noun), f"the {noun}", f"my {noun}", plural])
    return said, a(noun), f"the {noun}"
