"""How people ask for the facts of facts.py."""

from __future__ import annotations

from .phrases import phrasing

CAPITAL = phrasing(
    """
    [What is|What's|Whats] the capital[| city] of {c}?
    [What is|What's] {c}'s capital[| city]?
    [Which|What] city is the capital of {c}?
    [Tell me|Name|Give me|Say] the capital[| city] of {c}[.|]
    [Can you|Could you|Would you] [tell me|name|give me] the capital[| city] of {c}?
    [Do you know|Can you say|Do you happen to know] [the capital of {c}|what the capital of {c} is]?
    [I need|I want|I'd like] [|to know ]the capital of {c}[.|]
    Capital[| city] of {c}[?|]
    The capital of {c}[| is|?| is?]
    {c}[| -|:] [capital|capital city|what is the capital|which city is the capital]?
    [What|Which] is the [main|capital] city of {c}?
    [I wonder|I am wondering|I forgot|Remind me] what the capital of {c} is[.|]
    [What|Which] city is {c}'s capital?
    [In|For] {c}, [what|which] city is the capital?
    [What|Which] capital does {c} have?
    [What|Which] is the seat of government of {c}?
    [Where does the government of {c} sit|Where is the government of {c}]?
    [Quick question|Question|Geography question|Quiz]: [capital of {c}|what is the capital of {c}]?
    {c} has [what|which] capital[| city]?
    [If I go|When I travel] to {c}, what is [the capital|its capital] called?
    [What's|What is] the name of the capital of {c}?
    [What is|What's] the capital [called|named] in {c}?
    """,
    """
    Please name the capital city of {c}.
    Could you say what the capital of {c} is?
    Which place is the capital city of {c}?
    Tell me {c}'s capital.
    Can you remember the capital of {c}?
    """,
)
COUNTRY = phrasing(
    """
    {x} is the capital of [which|what] country[?|]
    [Which|What] country has the capital {x}?
    [Which|What] country's capital is {x}?
    [In which|In what] country [is|lies] {x}?
    [Where|In what country] is {x}[| located]?
    [What|Which] country is {x} [in|the capital of]?
    [Tell me|Can you tell me|Do you know] [where {x} is|what country {x} is in][.|]
    [Which|What] country do I find {x} in?
    [To which|To what] country does {x} belong?
    {x} belongs to [which|what] country?
    {x}[ -|:|,] [which country|what country|where is that]?
    [I am|I'm] in {x}[.|,] [Which|What] country is [that|this]?
    Of [which|what] country is {x} the capital?
    """,
    """
    {x} is in which country?
    Name the country whose capital is {x}.
    On a map, in which country do I look for {x}?
    """,
)
COLOR = phrasing(
    """
    [What|Which] [color|colour] is {n}?
    [What is|What's] the [color|colour] of {n}?
    [Tell me|Name|Say] [the color of {n}|what color {n} is|what colour {n} is][.|]
    [What|Which] [color|colour] [does {n} have|has {n}]?
    [The color of {n}|The colour of {n}|Color of {n}|{n} color][?| is]
    [Do you know|Can you say|Could you tell me] [what|which] [color|colour] {n} is?
    {n} is [what|which] [color|colour]?
    In [what|which] color would you [paint|draw] {n}?
    [If I paint|When I draw|To draw] {n}, [what|which] color do I [need|take|use]?
    [What|Which] color do you think of when you see {n}?
    [What|Which] [color|colour] would [you say|people say] {n} is?
    {n}: [what|which] color?
    [What does {n} look like|How does {n} look], [what|which] color?
    """,
    """
    Can you tell me which color {n} is?
    {n} has what color?
    What is the usual color of {n}?
    """,
)
COLOR_CHECK = phrasing(
    """
    Is {n} {y}?
    [Is it true|Is it right|Is it correct] that {n} is {y}?
    [Would you say|Do you think] [|that ]{n} is {y}?
    {n} is {y}, [right|isn't it|correct|true or false]?
    [Does {n} have|Has {n}] a {y} color?
    """,
    """
    Can one say that {n} is {y}?
    I think {n} is {y}. Is that right?
    """,
)
SOUND = phrasing(
    """
    [What|Which] [sound|noise] [does {n} make|do {ns} make]?
    What [does {n} say|do {ns} say]?
    How [does {n}|do {ns}] [sound|go]?
    [Tell me|Say|Name] the [sound|noise] [of {n}|that {n} makes][.|]
    [Tell me|Do you know|Can you tell me] what [sound|noise] {n} makes[.|?]
    The [sound|noise] of {n}[?| is]
    {n} [goes|says|makes which sound|makes what noise][?|]
    [What sound|What noise|What] [comes from|do you hear from] {n}?
    [Make|Do|Imitate] [the sound of {n}|{n}|a {s} sound][.|]
    [What is|What's] the [sound|noise] [of {n}|that {n} makes|{ns} make]?
    """,
    """
    Which noise do you hear when {ns} are near?
    How would you write the sound of {n}?
    Which sound is typical of {n}?
    """,
)
OPPOSITE = phrasing(
    """
    [What is|What's] the [opposite|antonym|contrary] of {w}?
    [Opposite|Antonym|The opposite|The contrary] of {w}[?| is| is?]
    [Tell me|Give me|Say|Name me] the [opposite|antonym] of {w}[.|]
    [Which|What] word means the opposite of {w}?
    {w} is the opposite of [what|which word]?
    [What|Which word] is opposite to {w}?
    If [something|it] is not {w}, [what is it|it is]?
    [Not {w} but|The other side of {w} is|{w} and its opposite:] [what|?]
    [Do you know|Can you tell me|Could you give me] the [opposite|antonym] of {w}?
    [What|Which word] is the [reverse|other end] of {w}?
    {w}[:|-|,] [opposite|the opposite][?|]
    """,
    """
    Which word is the opposite of {w}?
    Name the opposite of {w}.
    What would be the opposite of {w}?
    """,
)
NEIGHBOR = phrasing(
    """
    [What|Which] {k} [comes|is] {w} {c}?
    [What|Which {k}] [comes|is] {w} {c}?
    [Tell me|Name|Say|Give me] the {k} {w} {c}[.|]
    The {k} {w} {c}[?| is| is?]
    [Do you know|Can you tell me|Could you tell me] [what|which] {k} [comes|is] {w} {c}?
    {w} {c} comes [what|which {k}]?
    [Which|What] is the {k} [right|just|directly] {w} {c}?
    {c}: [what|which] {k} [comes|is] {w} [it|that]?
    [If it is|Today is|It is] {c}[, what|. What|. Which] {k} {soon}?
    """,
    """
    Name the {k} that comes {w} {c}.
    The {k} {w} {c} is what?
    What {k} do we have {w} {c}?
    """,
)
LEG_COUNT = phrasing(
    """
    How many legs [does {n} have|has {n}|do {ns} have|has {n} got]?
    [Number of|The number of|Count the] legs of {n}[?|]
    {n} has how many legs?
    [Tell me|Do you know|Can you tell me] how many legs {n} has[.|?]
    On how many legs [does {n}|do {ns}] [walk|stand|run]?
    How many [legs|feet] [does {n}|do {ns}] [walk on|stand on|use]?
    {n}: how many legs?
    [What is|What's] the number of legs of {n}?
    """,
    """
    Tell me the number of legs of {n}.
    How many legs can you count on {n}?
    With how many legs are {ns} born?
    """,
)
YOUNG_NAME = phrasing(
    """
    [What is|What's] a [baby|young] {c} called?
    What do [you|people|we] call a [baby|young] {c}?
    [What is|What's] the name of a [baby|young] {c}?
    [What is|What's] the [young|baby|child] of {n} called?
    A [baby|young] {c} is [called|a][?| what?]
    [Tell me|Do you know|Can you say] [how|what] a [baby|young] {c} is called[.|?]
    [Which|What] word [means|do we use for] a [baby|young] {c}?
    [Name|Word] for a [baby|young] {c}[?|]
    How do you call [the baby|a child|the young] of {n}?
    """,
    """
    How does one call {n} that was just born?
    What is the word for a young {c}?
    """,
)
TRANSLATION = phrasing(
    """
    How do [you|I|we] say [{c}|"{c}"] in {l}?
    [Translate|Please translate] [{c}|"{c}"|the word {c}] [to|into|in] {l}[.|]
    [What is|What's] [{c}|"{c}"|the word {c}] in {l}?
    [What is|What's] the {l} [word|translation] [for|of] {c}?
    Say [{c}|"{c}"] in {l}[.|]
    {c} in {l}[?|]
    [What does|How does] {c} [mean|translate] in {l}?
    [The|Give me the|Tell me the|I need the] {l} word for {c}[.|]
    In {l}, [what is|how do you say] {c}?
    {l} [for|word for] {c}[?|]
    [Do you know|Can you tell me] [the {l} word for {c}|how to say {c} in {l}]?
    [Which|What] word do [people|they] use for {c} in {l}?
    """,
    """
    How would you say {c} in {l}?
    Give me the {l} translation of {c}.
    What do you call {c} in {l}?
    """,
)
