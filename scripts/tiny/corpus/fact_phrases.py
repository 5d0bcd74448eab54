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
    last="""
    [My|Our] [kid|son|teacher|boss] [asks|wants to know|asked me] what the capital of {c} is[.|?]
    [I'm doing|I have] [a quiz|a crossword|geography homework]: [the |]capital of {c}[?|]
    [Fill in|Complete|Finish][| this| the sentence]: the capital of {c} is[...| ...| ___]
    [The capital of {c} is called|{c}'s capital is|{c}, capital][...|..| ...| ___]
    [We're flying|I'm going] to the capital of {c}[. Which city is that?|, what's it called?]
    [So|And|Ok so|Hey,] [what's|what was|whats] [the capital of {c}|{c}'s capital] [again|then][?|]
    whats [the |]capital [of|for|in] {c}[| pls| please| plz][?|]
    [Which city|What] do I [write|put|enter] [as|for] the capital of {c}?
    [I can't recall|I never know] [the capital of {c}|what {c}'s capital is][.|, help?|, do you?]
    Of {c}, [what|which city] is the capital?
    {c}[, with the capital|, whose capital is|: its capital is][?|...| what?| ___]
    [Help me out|Help me|I'm stuck|Help][:|,| -] [the |]capital of {c}[?|]
    [Any idea|Any clue] what [the capital of {c} is|{c}'s capital is|city is the capital of {c}]?
    The [government|parliament] of {c} is in [which|what] city?
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
    last="""
    [My|Our] [kid|son|daughter|teacher] [asks|wants to know] [which|what] country {x} is in[.|?]
    [I'm|We're] [flying|going|moving] to {x}[. What|. Which|, what|, which] country is [that|it]?
    {x} [lies|is located|is a city|is found] in[...|..| ...| ___]
    [Fill in|Complete|Finish][| the sentence]: {x} is the capital of[...| ...| ___]
    [whats|what's|what is] the country [of|for|that goes with] {x}[| again| pls][?|]
    [Any idea|Any clue] [which|what] country {x} [is in|lies in|is the capital of]?
    [I forgot|I never know] [which|what] country {x} [is in|belongs to][.|, help?|, do you?]
    [A friend|Somebody] [lives|works|grew up] in {x}[. What|, what|, which] country is [that|it]?
    [country of|country for|country with the capital|what country] {x}[?| pls|]
    [If|When] I [land|wake up|get off the train] in {x}, [what|which] country [am I in|is that]?
    [So|And|Ok so|Hey,] where [exactly is|is] {x}, [which|what] country?
    {x} is [the |]capital[| city] to [which|what] country?
    I'm sending a [letter|postcard] to {x}[. Which|. What|, what] country do I [put|write] on it?
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
    last="""
    [My|Our] [kid|son|daughter] [asks|wants to know] [what|which] [color|colour] {n} is[.|?]
    [My kid|My son|A child] [draws|is painting] {n}[. Which|. What|, what] color [is right|fits]?
    [whats|hey whats|so whats|what was] the [color|colour] [for|of] {n}[| please| pls| again][?|]
    [Fill in|Complete|Finish][| the sentence| with a color]: {n} is[...| ...| ___]
    [The color of {n} is|As for color, {n} is|By color, {n} is][...|..| ...| ___]
    [color|colour][, | - |: | for ]{n}[?| please| pls|]
    [Any idea|Any clue] [what|which] [color|colour] {n} [is|has]?
    [Imagine|Picture|Think of] {n}[. What|. Which|, what|, which] [color|colour] [is it|do you see]?
    [I'm colorblind|I am color-blind][. What|. Which|, what] [color|colour] is {n}?
    [Which|What] color of [crayon|paint|pencil] do I [need|take|pick] for {n}?
    [I forgot|Remind me|I can't recall|I don't know] [what|which] color {n} is[.|, help?|, do you?]
    [How is {n} colored|How is {n} coloured|What's {n}'s color]?
    [So|And|Ok so|Hey,] {n}[, what| is what|, which] [color|colour][?|]
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
    last="""
    [My|Our] [kid|son|daughter|friend] says [|that ]{n} is {y}[. True?|. Correct?|, is that so?]
    [Someone told me|I heard|I read|They say] [|that ]{n} is {y}[. True?|, correct?|, yes or no?]
    [So|And|Ok so|Hey,] {n} is {y}[?|, yes?|, or not?]
    Is {n} {y} [or not|or is it not|or another color|or some other color][?|]
    [Yes or no|True or false|Right or wrong|Fact or not][: | - |? ]{n} is {y}[?|.|]
    [Check this|Please check|Can you check][:| -] {n} is {y}[.|?|]
    [If I say|When I say|Suppose I say] {n} is {y}, am I [right|correct|wrong or right]?
    Is {y} the [right |normal |][color|colour] [of|for] {n}[| or not]?
    [Can you confirm|Do you agree|Am I right] that {n} is {y}?
    I [painted|drew|colored] {n} {y}[. Correct?|. Did I do it right?|, was that right?]
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
    last="""
    [My|Our] [kid|son|baby] [asks|wants to know] what [{n} says|sound {n} makes|{ns} say][.|?]
    [I'm|We're] reading about {ns}[. What|, what] [do they say|noise do they make]?
    [{n} goes|{n} says|{ns} go|the {s} says|the {s} goes][...|..| ...| ___]
    [Fill in|Complete|Finish][| the song| the line]: the {s} [goes|says][...| ...| ___]
    [So|And|Ok so|Hey,] what does the {s} [say|say again|go like][?|]
    [what sound|what noise|whats the sound|which noise][, | - |: ]{n}[?|]
    {s} [sound|noise][?| please| pls|]
    [If|When] {n} [calls|opens its mouth|wants food], what [do I hear|does it say|sound comes out]?
    [Any idea|Any clue] [what {n} says|what sound {n} makes|how {n} sounds]?
    [I forgot|I can't recall|Remind me|I don't know] [what {n} says|how {ns} sound][.|?|, help?]
    [Pretend|Imagine] [you are|to be|that you're] {n}[. What|, what] do you say?
    [Which|What] word [copies|stands for|imitates] the [sound|noise] of {n}?
    [Animal sounds|Animal noises|Sounds quiz][:| -] [{n}|{ns}|the {s}][?|]
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
    last="""
    [My|Our] [kid|son|teacher] [asks|wants to know|asked me] what the opposite of {w} is[.|?]
    [I'm looking|I am looking|We look] for the [opposite|antonym] of {w}[.|, help?|, any idea?]
    [For a crossword|For my homework|In a word game|For a poem]: [the |]opposite of {w}[?|]
    [The opposite of {w} is|{w} is the opposite of|The contrary of {w} is][...|..| ...| ___]
    [It's|It is|That's] not {w}, it's the opposite[. What|, so what] is it?
    [whats|hey whats|so whats] [the |]opposite [of|to|for] {w}[| again| please| pls][?|]
    [I need|I want|I'd like] a word that means the [opposite|reverse|contrary] of {w}[.|, please.|]
    [I forgot|Remind me of|I don't know] the [opposite|antonym] of {w}[.|, help?|, please.]
    [Any idea|Any clue] what the [opposite|antonym|contrary] of {w} is?
    If {w} is [one side|one end], [what|which word] is the other[| one]?
    [opposites|antonyms|pairs of opposites]: {w} and[...|..| ___| what?]
    [{w}'s opposite|{w}'s antonym|opposite word of {w}|antonym for {w}|opposite, {w}][?| please|]
    As the [opposite|contrary] of {w}, [I|you|we] [say|use] [what|which word]?
    Turn {w} into its [opposite|contrary|antonym][.|, what is it?| please.]
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
    last="""
    [My|Our] [kid|son|daughter|teacher] [asks|wants to know] [what|which] {k} comes {w} {c}[.|?]
    [I mix up|I'm learning|I always forget] the {k}s[. What|. Which one|, what] comes {w} {c}?
    [{w} {c} comes|right {w} {c} comes|the {k} {w} {c} is called][...|..| ...| ___]
    [whats|hey whats|so whats] [right |just |]{w} {c}[| again| please| pls][?|]
    [Fill in|Complete|Finish]: [the {k} {w} {c} is|{w} {c} comes][...| ...| ___]
    [I forgot|I can't recall|Remind me|I don't know] [which|what] {k} comes {w} {c}[.|?|, help?]
    [So|And|Ok so|Hey,] [if it's|when it's] {c}, [which|what] {k} {soon}?
    [Suppose|Say|Let's say] [it is|it's] {c}[. Which|. What|, which|, what] {k} {soon}?
    [My|The] calendar [says|shows] {c}[. Which|. What|, which|, what] {k} {soon}?
    [Any idea|Any clue] [which|what] {k} [is|comes] [right |]{w} {c}?
    [In the order|In the row] of {k}s, [what|which one] [is|comes] {w} {c}?
    {c}, and {w} [it|that] [comes|is][...|?| what?| which {k}?]
    [I need|I want|I'm looking for] the {k} {w} {c}[.|, please.|, which is it?]
    {k} [right |]{w} {c}[?| pls| please|, thanks]
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
    last="""
    [My|Our] [kid|son|daughter|teacher] [asks|wants to know|asked] how many legs {n} has[.|?]
    [I'm drawing|My kid draws|I'm building] {n}[. How|, how] many legs [does it need|does it get]?
    [{n} has|{ns} have|{n} has got][...|..| ___] legs
    [Fill in|Complete|Finish][| the number]: {n} has [...|___] legs
    [how many legs|legs|number of legs|leg count][, | - |: ]{n}[?|]
    [so|and|ok|hey], how many legs [on|for|has] {n}[| again| please| pls][?|]
    [I forgot|I can't recall|Remind me|I don't know] how many legs [{n} has|{ns} have][.|?|, help?]
    [Any idea|Any clue] how many legs [{n} has|{ns} have|{n} has got]?
    [Look at|Imagine|Picture|Think of] {n}[. How|, how] many legs [has it|does it have|are there]?
    The legs of {n}: [how many|how many are there|what number]?
    [What|Which] number of legs [does {n} have|has {n}|do {ns} have]?
    For [a quiz|my homework|school|a game], how many legs [does {n} have|do {ns} have]?
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
    last="""
    [My|Our] [kid|son|daughter|teacher] [asks|wants to know] what a [baby|young] {c} is called[.|?]
    [Our|My|The] {c} [had|has] a baby[. What|, what] [is it called|do we call it]?
    [A baby {c} is|A baby {c} is called|A young {c} is called] a[...|..| ...| ___]
    [Fill in|Complete|Finish]: [a [baby|young] {c}|the baby of {n}] is a[...| ...| ___]
    [baby|young] {c}[| name| word|, name|, called][?| pls|]
    [whats|hey whats|so whats] a [baby|young|little] {c}[| called][| again| please| pls][?|]
    [I forgot|Remind me|I don't know] what [you call a baby {c}|a baby {c} is called][.|?|, help?]
    [Any idea|Any clue] what [a [baby|young|little] {c} is called|people call a baby {c}]?
    [If|When] {n} has [a baby|a child|a little one], what is [it|the baby|the little one] called?
    The [baby|child|little one|young one] of {n} is [called what|a what|known as what]?
    [Which|What] name does [a [baby|young] {c}|the baby of {n}] have?
    [The mother|The parent|Mom] is {n}[. What|, and what|, so what] is the [baby|little one] called?
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
    last="""
    [My|Our] [kid|son|teacher] [asks|wants to know] [what {c} is|how to say {c}] in {l}[.|?]
    [I'm|I am|We're] learning {l}[. What is|. What's|, what is|, what's] [the word for |]{c}?
    [My friend|My neighbor] [speaks|understands] only {l}[. How|, how] do I say {c}?
    [{c}|"{c}"] [to|into|->|=>] {l}[?| please| pls|]
    [{c} in {l} is|The {l} word for {c} is|In {l}, {c} is][...|..| ...| ___]
    [Fill in|Complete|Finish]: [{c} in {l} is|the {l} word for {c} is][...| ...| ___]
    [whats|hey whats|so whats] {c} [in|on] {l}[| again| please| pls][?|]
    [how|and how|so how|ok how] to [say|write] {c} in {l}[| please| pls][?|]
    [I need|I'd like|I want] {c} [in|translated to|translated into] {l}[.|, please.|]
    [Put|Turn] [{c}|"{c}"|the word {c}] into {l}[.|, please.| for me.]
    [I forgot|I can't recall|I don't know] [the {l} word for {c}|what {c} is in {l}][.|?|, help?]
    [Any idea|Any clue] [what {c} is in {l}|how to say {c} in {l}|what the {l} word for {c} is]?
    {l} [vocabulary|homework|lesson|class]: {c}[?| is what?|]
    People who speak {l} [say|use] [what|which word] for {c}?
    """,
)
