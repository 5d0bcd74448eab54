"""How people ask what a picture shows.

Slots: {p} "the picture", {P} the same at the beginning of a sentence, {s} "circle", {ss} "circles",
{c} a colour, {x} "a red circle", {n} "number", {t} a text.
"""

from __future__ import annotations

from .phrases import phrasing

DESCRIBE = phrasing(
    """
    [What is|What's|Whats] [in|on] {p}[?|]
    What [do|can] you see [in|on] {p}[?|]
    What [do|can] you see[| here| there][?|]
    What can be seen [in|on] {p}?
    What can [I|we|one] see [in|on] {p}?
    [Please |]describe {p}[.|]
    [Describe|Please describe] [this|it|what you see|what is in {p}][.|]
    [Can|Could|Would] you [|please ]describe {p}[| for me| to me][?|]
    [Tell me|Say|Explain] what [is in {p}|you see|you can see|{p} shows|this is][.|]
    [Can|Could] you [tell me|say] what [is in {p}|{p} shows|you see]?
    What does {p} [show|contain|depict|look like][?|]
    What is [shown|visible|drawn|displayed|painted|to be seen] [in|on] {p}?
    [Give|Write] [|me ]a [|short |brief ]description of {p}[.|]
    [What is|What's|Whats] [this|it|that][?|]
    [What am I looking at|What do we have|What have we got] [here|in {p}][?|]
    [Look at|Have a look at|See|Check] {p}[.|!] [What do you see|What is there|What is it][?|]
    [Look at|Have a look at|See|Check] {p} and [describe it|tell me what you see][.|]
    [Explain|Caption|Summarize] {p}[.|]
    [A caption|A description|Caption|Description] of {p}[| please][.|]
    [What|Which] [things|objects|figures] [are in|are on|do you see in|can you see in] {p}?
    what u see in {p}?
    what is there in {p}
    [I want|I would like|I'd like|I need] to know what [is in {p}|{p} shows|you see][.|]
    [Do you know|Do you understand] what {p} shows?
    {P}[:| -] what is [it|in it|there]?
    [Here is|This is|I have] [a picture|an image|a photo][.|!] [What is in it|What does it show]?
    [Here is|This is|I have] [a picture|an image|a photo][.|!] [Describe it|What do you see][.|]
    [List|Name] [everything|all things|all objects|what you see] in {p}[.|]
    [What kind of|What sort of] [picture|image|drawing] is [this|it]?
    And [what is|what's] in {p}?
    """,
    """
    What would you say {p} is about?
    Put {p} into words.
    I cannot see {p} myself. What is on it?
    In one sentence, what does {p} present?
    """,
)
COUNT = phrasing(
    """
    How many [shapes|figures|objects|things|forms] [are there|are in {p}|do you see][?|]
    How many [shapes|figures|objects|things] [can you see|are shown|does {p} show|has {p}][?|]
    How many [shapes|figures|objects] [are there|do you see|can you count|are drawn] in {p}[?|]
    Count the [shapes|figures|objects|things][| in {p}| please][.|]
    [Can|Could] you [|please ]count the [shapes|figures|objects][| in {p}| for me]?
    [What is|What's] the number of [shapes|figures|objects][| in {p}]?
    [Number|The number|Count|Total number] of [shapes|objects|figures][?| in {p}?]
    How many [shapes|objects|figures] in [total|all|{p}]?
    [Tell me|Say] how many [shapes|figures|objects] [there are|you see|are in {p}][.|]
    Can you tell me how many [shapes|figures|objects|things] [there are|are in {p}]?
    {P} [has|shows|contains] how many [shapes|figures|objects]?
    how many [shape|shapes|figures|objects][?|]
    [One|Is it one], two or three shapes?
    Is there one shape, or are there more?
    [I want|I need|I'd like] to know how many [shapes|things|objects] [there are|{p} has][.|]
    [Please |]count [the|all] [shapes|things|figures|objects][| in {p}][.|]
    How much [shapes|figures|objects] [are there|are in {p}|do you see]?
    There are how many [shapes|objects|figures][| in {p}]?
    Are there [any|some] shapes[| in {p}]? How many?
    """,
    """
    What quantity of shapes do you see?
    Add up all the figures in {p}.
    Would you say how many objects {p} holds?
    How large is the number of shapes?
    """,
)
COUNT_OF = phrasing(
    """
    How many {ss} [are there|are in {p}|do you see|can you see|does {p} show|has {p}][?|]
    How many {ss} [are there|do you see|can you find|can you count] in {p}[?|]
    Count the {ss}[| in {p}| please][.|]
    [What is|What's] the number of {ss}[| in {p}]?
    [Number|The number|Count] of {ss}[?| in {p}?]
    [Tell me|Say] how many {ss} [there are|you see|are in {p}][.|]
    Can you tell me how many {ss} [there are|are in {p}]?
    {P} [has|shows|contains] how many {ss}?
    how many {ss}[| in {p}]
    There are how many {ss}[| in {p}]?
    [Can|Could] you [|please ]count the {ss}[| in {p}| for me]?
    [And how|How] many {ss}?
    How much {ss} [are there|do you see|are in {p}]?
    [I want|I need|I'd like] to know how many {ss} [there are|{p} has][.|]
    [Please |]count [only|just|all] the {ss}[| in {p}][.|]
    """,
    """
    Of {ss}, how many are there?
    Please find out how many {ss} {p} holds.
    What quantity of {ss} do you see?
    """,
)
IS_THERE = phrasing(
    """
    Is there {x}[| in {p}| here| somewhere| to be seen][?|]
    Do you see {x}[| in {p}| here| anywhere][?|]
    Can you [see|find|spot] {x}[| in {p}][?|]
    Does {p} [show|contain|have|include] {x}[?|]
    Is {x} [in|on|shown in|visible in|part of] {p}?
    There is {x}[| in {p}], [right|correct|isn't there|is that right|true or false]?
    [Tell me|Check|Please check|Look] [if|whether] there is {x}[| in {p}][.|]
    Can you [tell me|check|see] [if|whether] there is {x}[| in {p}]?
    Has {p} got {x}?
    [I am|I'm] looking for {x}[.|!] Is there one[| in {p}]?
    [Do|Did] you [notice|find|spot] {x}[| in {p}]?
    Is it [true|right|correct] that [there is {x}|{p} shows {x}]?
    is there {x}
    you see {x}?
    {P} [shows|has|contains] {x}, [right|true|yes or no|correct]?
    [Yes or no|True or false]: [there is {x} in {p}|{p} shows {x}][.|?]
    Could there be {x} in {p}?
    [And is|Is] there {x}[| too| as well]?
    """,
    """
    Would I find {x} in {p}?
    Does {x} appear in {p}?
    Am I right that there is {x}?
    Have they drawn {x}?
    """,
)
BACKGROUND = phrasing(
    """
    [What|Which] [color|colour] is the background[| in {p}| of {p}][?|]
    [What is|What's|Whats] the [color|colour] of the background[| in {p}][?|]
    [What is|What's] the background[| color| colour][| of {p}| in {p}][?|]
    [What|Which] [color|colour] [does the background have|has the background][?|]
    [What|Which] background[| color] [does {p} have|has {p}|do you see|is it|is this][?|]
    [Tell me|Name|Say|Give me] the [background color|background|color of the background][.|]
    [Tell me|Name|Say|Give me] the background color of {p}[.|]
    [Background|Background color|The background|The color of the background][?| please| is| is?]
    [What|Which] color is behind [everything|it all]?
    And the background?
    How is the background [colored|coloured|painted]?
    [In|With] [what|which] color is the background [painted|filled|drawn]?
    what background has {p}
    [Which|What] color [fills|covers|surrounds] [the rest of {p}|the background of {p}]?
    [Do you know|Can you tell me|Could you tell me] [what color the background is]?
    [Can|Could] you [name|tell me] the background color[| of {p}]?
    The background is [what|which] [color|colour]?
    [Look at|See|Now] the background[.|:] [What|Which] color is it?
    [I want|I'd like|I need] to know the [color of the background|background color][.|]
    """,
    """
    Which color was used for the background?
    What color do you see behind it all?
    On which color is everything drawn?
    The backdrop of {p} has which color?
    """,
)
JSON = phrasing(
    """
    [Describe|Please describe|Show|Give me|Return|Output] {p} as JSON[.|]
    [Describe|Give me|Return|Write|List] [the contents|what you see|everything] [as|in] JSON[.|]
    [Describe|Give me|Return|Write] what is in {p} [as|in] JSON[.|]
    JSON[| please| description] of {p}[.|]
    [JSON|JSON please|As JSON][.|]
    [What is|What do you see] in {p}? [Answer|Reply|Respond] [in|as|with] JSON[.|]
    [Answer|Reply|Respond] [in|with] JSON: what [is in {p}|do you see|does {p} show]?
    [I need|I want|I'd like] [{p}|the contents of {p}|a description of {p}] as JSON[.|]
    [Make|Create|Write|Produce|Generate] [|a ]JSON [of|for|from|about] {p}[.|]
    [Convert|Turn|Translate] {p} [to|into] JSON[.|]
    [Can|Could] you [describe|show|give me] {p} [as|in] JSON[?|]
    [Extract|Read] [the contents|the data|everything] [of|from] {p} as JSON[.|]
    [Give|Show] me [a|the] JSON [|object ][of|for] {p}[.|]
    {P} as JSON[.| please.|]
    [Use JSON|In JSON]: [describe {p}|what is in {p}|what do you see][.|]
    [as|in] json: [describe {p}|what do you see]
    json of {p}
    Describe {p}[.|,] [JSON only|only JSON|as a JSON object][.|]
    """,
    """
    Put {p} into a JSON object.
    I would like to have {p} in JSON format.
    Encode {p} as JSON.
    What does {p} look like when written as JSON?
    """,
)
READ = phrasing(
    """
    [What is|What's|Whats] [written|printed] [in|on] {p}[?|]
    [What is|What's] the text [in|on] {p}[?|]
    What does {p} [say|read][?|]
    What does [it|this] [say|read][?|]
    [What|Which] text [is in|is on|do you see in|can you read in|stands in] {p}?
    [Please |]read [{p}|the text|what is written|the text in {p}|the writing][.|]
    [Can|Could] you [|please ]read [it|this|{p}|the text|what is written|what it says]?
    What is written [here|there][?|]
    What [stands|is written] in {p}?
    [Tell me|Say] what [is written|it says|{p} says|is written in {p}|you read][.|]
    What [do|can] you read[| here| in {p}][?|]
    [What|Which] [characters|signs|symbols] [do you see|are in {p}|can you read]?
    [The text|Text][| in {p}][?|]
    [what it says|what says {p}|what is the text][?|]
    [Write|Type|Copy|Give me] [the text|what is written|what you read][| in {p}][.|]
    [Transcribe|OCR] {p}[.|]
    [Is there|Do you see] [a text|text|something written][| in {p}]? What [does it say|is it]?
    What did [I|someone|they] write[| in {p}| here]?
    I [cannot|can't] read [it|this|{p}][.|!] What does it say?
    [Which|What] word or number [is in {p}|do you see|is it]?
    """,
    """
    Which writing can you make out in {p}?
    What would you read aloud from {p}?
    What text was put into {p}?
    Decipher {p} for me.
    """,
)
READ_IT = phrasing(
    """
    [Which|What] {n} [is it|is this|is that|is in {p}|is on {p}|do you see|can you see][?|]
    [Which|What] {n} [is written|is shown|does {p} show|can you read|do you see in {p}][?|]
    [What is|What's|Whats] the {n}[| in {p}| here][?|]
    [Please |]read the {n}[| in {p}][.|]
    [Tell me|Name|Say|Give me] the {n}[| in {p}][.|]
    [Can|Could] you [read|tell me|see|recognize] the {n}[| in {p}]?
    The {n}[?| is| is?| please]
    [Tell me|Say] which {n} [it is|this is|you see|is in {p}|{p} shows][.|]
    [Do you know|Can you tell me] [which|what] {n} [this is|it is|you see][?|]
    {P} shows [which|what] {n}?
    what {n}[| is it| is this][?|]
    {n}?
    [Which|What] {n} did [I|they|someone] [write|draw|paint][| here| in {p}]?
    [Look at|See] the {n}[.|!] [Which|What] is it?
    This is [which|what] {n}?
    [I want|I'd like|I need] to know [the {n}|which {n} it is][.|]
    """,
    """
    Please recognize the {n}.
    Which {n} can you make out?
    Can you work out which {n} I have here?
    """,
)
SAYS = phrasing(
    """
    Does [{p}|it|this] [say|read] {t}[?|]
    Is the {n} [|in {p} ]{t}[?|]
    Is [it|this] the {n} {t}[?|]
    Do you [see|read] the {n} {t}[| in {p}]?
    Is it [true|right|correct] that {p} says {t}?
    {P} says {t}, [right|correct|true or false|yes or no]?
    Can you read [|the {n} ]{t} [in|on] {p}?
    Does {p} show the {n} {t}[?|]
    Is {t} written [in|on] {p}?
    [Tell me|Check] [if|whether] {p} says {t}[.|]
    I think [it|{p}] says {t}. Is that right?
    [Is|Was] the {n} that you see {t}?
    [Would you say|Do you think] [it|{p}] says {t}?
    it says {t}?
    """,
    """
    Have they written {t} in {p}?
    I read {t}. Do you read it, too?
    """,
)
INK = phrasing(
    """
    [What|Which] [color|colour] is the {n}[| in {p}][?|]
    [What is|What's|Whats] the [color|colour] of the {n}[| in {p}][?|]
    [In|With] [what|which] [color|colour] is the {n} [written|drawn|painted]?
    [What|Which] [color|colour] [does the {n} have|has the {n}][?|]
    [Tell me|Say|Name] the [color|colour] of the {n}[.|]
    The {n} is [what|which] color?
    [What|Which] color [did they use|was used|did I use] for the {n}?
    color of the {n}?
    [Can|Could] you [tell me|name] the color of the {n}?
    How is the {n} [colored|coloured]?
    [Do you see|Can you tell me] [what|which] color the {n} is[?|]
    """,
    """
    Which color was the {n} written in?
    If you look at the {n}, which color do you see?
    """,
)
