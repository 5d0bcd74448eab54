"""How people ask what shape something in a picture has, and what colour.

Slots: those of vision_phrases.
"""

from __future__ import annotations

from .phrases import phrasing

COLOR_OF = phrasing(
    """
    [What|Which] [color|colour] is the {s}[| in {p}][?|]
    [What is|What's|Whats] the [color|colour] of the {s}[| in {p}][?|]
    [What is|What's] the {s}'s [color|colour]?
    [What|Which] [color|colour] [does the {s} have|has the {s}|has the {s} got][?|]
    [Tell me|Say|Name|Give me] the [color|colour] of the {s}[| in {p}][.|]
    [Tell me|Say] [what|which] [color|colour] the {s} [is|has][.|]
    [Do you know|Do you see|Can you see|Can you tell me] [what|which] [color|colour] the {s} is[?|]
    The {s} is [what|which] [color|colour]?
    The [color|colour] of the {s}[?| is| is?| please]
    [In|With] [what|which] [color|colour] is the {s} [drawn|painted|filled]?
    [And the {s}|The {s}], what color is it?
    How is the {s} [colored|coloured|painted]?
    [color|colour] of {s}[?|]
    what color {s}
    what [color|colour] has {s} in {p}?
    [What|Which] color did [they|you|someone] [use for|paint|give] the {s}?
    [Please look|Look|Have a look] at the {s}[.|!] [What|Which] color is it?
    I see a {s} in {p}[.|!] [What|Which] color is it?
    [Can|Could] you [tell me|name] the color of the {s}[| in {p}]?
    [I want|I'd like|I need] to know the color of the {s}[.|]
    """,
    """
    Which shade is the {s}?
    Please identify the color that the {s} has got.
    If you look at the {s}, which color do you see?
    Say how the {s} is tinted.
    """,
    """
    [What|Which] [tone|hue|tint] [is|has] the {s}[| in {p}][?|]
    [Identify|Determine|Find|Find out|Recognize|State|Specify] the [color|colour] of the {s}[.|]
    [Name|Tell me|Give me] the [shade|hue|tint|tone] [of|that you see on] the {s}[.|]
    The {s} [looks|appears|seems to be] [what|which] [color|colour]?
    [What|Which] [color|paint] [covers|fills] the {s}?
    [Look|Looking] at the {s}[:|,] [what|which] color [is it|has it got|do you notice]?
    Someone painted a {s} in {p}[.|,] [what|which] color did [they choose|they take|it get]?
    [There is|Here is|You see] a {s}[.|:|,] [its color|what color|which color is it|color]?
    [I wonder|I ask myself|I am curious|Let me know] [what|which] color the {s} [is|has][.|]
    If I [asked|ask] you about the {s}, what would you say its color is?
    [Describe|Say something about] the color of the {s}[.|]
    [How|In which color] does the {s} look[| like]?
    [What|Which] color [shall|should|must|would] I take to [draw|paint|copy] the {s}?
    [Is the {s} red, blue, green or another color|Red, green, blue: how is the {s}]?
    [Guess|See if you can tell|Work out] the color of the {s}[.|!]
    About the {s}: [what color|which color|how is it colored|its color]?
    The {s} was [drawn|painted|made|done] in [what|which] color?
    [My friend|The child|My son|Anna] asks [what|which] color the {s} is[.|]
    """,
)
COLOR_IT = phrasing(
    """
    [What|Which] [color|colour] is [it|this|the shape|the figure|the object|the thing][?|]
    [What|Which] [color|colour] is the [shape|figure|object|thing] in {p}[?|]
    [What is|What's] [its color|its colour|the color of it|the shape's color][?|]
    [What is|What's] the [color|colour] of [the|this] [shape|figure|object|thing][| in {p}][?|]
    [Tell|Give] me [its color|the color of the shape|what color it is][.|]
    [What|Which] color [does it have|does the shape have|has it|has the shape|has the object][?|]
    It is [what|which] [color|colour]?
    [And what|And which|And in what] [color|colour][?| is it?]
    [In|With] [what|which] color is [it|the shape] [drawn|painted|filled]?
    [Can|Could] you [tell me|name|say] [its color|the color of the shape|what color it is]?
    [Do you see|Do you know|Can you see] [what|which] color [it is|the shape is|it has][?|]
    what color is it
    [color of it|its color|the shape's color|color of the shape][?|]
    How is [it|the shape] [colored|coloured|painted]?
    [Name|Say] [the color of the shape|its color][.|]
    [Look at|See] the shape[.|!] [What|Which] color [is it|does it have]?
    [What|Which] color did [they|you|someone] [use for|give] [it|the shape]?
    """,
    """
    Which color was the shape painted in?
    What about the color of that thing?
    Of which color is the object that you see?
    """,
    """
    [What|Which] [tone|hue|tint|shade] [is it|is the shape|has the figure|is this thing][?|]
    [Identify|Determine|Find|Find out|Recognize|State|Specify] [its|the] color[.|]
    [Identify|Determine|Find|Find out] the color of the [shape|figure|object|thing][.|]
    [Name|Tell me|Give me] the [shade|hue|tint|tone] [of it|of the shape|of the object][.|]
    [It|The shape|The object] [looks|appears|seems to be] [what|which] color?
    [What|Which] [color|paint] [covers|fills] the [shape|figure|object]?
    [Looking at|Look at] the [object|thing|figure][:|,] [what|which] color do you notice?
    [There is|Here is|You see] [a shape|something|one object][.|:|,] [its color|what color is it]?
    [I wonder|I ask myself|Let me know] [what|which] color [it|the shape|the figure] [is|has][.|]
    [What|Which] color should I take to [draw|paint|copy] [it|the shape|this]?
    [Is it|Is the shape] red, blue, green or another color?
    [Guess|Work out] the color[| of the thing| of the shape][.|!]
    About [the shape|this figure|the object]: [what color|which color|how is it colored]?
    [It|The figure|The thing] was [drawn|painted|made|done] in [what|which] color?
    [My friend|The child|My son|Anna] asks [what|which] color it is[.|]
    """,
)
SHAPE_IT = phrasing(
    """
    [What|Which] shape [is it|is this|is that|is in {p}|do you see|is there|is shown][?|]
    [What|Which] shape [can you see|does {p} show|do you see in {p}][?|]
    [What|Which] [kind|type|sort] of [shape|figure|form] is [it|this|in {p}|shown][?|]
    [What is|What's] [the shape|the figure|the form|its shape][| in {p}][?|]
    [Tell me|Name|Say] [the shape|its shape|the figure|which shape it is|what shape this is][.|]
    [Is it|Is this|Is the shape] a circle, a square, a triangle or a star?
    [Circle|Is it a circle], square, triangle or star?
    [What|Which] [geometric shape|geometrical figure|figure|form] is [it|in {p}|there]?
    [Can|Could] you [tell me|say|name|recognize] [the shape|which shape it is|its shape]?
    [Can|Could] you [tell me|say] what shape is in {p}?
    [Which|What] [figure|shape] is [drawn|painted|shown|visible][| in {p}]?
    [How|What] would you call [this|the] [shape|figure]?
    What [is this shape called|do you call this shape|is the name of the shape]?
    Does {p} show a circle, a square, a triangle or a star?
    [The|Its] shape[?| is| is?]
    [what shape|which shape is it|which shape|what form][?|]
    [What|Which] [form|shape] does [it|the object|the thing] have[?|]
    [Do you recognize|Do you know] [the|this] [shape|figure]?
    It is [what shape|which shape|a what]?
    What shape has [the thing|the object|it][| in {p}]?
    """,
    """
    Which of the four shapes is it?
    Name the form that you see in {p}.
    Please identify the figure.
    Is it round, or does it have corners? Which shape is it?
    """,
    """
    [Identify|Determine|Find out|Classify|State|Specify] [the|its|this] [shape|form][.|]
    [Can|Could] you [identify|classify|determine] [the shape|the form|what is drawn]?
    [Recognize|Name|Tell me] the [form|outline|object|thing][| in {p}][.|]
    [What|Which] [outline|silhouette|contour] [is it|do you see|has it|does {p} show]?
    [Has it|Does it have] [corners|points|edges][.|?| or not?] [What|Which] shape is it?
    [Round or not|Round or square|With corners or without]? [Name the shape|What shape is it][.|?|]
    [Look|Look closely|See][:|.|,] [what|which] [shape|form|figure] [do you find|did they draw]?
    [I wonder|I ask myself|Let me know] [what|which] [shape|figure|form] [it is|that is|this is][.|]
    [Someone|A child|My son] drew [a shape|something|one figure][.|,] [what|which] shape is it?
    [What|Which] shape should I [draw|cut out|use] to copy {p}?
    [Guess|Work out] the [shape|form|figure][.|!]
    [Is it|Would you say that it is|Do you think it is] a square, a circle, a star or a triangle?
    [Among|Of] circle, square, triangle and star, which [is it|do you see|is shown]?
    [One|Some] [object|figure|thing] is [there|shown|drawn][.|:] [Its shape|Name it|What is it]?
    About the [object|figure|thing]: [what|which] shape?
    [Say|Write] the name of the [shape|figure|form][| that you see| in {p}][.|]
    [My friend|The child|Anna] asks [what|which] [shape|figure] [it|this] is[.|]
    [Describe|Say something about] the [form|shape] of [it|the object|the thing][.|]
    """,
)
SHAPE_OF_COLOR = phrasing(
    """
    [Which|What] shape is {c}[| in {p}][?|]
    [What|Which] [figure|object|thing|form] is {c}[| in {p}][?|]
    What is {c}[| in {p}| here][?|]
    [What is|What's] the {c} [shape|figure|object|thing|one][| in {p}][?|]
    [What is|What's] the shape of the {c} [one|object|thing|figure]?
    [Tell me|Say] [what is {c}|which shape is {c}|what the {c} shape is][.|]
    Name the {c} [shape|figure|object|thing][| in {p}][.|]
    [What|Which] shape [has the color {c}|is drawn in {c}|is painted {c}|is the {c} one]?
    Which of the shapes is {c}[| in {p}]?
    The {c} [shape|one|figure|thing] is [what|a what|which shape][?|]
    [What|Which] [kind|sort|type] of shape is [{c}|the {c} one|the {c} thing]?
    [Can|Could] you [tell me|say] [what is {c}|which shape is {c}|what the {c} thing is]?
    Do you see something {c}? What is it?
    I see something {c}[.|!] [What is it|Which shape is it]?
    what [shape|figure] [is|has color] {c}
    what is the {c} thing
    The shape [that is|which is|in] {c}, what is it?
    {c} is which shape?
    [What|Which] shape did they [paint|draw] in {c}?
    """,
    """
    Which shape wears the color {c}?
    Identify the {c} object.
    Which figure has been colored {c}?
    Something is {c} here. Which shape might that be?
    """,
    """
    [Identify|Determine|Find|Classify|Recognize] the {c} [shape|one|figure|thing][.|]
    [Which|What] [shape|figure|object] [looks|appears|seems to be] {c}?
    [Which|What] [form|outline] [has|does] the {c} [object|thing|figure][| have]?
    [Look|Looking] at the {c} [one|object|thing][:|,] [what|which] shape [is it|do you see]?
    [There is|Here is|You see] something {c}[.|:|,] [its shape|what shape|which shape is it]?
    [I wonder|Let me know] [what|which] shape the {c} [one|thing|object] [is|has][.|]
    [Tell|Show] me what they [painted|colored|drew] in {c}[.|]
    [What|Which] [figure|shape|form] did someone [paint|color|colour] {c}?
    [What|Which] of them is {c}[| in {p}]?
    About the {c} [one|object|figure]: [what|which] shape [is it|has it]?
    The {c} [object|figure] has [what|which] [shape|form]?
    [Is the {c} one|Is the {c} thing] a circle, a square, a star or a triangle?
    [Guess|Work out|Find out] what the {c} [shape|figure|object] is[.|]
    {c}: [what|which] [shape|figure] is [that|it]?
    [Describe|Say something about] the shape of the {c} [one|thing|object][.|]
    """,
)
