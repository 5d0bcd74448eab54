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
        last=f"""
        [My kid|My son|A friend] [asks|wants to know] how many {parts} {whole} has[.|?]
        [so|and|ok|hey], how many {parts} {have}[| again| please| pls][?|]
        In {whole}, [how many {parts} are there|there are how many {parts}]?
        {whole}[: | - |, ]how many {parts}[?|]
        [I forgot|I can't recall|Remind me] how many {parts} [are in {whole}|{whole} has][.|?]
        [Fill in|Complete|Finish]: [{whole} has|in {whole} there are] [...|___] {parts}
        [{whole} has|in {whole} there are] [...|..|___] {parts}
        [Any idea|Any clue] how many {parts} [{whole} has|there are in {whole}]?
        """,
    )
    return Trivium(asked, answer, count)


def _fact(train: str, held: str, answer: str, short: str, last: str = "") -> Trivium:
    return Trivium(phrasing(train, held, last=last), answer, short)


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
        last=f"""[My kid|My son|A friend] asks what {color} and yellow make[.|?]
        {color} [and|plus|+|with] yellow [is|makes|gives|=][...|?| what?| ___]
        [If|When] I add {color} to yellow, [what|which color] [do I get|comes out]?
        [whats|what's|so whats] {color} [and|plus|+|with] yellow [mixed|together][?|]
        yellow [and|plus|with] {color} [makes|gives] [what|which color]?""",
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
        last="""[My kid|My son|A friend] asks [if water is wet|whether water is wet][.|?]
        [Wet or dry|Dry or wet][:|,| -] [water|what is water][?|]
        [If|When] I [touch|fall into|hold] water, is it [wet|wet or dry]?
        [Yes or no|True or false|Right or wrong|Quick one]: [is water wet|water is wet][?|]
        [So|And|Hey,|ok] is water [wet|wet or dry|a wet thing][?|]""",
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
        last="""[My kid|My son|My daughter] asks [what|which] planet [we live on|we are on][.|?]
        [We|People|Humans|All of us] live on [the planet|planet][...|..| ___| which one?]
        [Which|What] planet [am I|are we all|are you and I] [on|standing on][?| right now?]
        [I forgot|Remind me] which planet [we live on|is ours|people live on][.|?]
        [whats|what's] [the planet under our feet|the planet of humans][?|]""",
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
        last="""[My kid|My son|A friend] asks what frozen water is [called|named][.|?]
        [Frozen water is|Water that froze is|Frozen water is called][...|..| ___]
        [I put|I left|I leave] water in the freezer[. What|, what] [do I get|comes out]?
        [whats|what's|hey whats] [frozen|solid] water[?| called?|]
        [Word|Name|One word|Another word] for [frozen|solid] water[?| please|]""",
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
        last="""[My kid|My son|My daughter] asks what [bees make|a bee makes|food bees make][.|?]
        [Bees make|Bees produce|A bee makes|The food from bees is][...|..| ___]
        [I keep|My uncle keeps|We keep] bees[. What|, what] [do they make|do we get from them]?
        In [a beehive|the hive|their hive], [what do bees make|bees make what]?
        [whats|what's] [that sweet stuff bees make|the stuff from bees][?|]""",
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
        last="""[My kid|My son|My daughter] asks where [fish live|a fish lives|the fish live][.|?]
        [Fish live in|The home of fish is|A fish lives in][...|..| ___]
        [Do fish|Does a fish] live [on land, in water or in the air|in water or on land]?
        [If|When] I want to [see|catch|find] a fish, where do I [look|go]?
        [so|and|ok|hey], where [do fish live|does a fish live|are fish at home][?|]""",
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
        last="""[My kid|My son|A friend] asks what [plants need|a plant needs][.|?]
        [Plants need|A plant needs|To grow, plants need][...|..| ___]
        [I bought|I have|I got] a plant[. What|, what] does it need[| from me| to live]?
        [My|Our] plants [are dying|look sad|do not grow][. What|, what] do they need?
        [What keeps|Which things keep] [a plant|plants] [alive|healthy|growing]?""",
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
        last="""[My kid|My son|My daughter] asks what [cows give us|a cow gives][.|?]
        A cow gives[| us][...|..| ___| what?]
        [The farmer has|We have|My uncle has] cows[. What|, what] do [we|people] get from them?
        [We|People] [get|drink] what from [a cow|cows]?
        [whats|what's] the [drink|white drink|white stuff] from [a cow|cows][?|]""",
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
        last="""[My kid|My son|My daughter] asks what [hens lay|chickens lay|a hen lays][.|?]
        [Hens|Chickens|All hens|Our hens] lay[...|..| ___]
        [We have|My aunt has] [hens|chickens][. What|, what] do they lay[| for us]?
        What do I find in [a henhouse|the nest of a hen|a chicken's nest]?
        [What|Which thing|What food] is laid by [a hen|hens|chickens][?|]""",
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
        last=f"""[My kid|My son|A friend] asks which animal is the {_BIGGEST}[.|?]
        The {_BIGGEST} animal[| in the world| on Earth] is[...|..| ___]
        [whats|hey whats|so whats] the {_BIGGEST} animal[| ever| there is| on the planet][?|]
        [Of all|Among all] animals, [which|which one|what] is the {_BIGGEST}?
        [For a quiz|Quiz|Homework]: [the |]{_BIGGEST} animal[| on Earth| in the sea][?|]""",
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
        last="""[My kid|My son|A friend] asks which animal [is the fastest|is fastest][.|?]
        The [fastest|quickest] [land |]animal is[...|..| ___]
        [If|When] all [land |]animals [race|ran a race], [which|which one|what] wins?
        [whats|hey whats|so whats] the [fastest|quickest] animal[| on land| on four legs][?|]
        No [land |]animal [runs|is] faster than[...| which one?| what?]""",
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
        last="""[My kid|My son|A friend] asks which animal is [the tallest|tallest][.|?]
        The [tallest|highest] animal[| in the zoo| on Earth| of all] is[...|..| ___]
        [No animal|Nothing in the zoo] is taller than[...| which animal?| what?]
        [whats|hey whats|so whats] the [tallest|highest] animal[| there is| in the zoo][?|]
        [Of all|Among all] animals, [which|which one|what] is the tallest?""",
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
        last="""[My kid|My son|A friend] asks which mountain is the [highest|tallest][.|?]
        The [highest|tallest] mountain[| in the world| on Earth] is[...|..| ___| called...]
        [I want|My friend wants] to climb the highest mountain[. Which|, which][| one] is it?
        [whats|hey whats|so whats] the [highest|tallest] mountain[| there is| in the world][?|]
        [For a quiz|Quiz|Geography]: [the |][highest|tallest] mountain[| on Earth][?|]""",
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
        last="""[My kid|My son] asks which star is [closest|nearest] to [us|the Earth][.|?]
        The [closest|nearest] star[| to us| to the Earth] is[...|..| ___]
        [whats|hey whats|so whats] the [closest|nearest] star[| to us| to Earth][?|]
        [What|Which star] makes the day [bright|light|warm][?|]
        [Our own star|Our star|The star next to us] is [called|named][...| what?| ___]""",
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
        last="""[My kid|My son|A friend] asks what [goes around|circles|orbits] the Earth[.|?]
        The Earth is [circled|orbited] by[...| what?| ___]
        [whats|what's|so whats] [going|moving|circling] around [the Earth|our planet][?|]
        [When it is dark|After dark], what [shines|glows] [for us|up there|above us]?
        Around [our planet|the Earth] [goes|moves|circles][...| what?| which thing?]""",
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
        last="""[My kid|My son] asks [when water boils|how hot boiling water is][.|?]
        Water [boils|starts to boil|begins to boil] at[...|..| ___]
        [I'm making tea|I'm heating water][. When|, when] does [it|the water] boil?
        [boiling point|boiling temperature][ of |: |, ]water[?| please|]
        [whats|what's] the [boiling point|boiling temperature] of water[?| again?| in Celsius?]""",
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
        last="""[My kid|My son] asks [when water freezes|at what temperature water freezes][.|?]
        Water [freezes|starts to freeze|turns to ice] at[...|..| ___]
        [It's cold outside|It is winter|Winter is here][. When|, when] does water freeze?
        [freezing point|freezing temperature][ of |: |, ]water[?| please|]
        [Ice forms|Water becomes ice] at [what temperature|which temperature|how many degrees]?""",
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
        last="""[My kid|My son] asks [what|which season] [comes after|follows] winter[.|?]
        [After winter comes|Winter is followed by|The season after winter is][...|..| ___]
        [It is|It's|We have] winter[. What|. Which|, what|, which] season [is next|comes next]?
        [season|the season|next season] after [the |]winter[?| pls|]
        [Which|What] season follows [winter|the winter]?""",
    ),
    _mixed("red", "orange"),
    _mixed("blue", "green"),
)
