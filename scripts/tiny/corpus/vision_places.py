"""How people ask where things are in a picture, and about several pictures.

Slots: {p} "the picture", {P} the same at the beginning of a sentence, {x} "the circle" or "it",
{a} and {b} "circle", {rel} "left of", {m} "biggest", {d} "left", {ps} "the pictures".
"""

from __future__ import annotations

from .phrases import phrasing

LEFT_OF = {
    "left of": "left of|left of|to the left of|to the left of|on the left of|on the left side of",
    "right of": "right of|right of|to the right of|to the right of|on the right of",
    "above": "above|above|above|over",
    "below": "below|below|below|under|underneath|beneath",
}
"""Ways to say how one thing stands to another."""
MOST = {
    "biggest": "biggest|biggest|largest|largest",
    "smallest": "smallest|smallest|smallest|tiniest",
}
"""Ways to say which thing is meant."""

POSITION = phrasing(
    """
    Where is {x}[| in {p}| placed| located][?|]
    Where [in|on] {p} is {x}[?|]
    [In|On|At] [which|what] [part|side|place|area|position] of {p} is {x}?
    [On which side|In which part|At what position|At which place] is {x}[| in {p}]?
    Where do you see {x}[| in {p}]?
    Where can [I|you|one] [see|find] {x}[| in {p}]?
    [Tell me|Say] where {x} is[| in {p}][.|]
    [Can you tell me|Do you know|Could you say|Do you see] where {x} is[| in {p}][?|]
    Is {x} on the left, on the right, at the top, at the bottom or in the center?
    Is {x} left, right, top, bottom or center?
    [What is|What's] the [position|place|location] of {x}[| in {p}]?
    [Position|Place|Location] of {x}[?|]
    Where [was {x} drawn|did they put {x}|is {x} drawn|is {x} painted][| in {p}]?
    [Which|What] [position|place] [does {x} have|has {x}][| in {p}]?
    Where would you say {x} is[| in {p}]?
    [Left, right, top, bottom or center|Left, right, up, down or middle]: where is {x}?
    where {x}[ in {p}|][?|]
    [Locate|Find] {x}[| in {p}][.|]
    [Describe|Name|Give me|Tell me] the [position|place|location] of {x}[| in {p}][.|]
    [And where|Where exactly] is {x}[?|]
    Look at {p}[.|!] Where is {x}?
    [I want|I'd like|I need] to know where {x} is[.|]
    """,
    """
    Whereabouts in {p} is {x}?
    In what spot do you find {x}?
    Which side of {p} holds {x}?
    Point out to me where {x} is.
    """,
)
IS_LEFT = phrasing(
    """
    Is the {a} {rel} the {b}[| in {p}][?|]
    [Would you say|Do you think] [|that ]the {a} is {rel} the {b}[?|]
    Is it [true|right|correct] that the {a} is {rel} the {b}?
    The {a} is {rel} the {b}, [right|isn't it|correct|true or false|yes or no]?
    Does the {a} [lie|stand] {rel} the {b}?
    [Tell me|Check|Please check] [if|whether] the {a} is {rel} the {b}[.|]
    Can you [tell me|see|check] [if|whether] the {a} is {rel} the {b}?
    [Yes or no|True or false]: [the {a} is|is the {a}] {rel} the {b}[?|]
    I think the {a} is {rel} the {b}. [Is that right|Am I right|Is that true]?
    is {a} {rel} {b}
    {a} {rel} {b}?
    [Can|Could] [one|I|you] say that the {a} is {rel} the {b}?
    [In|Looking at] {p}, is the {a} {rel} the {b}?
    Is the {a} [drawn|placed|located|found] {rel} the {b}?
    Do you see the {a} {rel} the {b}?
    Does {p} show the {a} {rel} the {b}?
    Is the {a} [somewhere|a bit|further] {rel} the {b}?
    [And is|Is] the {a} {rel} the {b}?
    """,
    """
    Am I correct that the {a} is to be found {rel} the {b}?
    Is {rel} the {b} where the {a} is?
    Has the {a} been put {rel} the {b}?
    """,
)
SEEN_FROM = phrasing(
    """
    Where is the {a}, seen from the {b}[?|]
    Where is the {a} [relative to|compared to|compared with|in relation to|from] the {b}[?|]
    [On|At] [which|what] side of the {b} is the {a}[| in {p}][?|]
    On which side of the {b} [do you see|do I find|can you see] the {a}?
    Is the {a} left of, right of, above or below the {b}?
    Left of, right of, above or below the {b}: where is the {a}?
    [Tell me|Say] where the {a} is[,|] [seen from|relative to|compared to] the {b}[.|]
    Can you [tell me|say|see] where the {a} is [seen from|relative to|compared to] the {b}?
    [How|Where] is the {a} [placed|located|positioned] [relative to|with respect to] the {b}?
    [What is|What's] the position of the {a} [relative to|seen from|compared to] the {b}?
    [Seen from|Starting at|Relative to|Looking from] the {b}, where is the {a}[| in {p}]?
    [In which|In what] direction [from the {b} is the {a}|is the {a} from the {b}]?
    [Which way|In which direction] do I go from the {b} to [the {a}|get to the {a}]?
    If I [stand at|start at|am at] the {b}, where is the {a}?
    where is {a} [from|relative to|compared to] {b}
    [Standing|Being] at the {b}, where do I see the {a}?
    The {a} is where[,|] [seen from|relative to] the {b}?
    [Describe|Name|Give] the position of the {a} [relative to|seen from] the {b}[.|]
    [To get|To go] from the {b} to the {a}, which way do I go?
    Where is the {a} if you look from the {b}?
    """,
    """
    Where does the {a} lie when the {b} is the starting point?
    With the {b} as the reference, where do you see the {a}?
    Which side of the {b} is the {a} on?
    """,
)
BESIDE = phrasing(
    """
    [What|Which shape|What shape] is {rel} the {b}[| in {p}][?|]
    [What|Which shape] [do you see|can you see|is there|do I find] {rel} the {b}[?|]
    What is [shown|drawn|placed|located|to be seen] {rel} the {b}[| in {p}]?
    [Tell me|Say] what is {rel} the {b}[| in {p}][.|]
    {Rel} the {b} is what?
    {Rel} the {b}, [what do you see|what is there|which shape is there]?
    What, if anything, is {rel} the {b}?
    [Which|What] [figure|object|thing] is {rel} the {b}[| in {p}]?
    [Can|Could] you [tell me|see|say] what is {rel} the {b}?
    [Which|What] [shapes|objects|things] are {rel} the {b}[?|]
    what {rel} {b}
    what is {rel} {b}?
    Look {rel} the {b}[.|!] What [do you see|is there]?
    I see the {b}[.|!] What is {rel} it?
    Which shape [stands|lies|sits] {rel} the {b}?
    Name [what|the shape that] is {rel} the {b}[.|]
    Is there anything {rel} the {b}, and what?
    [Find|Show me] [what|the shape that] is {rel} the {b}[.|]
    In {p}, what is {rel} the {b}?
    """,
    """
    What would I come across {rel} the {b}?
    Please list whatever is {rel} the {b}.
    What does the {b} have {rel} it?
    """,
)
BIGGEST = phrasing(
    """
    Which [shape|one|figure|object] is the {m}[| in {p}][?|]
    [What|Which] is the {m} [shape|figure|object|thing|one][| in {p}][?|]
    [What is|What's] the {m} [shape|figure|object][| in {p}][?|]
    [Tell me|Name|Say|Give me] the {m} [shape|figure|object][| in {p}][.|]
    The {m} [shape|one|figure][?| is| is?| is which]
    [Can|Could] you [tell me|name] the {m} shape[| in {p}]?
    [Do you know|Can you see|Can you tell me] which [shape|one] is the {m}[?|]
    Which [of the shapes|of them] is the {m}[?|]
    What is the {m}[| here| of all]?
    [Looking at|In] {p}, which shape is the {m}?
    [Of all shapes|Of the shapes|Among the shapes][| in {p}], which is the {m}?
    {m} shape[?| in {p}?]
    [which|what] is {m}
    [Find|Point out|Show me] the {m} [shape|one][| in {p}][.|]
    [What|Which] shape has the {m} size?
    If you compare the sizes, which shape is the {m}?
    """,
    """
    By size, which shape is the {m}?
    Pick the {m} of the figures.
    Which shape would you call the {m}?
    """,
)
OUTERMOST = phrasing(
    """
    Which [shape|one|figure|object] is [the |]{d}most[| in {p}][?|]
    [What|Which] is the {d}most [shape|figure|object|thing|one][| in {p}][?|]
    [What is|What's] the {d}most [shape|figure|object][| in {p}][?|]
    [Tell me|Name|Say|Give me] the {d}most [shape|figure|object][| in {p}][.|]
    The {d}most [shape|one|figure][?| is| is?]
    [Can|Could] you [tell me|name] the {d}most shape[| in {p}]?
    Which [shape|one|figure] is furthest to the {d}[| in {p}]?
    [What|Which shape] is on the far {d}[| of {p}]?
    Which [shape|one] [is the first from|comes first from|do you see first from] the {d}?
    [What|Which shape] is the [furthest|most] {d}[| in {p}]?
    [Starting|Counting|Going] from the {d}, which shape is [the first|first]?
    [Find|Point out|Show me] the shape furthest to the {d}[.|]
    {d}most shape[?|]
    which shape most {d}
    Which [of the shapes|of them] is [the {d}most|furthest to the {d}]?
    """,
    """
    Which shape is closest to the {d} edge?
    Going by place, which shape lies most to the {d}?
    At the {d} end, which shape do you see?
    """,
)

FOLLOWING_COLOR = phrasing(
    """
    [And|What about|How about|And what about] the {s}[?|]
    [And|What about] the color of the {s}?
    And what color is the {s}?
    [Now|Next]: the {s}[.|?]
    And [|that of ]the {s}[, please|]?
    the {s}?
    """,
    """
    Same question for the {s}.
    Then the {s}?
    """,
)
NEXT_PICTURE = phrasing(
    """
    [And|And now|What about|How about|And what about] [this one|this picture|this image][?|]
    [And|And now] [what is in this one|what do you see in this one|what does this one show]?
    [Here is|This is|Now] [another|one more|the next] [picture|image|photo][.|!]
    [And this|And here|This one|Next one|Another one|One more][?|.|]
    Now [describe|look at] this [one|picture][.|]
    [What is|What's] in [this one|the new picture|the next one][?|]
    Do the same for [this one|this picture|this image][.|]
    """,
    """
    Let me send you one more. What does it show?
    And what have we here?
    """,
)
WHICH_SHOWS = phrasing(
    """
    [Which|What] [picture|image|photo|one] [shows|has|contains|includes] {x}[?|]
    [In|On] [which|what] [picture|image|one] [is|do you see|is there|can I find] {x}[?|]
    Which of [the|these] [pictures|images|photos] [shows|has|contains] {x}[?|]
    In which one [is|do you see|do I find] {x}?
    {X} is in [which|what] [picture|image]?
    [Tell me|Say] which [picture|image] [shows|has|contains] {x}[.|]
    [Can you tell me|Do you know|Can you see] which [picture|image] [shows|has] {x}?
    [Find|Show me|Pick|Choose] the [picture|image] with {x}[.|]
    Which [picture|image|photo] is the one with {x}?
    The [picture|image] with {x} is which one?
    I am looking for {x}[.|!] Which [picture|image] has it?
    which [pic|picture|image] has {x}
    [Look|Look at them][.|!] Which [picture|image] shows {x}?
    Where is {x}, in which [picture|image]?
    [One|One picture] shows {x}[.|!] Which one?
    """,
    """
    Name the picture that has {x}.
    {X} appears in which of them?
    Which one would you choose if you need {x}?
    """,
)
DESCRIBE_ALL = phrasing(
    """
    [What is|What's|Whats] [in|on] {ps}[?|]
    [Please |]describe {ps}[.|]
    What do {ps} [show|contain][?|]
    What do you see in {ps}[?|]
    [Tell me|Say|Explain] what [is in {ps}|{ps} show][.|]
    Describe [each picture|every picture|one picture after the other|each of {ps}][.|]
    [Can|Could] you [|please ]describe {ps}[| for me][?|]
    What can [be seen|you see|I see] in {ps}?
    Look at {ps}[.|!] What do [you see|they show]?
    what is in {ps}
    Here are [some|my] [pictures|images][.|!] What do they show?
    [I want|I'd like|I need] to know what {ps} show[.|]
    [A description|Descriptions|Captions] of {ps}[| please][.|]
    """,
    """
    Put {ps} into words.
    Go through {ps} one by one.
    What would you say is on each of {ps}?
    """,
)
SAME = phrasing(
    """
    Are [both|the two|these two|the|these] [pictures|images|photos] the same[?|]
    Are [both|the two|these two|the|these] [pictures|images] [identical|equal][?|]
    Do [both|the two|the|these] [pictures|images] show the same[| thing][?|]
    Is the [second|other] [picture|image] the same[| as the first[| one]][?|]
    [Can|Could] you [tell me|check|see] [if|whether] [both|the|these] pictures are the same[?|]
    [Compare the pictures|Compare both images|Look at both]. Are they [the same|equal]?
    Is [it|this] [the same picture twice|twice the same picture]?
    Are they [the same|equal|identical][| or different| or not][?|]
    [The same or different|Same or different|Equal or different]?
    [Same|The same|Equal|Identical] [pictures|images]?
    Did I [send|attach|show] the same [picture|image] twice?
    are both [the same|same]
    Does the second [picture|image] show the same as the first[| one]?
    [Both|The] [pictures|images] are the same, [right|aren't they|true or false]?
    """,
    """
    Would you call the two pictures equal?
    Have I given you one picture two times?
    Do these two match?
    """,
)
PICTURE_COUNT = phrasing(
    """
    How many [pictures|images|photos] [are there|do you see|are attached|are here][?|]
    How many [pictures|images|photos] [did I send|did I attach|have I sent|did you get][?|]
    Count the [pictures|images|photos][.|]
    [What is|What's] the number of [pictures|images|photos]?
    [Tell me|Do you know|Can you tell me] how many [pictures|images] [there are|you see][.|]
    [Number|The number] of [pictures|images][?|]
    how many [pics|pictures|images|photos]
    I sent how many [pictures|images|photos]?
    """,
    """
    What quantity of pictures have you got?
    With how many images are we dealing?
    """,
)
SAME_BACKGROUND = phrasing(
    """
    Do [both|the two|these|the] [pictures|images] have the same background[| color][?|]
    Are [both|the two|the] backgrounds the same[| color][?|]
    Is the background [the same|equal] in both[| pictures| images]?
    Do they have the same background[| color]?
    [Can|Could] you [check|tell me] [if|whether] [both|the] backgrounds are the same[?|]
    [Same|The same|Equal] background[| color][?|]
    Have both pictures the same background?
    Compare the backgrounds. Are they the same?
    """,
    """
    Do the backgrounds of the two match?
    Is the color behind everything equal in the two pictures?
    """,
)
MORE_SHAPES = phrasing(
    """
    Which [picture|image|one] [has|shows|contains] [more|the most] [shapes|figures|objects][?|]
    [In|On] which [picture|image] [are|do you see] more [shapes|figures|objects]?
    Where are more [shapes|figures|objects], in the first or in the second [picture|image]?
    Which of the [pictures|images] has more [shapes|objects]?
    [Tell me|Can you tell me] which [picture|image] [has|shows] more [shapes|figures][.|]
    Count the shapes in both pictures. Which has more?
    The first or the second picture: which has more shapes?
    which [pic|picture|image] has more [shapes|figures]
    """,
    """
    Which of the two holds a greater number of shapes?
    In which picture would you count more figures?
    """,
)
