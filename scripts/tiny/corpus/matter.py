"""One thing that a user may tell about himself, and kinds of such things that are alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .phrases import TRAINED, Phrasing, Split, lines, phrasing
from .turns import is_held
from .words import COLORS, THINGS, city, name, new_word, word

Draw = Callable[[Random, Split], str]
"""Draws a value."""


@dataclass(frozen=True)
class Matter:
    """One thing to tell. Slots: {v} is its value, {V} begins with a capital, {a} has an article."""

    key: str
    """Its key in JSON."""
    tell: Phrasing
    """Clauses without a mark at their end; "I" is the user."""
    acknowledge: str
    ask: Phrasing
    answer: str
    unknown: str
    """What to say where it was not told."""
    draw: Draw
    weight: int = 2
    """How often it is chosen."""
    is_exact: bool = False
    """True: a password or the like, whose letters never change their case."""


# {np} names the matter ("my age"), {clause} says it as part of a sentence ("how old I am").
_FRAMES = """
[What is|What's|Whats] {np}[?|]
[Do you|Do you still|Can you|Can you still] [remember|recall] {np}?
Do you [know|still know|happen to know] {np}?
Do you [know|remember|still know|still remember] {clause}?
[Tell me|Say|Repeat|Give me] {np}[| again| now| please][.|]
[Tell me|Say|Repeat|Please tell me] {clause}[.|]
[Can|Could|Would|Will] you [tell me|say|repeat|give me] {np}[| again| please|, please]?
[Can|Could] you [tell me|say|remember|remind me] {clause}?
What [was|is] {np} again?
[Remind me|Please remind me|Help me][,|:] [what is|what was|what's] {np}?
[Remind me|Please remind me] {clause}[.|]
I [forgot|have forgotten|cannot remember] {np}. [What is it|What was it|Do you know it]?
{np}[?|, please.| please?| again?|...?]
[So|And|Now|Okay|Ok|Well|Hey][,|] [what is|what's|what was] {np}?
[So|And|Now|Okay|Ok], do you [know|remember] {np}?
[Any idea|Do you have any idea|Have you any idea] {clause}?
[Let me test you|Quick test|Question|Memory test|A question]: [what is|what's] {np}?
[I want to know|I wonder|I'd like to know|Let me hear] {clause}[.|]
"""
_TOLD_FRAMES = """
[What did I say|What did I tell you|What have I said], [what is|what was] {np}?
What did I say {np} [is|was]?
[Did I tell you|Have I told you|Did I mention|Have I mentioned] {np}?
I [told you|already told you|just told you] {np}[. What is it|, what was it|. So what is it]?
"""
_HELD_FRAMES = """
Are you able to recall {np}?
You should know {np} by now. What is it?
"""
_TOLD_HELD_FRAMES = "From what I told you, what is {np}?"


def asks(np: str, clause: str, train: str, held: str, by_user: bool = True) -> Phrasing:
    """Ways to ask for a matter: in every frame, and those of its own.

    by_user: it is the user who told it, and he may say so.
    """

    def framed(frames: str) -> tuple[str, ...]:
        frames = frames.replace("{np}", f"[{np}]").replace("{clause}", f"[{clause}]")
        return lines(frames)

    ways, ways_held = framed(_FRAMES), framed(_HELD_FRAMES)
    if by_user:
        ways, ways_held = ways + framed(_TOLD_FRAMES), ways_held + framed(_TOLD_HELD_FRAMES)
    return Phrasing(lines(train) + ways, lines(held) + ways_held)


def one_of(texts: str) -> Draw:
    """Draws one of the parts of `a|b|c`."""
    values = texts.split("|")
    return lambda r, split: r.choice(values)


def number(least: int, most: int) -> Draw:
    """Draws a number. Some are never trained, where there are enough of them."""
    held = [each for each in range(least, most + 1) if is_held("number", each)]
    trained = [each for each in range(least, most + 1) if each not in held]
    return lambda r, split: str(r.choice(trained if split in TRAINED or not held else held))


def favorite(key: str, verb: str, draw: Draw, acknowledge: str) -> Matter:
    """A favorite of some kind: "drink" with the verb "drink"."""
    best = "[best|most]"
    own = "[favorite|favourite|best-loved]"
    tell = f"""
        My {own} {key} is {{v}}
        {{v}} is my {own} {key}
        The {key} [that |]I [like|love] {best} is {{v}}
        {{v}} is the {key} [that |]I [like|love] {best}
        I like to {verb} {{v}} more than anything else
        I think [that |]{{v}} is the [best|greatest|nicest] {key}
        Of all {key}s[,|] I like {{v}} {best}
        There is no better {key} than {{v}}
        For me[,|] the best {key} is {{v}}
        I [always|often] {verb} {{v}}, it is my {own} {key}
        My {own} {key}: {{v}}
        """
    held = f"""
        If I had to choose one {key}, it would be {{v}}
        No {key} pleases me more than {{v}}
        My number one {key} is {{v}}
        """
    ask = f"""
        [Which|What] {key} [do I|did I say I] [like|love|prefer][| best| most]?
        [Which|What] is my {own} {key}?
        [Which|What] do I like to {verb}[| most| best]?
        [Name|Guess] my {own} {key}[.|]
        [Which|What] {key} is my {own}[| one]?
        """
    ask_held = f"""
        Which {key} do I love more than all others?
        What is the {key} that I like best?
        """
    return Matter(
        key,
        phrasing(tell, held),
        acknowledge,
        asks(f"my {own} {key}", f"what my {own} {key} is|which {key} I like best", ask, ask_held),
        f"Your favorite {key} is {{v}}.",
        f"You have not told me your favorite {key}.",
        draw,
    )


_CALLED_ASK = """
[What|How] is my {k} [called|named][?|]
[What|How] did I [call|name] my {k}?
[What|Which] name [does my {k} have|has my {k}]?
My {k} is called [what|how]?
[My {k}|Name of my {k}|My {k}'s name][?|...?]
[What|How] do [I|we|you|people] call my {k}?
[Name|Say the name of] my {k}[.|]
"""
_CALLED_ASK_HELD = """
By which name do I call my {k}?
By the way, which name did my {k} get?
How should you call my {k}?
"""
_CALLED = """
My {k} is [called|named] {v}
My {k}'s name is {v}
The name of my {k} is {v}
{v} is [my {k}|the name of my {k}|my {k}'s name]
My {k} is {v}
[I|We|People|My friends] call my {k} {v}
My {k} [has|bears|goes by|goes by the name|got] {v}[| as a name]
I [have|have got] a {k}[, | who is | that is | ]called {v}
I [have|have got] a {k} [named|by the name of|with the name] {v}
I [have|have got] a {k}. [The|The {k}'s] name is {v}
I [live|am sitting|was in the park|went for a walk|spent the day] with my {k} {v}
My {k} {v} [is here|is with me|says hello|is nice|is visiting|is sleeping|is waiting for me]
I [visited|called|saw|looked for|played with|am thinking of] my {k} {v}[ today| yesterday|]
I [want to|would like to|will] tell you about my {k} {v}
[This is|Meet|Look at] my {k} {v}
"""
_CALLED_HELD = """
People know my {k} as {v}
{v} is what my {k} is called
You may call my {k} {v}
"""
PET = """
[I named|We named|I have named] [my|the|our] {k} {v}
I [own|bought|got] a {k} and [named|called] it {v}
My [little|old|small|new|lovely|young] {k} is [called|named] {v}
My {k} [listens|comes|answers] to the name {v}
"""
PERSON = """
I [have|have got] [one|a] {k}, {v}
My [dear|lovely|funny|nice] {k} is [called|named] {v}
My {k} {v} [works a lot|lives far away|likes to cook|is very tall|is a good cook]
{v} is [who my {k} is|how my {k} is called]
"""


def called(kind: str, more: str, acknowledge: str, key: str = "") -> Matter:
    """The name of a person or an animal that belongs to the user."""
    np = f"my {kind}'s name|the name of my {kind}"
    clause = f"what my {kind} is called|how my {kind} is called|what my {kind}'s name is"
    ask, ask_held = (text.replace("{k}", kind) for text in (_CALLED_ASK, _CALLED_ASK_HELD))
    return Matter(
        key or kind,
        phrasing((_CALLED + more).replace("{k}", kind), _CALLED_HELD.replace("{k}", kind)),
        acknowledge,
        asks(np, clause, ask, ask_held),
        f"Your {kind} is called {{v}}.",
        f"You have not told me the name of your {kind}.",
        name,
        weight=1,
    )


def secret(noun: str, draw: Draw, own: str, held: str) -> Matter:
    """A word or number that the user wants to be remembered."""
    tell = f"""
        The {noun} is {{v}}
        [Today's|The new|The right] {noun} is {{v}}
        [Remember|Please remember|Don't forget|Keep in mind|Note][:| that] the {noun} is {{v}}
        [Remember|Please remember|Save|Store|Keep|Memorize|Learn|Note] the {noun} {{v}}
        [Remember|Please remember|Save|Store|Memorize] [this|the] {noun}: {{v}}
        [I want|I'd like|I need] you to [remember|keep|memorize] the {noun} {{v}}
        [Can|Could] you [remember|keep in mind] the {noun} {{v}}, please
        [I choose|I chose|I have chosen|We use|Let's use|Take|Use] {{v}} as the {noun}
        [Here is|This is|Here comes] the {noun}: {{v}}
        [I will tell you|I tell you|Let me tell you|I have to tell you] the {noun}: {{v}}
        The {noun} [that you must remember|to remember|to keep|for later] is {{v}}
        Our {noun} is {{v}}
        """
    tell_held = f"""
        From now on let the {noun} be {{v}}
        You have to know that the {noun} is {{v}}
        Try to keep the {noun} {{v}} in your head
        """
    ask = f"""
        [Which|What] {noun} [did I tell you|did I say|did I give you|have I told you]?
        [Which|What] is the {noun}[| again| now]?
        What was that {noun}[| again]?
        """
    np = f"the {noun}|our {noun}"
    return Matter(
        noun.replace(" ", "_"),
        phrasing(tell, tell_held),
        "Okay, I will remember {v}.",
        asks(np, f"what the {noun} is|which {noun} I told you", ask + own, held),
        f"The {noun} is {{v}}.",
        f"You have not told me the {noun}.",
        draw,
        is_exact=True,
    )


def food(r: Random, split: Split) -> str:
    """Something to eat, now and then by a word that means nothing."""
    foods = (
        "pizza pasta rice soup bread cheese cake salad chicken noodles potatoes fish pancakes "
        "apples bananas cherries plums grapes chocolate honey cookies eggs"
    ).split()
    return r.choice(foods) if split in TRAINED and r.random() < 0.85 else new_word(r).lower()


def plan(r: Random, split: Split) -> str:
    """Something to do today: "bake a cake"."""
    thing = r.choice(THINGS[2:30])
    plans = (
        "bake a cake", "clean the house", "go swimming", "plant a tree", "read a book",
        "write a letter", "play football", "learn French", "wash the car", "go to the sea",
        f"paint the {thing}", f"draw the {thing}", f"look for the {thing}",
        f"visit {city(r, split)}", f"go to {city(r, split)}", f"drive to {city(r, split)}",
        f"meet {name(r, split)}", f"call {name(r, split)}", f"write to {name(r, split)}",
        f"cook for {name(r, split)}", f"visit {name(r, split)}",
    )  # fmt: skip
    return r.choice(plans)


def secret_word(r: Random, split: Split) -> str:
    """A word in small letters: no noise can take its capitals away."""
    return word(r).lower()


def password(r: Random, split: Split) -> str:
    """A word with a number: "moon42"."""
    return f"{secret_word(r, split)}{r.randint(1, 99)}"


_JOBS = (
    "teacher|doctor|nurse|cook|farmer|painter|singer|baker|pilot|driver|writer|builder|gardener|"
    "lawyer|dentist|engineer|artist|actor|programmer|tailor|waiter|sailor|dancer|judge"
)
_HOBBIES = (
    "swimming|reading|painting|cooking|dancing|singing|running|fishing|chess|football|tennis|"
    "music|gardening|cycling|drawing|hiking|knitting|sailing|writing|skiing"
)
_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
)

hobby = one_of(_HOBBIES)
job = one_of(_JOBS)
color = one_of("|".join([*COLORS, "pink", "brown", "gray"]))
month = one_of(_MONTHS)


