"""Facts that stand alone: each with its own ways to ask for it."""

from __future__ import annotations

from dataclasses import dataclass

from .phrases import Phrasing, phrasing


@dataclass(frozen=True)
class Trivium:
    """One fact: how it is asked for, what it is in a sentence and in a word."""

    asked: Phrasing
    answer: str
    short: str


def _how_many(parts: str, whole: str, have: str, count: str, answer: str) -> Trivium:
    """How many `parts` a `whole` has: "days", "a week", "does a week have"."""
    asked = phrasing(
        f"""
        How many {parts} [are in|are there in] {whole}?
        How many {parts} {have}?
        How many {parts} [make|make up] {whole}?
        {parts} in {whole}[?|]
        [What is|What's] the number of {parts} in {whole}?
        [Tell me|Do you know|Can you tell me] how many {parts} {whole} has[.|?]
        {whole} has how many {parts}?
        [The number|Number|Count] of {parts} in {whole}[?|]
        """,
        f"""
        How many {parts} make one {whole.split(" ", 1)[1]}?
        I want to know how many {parts} there are in {whole}.
        """,
    )
    return Trivium(asked, answer, count)


def _fact(train: str, held: str, answer: str, short: str) -> Trivium:
    return Trivium(phrasing(train, held), answer, short)


def _mixed(color: str, result: str) -> Trivium:
    """What a color and yellow make."""
    upper = color.capitalize()
    pair = f"[{upper} and yellow|{upper} plus yellow|Mixing {color} and yellow]"
    return _fact(
        f"""
        [What|Which] [color|colour] do you get [from|when you mix|if you mix] {color} and yellow?
        {pair} [makes|gives|make] [what|which color]?
        What is {color} mixed with yellow?
        """,
        f"I mix {color} and yellow paint. What color is it now?",
        f"{upper} and yellow make {result}.",
        result.capitalize(),
    )


_BIGGEST = "[biggest|largest]"

TRIVIA = (
    _how_many("days", "a week", "does a week have", "7", "There are 7 days in a week."),
    _how_many("months", "a year", "does a year have", "12", "There are 12 months in a year."),
    _how_many("hours", "a day", "does a day have", "24", "There are 24 hours in a day."),
    _how_many("minutes", "an hour", "does an hour have", "60", "There are 60 minutes in an hour."),
    _how_many(
        "seconds", "a minute", "does a minute have", "60", "There are 60 seconds in a minute."
    ),
    _how_many("days", "a year", "does a year have", "365", "There are 365 days in a year."),
    _how_many("seasons", "a year", "does a year have", "4", "There are 4 seasons in a year."),
    _how_many(
        "letters", "the alphabet", "does the alphabet have", "26",
        "There are 26 letters in the alphabet.",
    ),  # fmt: skip
    _how_many("wheels", "a car", "does a car have", "4", "A car has 4 wheels."),
    _how_many("wheels", "a bicycle", "does a bicycle have", "2", "A bicycle has 2 wheels."),
    _how_many("legs", "a table", "does a table have", "4", "A table has 4 legs."),
    _how_many("sides", "a triangle", "does a triangle have", "3", "A triangle has 3 sides."),
    _how_many("sides", "a square", "does a square have", "4", "A square has 4 sides."),
    _how_many("fingers", "a hand", "does a hand have", "5", "A hand has 5 fingers."),
    _how_many("arms", "an octopus", "does an octopus have", "8", "An octopus has 8 arms."),
    _how_many("bits", "a byte", "does a byte have", "8", "There are 8 bits in a byte."),
    _fact(
        """
        Is water [wet|dry]?
        [Would you say|Do you think] that water is wet?
        Water is wet, [right|isn't it|true or false]?
        Is it true that water is wet?
        """,
        "Do you believe water is wet?",
        "Water is wet.",
        "Wet",
    ),
    _fact(
        """
        [What|Which] planet do [we|you|people|humans] live on?
        [What|Which] planet is our home?
        On [what|which] planet [do we|do people|are we] [live|living]?
        [What is|What's] the name of [our|this] [planet|world]?
        The planet [that |]we live on is called[?| what?]
        [Where|On which planet] do [all |]people live, [which planet|what planet]?
        """,
        """
        What is our planet called?
        Name the planet that we live on.
        """,
        "We live on planet Earth.",
        "Earth",
    ),
    _fact(
        """
        What is [frozen water|ice made of, or what is frozen water]?
        What [do you call|is the name of|is the word for] frozen water?
        What [does water become|happens to water] when it freezes?
        [Frozen water|Water that is frozen|Water below zero] is [called|what|called what]?
        What do you get when [water freezes|you freeze water]?
        How do [you|people] call frozen water?
        """,
        """
        What is the name for water that is frozen?
        When water gets very cold, what does it turn into?
        """,
        "Frozen water is called ice.",
        "Ice",
    ),
    _fact(
        """
        What [do bees|does a bee] [make|produce|give us]?
        [What|Which] food do bees [make|produce|give us]?
        What do [we|people] get from bees?
        [Who|Which animal] makes honey, and what do bees make?
        Bees make [what|which food]?
        [What sweet thing|What sweet food] [do bees make|comes from bees]?
        """,
        """
        Tell me what bees make.
        What is it that bees produce?
        """,
        "Bees make honey.",
        "Honey",
    ),
    _fact(
        """
        Where do fish[es|] live?
        Where does a fish [live|swim]?
        In what do fish [live|swim]?
        [What|Where] is the home of [fish|a fish]?
        Fish live [where|in what]?
        Where can [I|you|we] find fish?
        """,
        """
        Tell me where fish live.
        What do fish swim in?
        """,
        "Fish live in water.",
        "Water",
    ),
    _fact(
        """
        What do plants need[| to grow| to live]?
        What does a plant need[| to grow| to live]?
        [What|Which things] do [I|you] [give|have to give] a plant?
        [What|Which things] [make|let] [plants|a plant] grow?
        Plants need [what|which things]?
        """,
        """
        Tell me what plants need.
        What is necessary for a plant to grow?
        """,
        "Plants need water, light and air.",
        "Water, light and air",
    ),
    _fact(
        """
        What do cows [give us|give|produce]?
        What [drink|white drink] comes from a cow?
        [Where|From which animal] does milk come from, and what does a cow give?
        What [does a cow|does the cow] give[ us|]?
        What do [we|farmers] get from [cows|a cow]?
        """,
        "Tell me what a cow gives us.",
        "A cow gives milk.",
        "Milk",
    ),
    _fact(
        """
        What do [hens|chickens] lay?
        What does a [hen|chicken] [lay|give us]?
        What do [we|people] get from [hens|chickens]?
        [Chickens|Hens] lay [what|?]
        """,
        "Tell me what hens lay.",
        "Chickens lay eggs.",
        "Eggs",
    ),
    _fact(
        f"""
        [Which|What] [animal|one] is the {_BIGGEST}[| animal][| of all| in the sea| on Earth]?
        What is the [biggest|largest] animal[| of all| on Earth| in the world]?
        [The|Name the|Tell me the] [biggest|largest] animal[.|?|]
        """,
        "Which animal is bigger than all others?",
        "The blue whale is the biggest animal.",
        "The blue whale",
    ),
    _fact(
        """
        [Which|What] is the [fastest|quickest] [animal|land animal][| on land]?
        [Which|What] animal [runs|is] [the fastest|fastest]?
        [Name|Tell me] the fastest animal[.|]
        """,
        "Who is the fastest runner among animals?",
        "The cheetah is the fastest land animal.",
        "The cheetah",
    ),
    _fact(
        """
        [Which|What] is the [tallest|highest] animal?
        [Which|What] animal [is the tallest|has the longest neck]?
        [Name|Tell me] the tallest animal[.|]
        """,
        "Who has the longest neck of all animals?",
        "The giraffe is the tallest animal.",
        "The giraffe",
    ),
    _fact(
        """
        [Which|What] is the [highest|tallest] mountain[| in the world| on Earth| of all]?
        [Which|What] mountain is the [highest|tallest]?
        [Name|Tell me] the highest mountain[.|]
        """,
        "Which mountain is higher than all others?",
        "Mount Everest is the highest mountain.",
        "Mount Everest",
    ),
    _fact(
        """
        [Which|What] star is [closest|nearest] to [us|the Earth]?
        [Which|What] is the [closest|nearest] star?
        What [gives us|brings] light [by day|during the day]?
        [Where does daylight come from|What shines in the day]?
        """,
        "What shines in the sky by day?",
        "The sun is our star and gives us light.",
        "The sun",
    ),
    _fact(
        """
        What [shines|do you see|is in the sky] at night?
        What goes around the Earth?
        [What|Which thing] [circles|orbits|moves around] the Earth?
        """,
        "What can I see in the sky at night?",
        "The moon goes around the Earth and shines at night.",
        "The moon",
    ),
    _fact(
        """
        At [what|which] temperature does water [boil|start to boil]?
        When does water boil?
        [What is|What's] the boiling point of water?
        How hot is boiling water?
        Water boils at [what temperature|how many degrees|?]
        """,
        "How many degrees does water need to boil?",
        "Water boils at 100 degrees Celsius.",
        "100 degrees",
    ),
    _fact(
        """
        At [what|which] temperature does water [freeze|turn to ice]?
        When does water freeze?
        [What is|What's] the freezing point of water?
        Water freezes at [what temperature|how many degrees|?]
        """,
        "How cold must it be for water to freeze?",
        "Water freezes at 0 degrees Celsius.",
        "0 degrees",
    ),
    _fact(
        """
        [Which|What] season [comes|is] after [winter|the winter]?
        [Which|What] season is the [warmest|hottest], and what comes after winter?
        What comes after winter?
        """,
        "Winter ends and which season begins?",
        "Spring comes after winter.",
        "Spring",
    ),
    _mixed("red", "orange"),
    _mixed("blue", "green"),
)
