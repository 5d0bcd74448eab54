"""How people ask to compare, count and sort numbers."""

from __future__ import annotations

from .phrases import phrasing

BIGGER = phrasing(
    """
    [Which|Which number|What|Which one] is {more}, {a} or {b}?
    [Which|What] is the {more} [number|one][,|:] {a} or {b}?
    [Which|Which one] of {a} and {b} is {more}?
    {a} or {b}[,|:| -] [which|what|which one] is {more}?
    {more}[,|:] {a} or {b}[?|]
    [What is|What's|Tell me|Give me] the {more} [number of|one of|of] {a} and {b}[?|.]
    [Tell me|Say|Do you know|Can you tell me] which is {more}[, |: ]{a} or {b}[?|.]
    Is {a} or {b} [{more}|the {more} number|the {more} one]?
    [Compare|Please compare] {a} and {b}[. Which|: which|, which] [one |]is {more}?
    [Between|Of] {a} and {b}, [which|which one] is {more}?
    I have {a} and {b}[. Which|, which] [number |]is {more}?
    [Which|What] number [of the two |]is {more}: {a} or {b}?
    [Pick|Choose|Name] the {more} [number|one][:|,] {a} or {b}[.|]
    """,
    """
    Of the two numbers {a} and {b}, tell me the {more}.
    Look at {a} and {b}. Which do you find {more}?
    Say which one of these is {more}: {b}, {a}.
    """,
)
IS_BIGGER = phrasing(
    """
    Is {a} {more} than {b}?
    [Is it true|Is it right|Is it correct] that {a} is {more} than {b}?
    {a} is {more} than {b}[, right?|, isn't it?|, true or false?|?]
    [Would you say|Do you think] [|that ]{a} is {more} than {b}?
    True or false: {a} is {more} than {b}[.|?|]
    """,
    """
    I say {a} is {more} than {b}. Am I right?
    Can it be that {a} is {more} than {b}?
    """,
)
COUNT = phrasing(
    """
    Count [to|up to|till|until] {b}[.|!|]
    [Please|Pls|Now] count [to|up to] {b}[.|]
    [Can|Could|Will] you count [to|up to] {b}[| for me]?
    [I want|I'd like] you to count to {b}[.|]
    [Count|Say the numbers|List the numbers|Give me the numbers] from 1 to {b}[.|]
    [Name|Write|Write down|Show me|Print] [all |]the numbers [from 1 to|up to] {b}[.|]
    [Numbers|All numbers|The numbers] from 1 [to|up to] {b}[.|]
    [Do you know how to|Can you] count [to|up to|from 1 to] {b}?
    [Start at|Begin with|Start with] 1 and count [to|up to] {b}[.|]
    [Let's|Let us] count to {b}[.|!|]
    1 to {b}[, please|, please.|]
    Count [for me |]to {b}[, please.|, Tiny.| now.| please]
    [What are|Which are] the numbers from 1 to {b}?
    """,
    """
    Say all numbers up to {b}, one after the other.
    I would like to hear you count till {b}.
    Go from 1 to {b}.
    """,
)
COUNT_BETWEEN = phrasing(
    """
    Count from {a} to {b}[.|]
    [Please|Now] count from {a} to {b}[.|]
    [Can|Could] you count from {a} to {b}?
    [Say|List|Write|Give me|Show me] the numbers from {a} to {b}[.|]
    [Start at|Begin with|Start with] {a} and count to {b}[.|]
    [What are|Which are] the numbers from {a} to {b}?
    Numbers [from {a} to|between {a} and] {b}, both included[.|]
    """,
    """
    Go from {a} to {b}, number by number.
    Begin at {a} and stop at {b}. Count.
    """,
)
COUNT_DOWN = phrasing(
    """
    Count [down|backwards|back] from {a}[.|!|]
    Count [down|backwards] from {a} to 1[.|]
    [Please|Can you|Could you] count [down|backwards] from {a}[?|.|]
    [Start|Do|Make|Give me] a countdown from {a}[.|]
    [Start at|Begin with] {a} and count [down|backwards][.|]
    Countdown from {a}[.|!|]
    """,
    """
    Rocket start: count backwards, {a} is first.
    Say the numbers down from {a} until you are at 1.
    """,
)
NEXT = phrasing(
    """
    [What|Which] number [comes|is|follows] {where} {a}?
    What [comes|is] {where} {a}?
    [What is|What's|Tell me|Say|Give me] the number {where} {a}[?|.|]
    [The number|Number] {where} {a}[?| is| is?]
    {a}: [what|which number] comes {where} [it|that]?
    [Which|What] is the number [right|just|directly] {where} {a}?
    [Do you know|Can you tell me] [what|which number] comes {where} {a}?
    [I am at|I count, and I am at] {a}[. What|. Which number|, what] [comes|is] {where} it?
    {where} {a} comes [what|which number]?
    [When I count|If I count], [what|which number] comes {where} {a}?
    [Which|What] number do I [say|count] {where} {a}?
    """,
    """
    Name the number that comes {where} {a}.
    The number {where} {a} is which one?
    """,
)
SORT = phrasing(
    """
    [Sort|Order|Arrange|Rank] {list}[.|]
    [Sort|Order|Arrange] [these|the|the following] numbers[: | - |. ]{list}[.|]
    [Please|Can you|Could you|Pls] [sort|order] [these numbers: |the numbers |]{list}[?|.|]
    [Put|Bring] {list} in[to|] [order|the right order][.|]
    [Put|Bring] [these|the] numbers in[to|] order: {list}[.|]
    {list}[ - |. |: ][sort|sort them|put them in order|order them, please|sort, please]
    [What is|What's|Tell me|Give me] the [right |]order of {list}[?|.]
    [I have|Here are] [the numbers |some numbers: |]{list}. [Sort them|Please sort them][.|]
    [Sort|Order] {list} from [small to big|smallest to biggest|low to high][.|]
    [Write|List|Give me] {list} [in order|sorted][.|, please.]
    Sort [for me|this list|the list|this]: {list}[.|]
    """,
    """
    Make an ordered list of {list}.
    Which order do {list} have when they are sorted?
    Begin with the smallest and write down {list}.
    """,
)
SORT_DOWN = phrasing(
    """
    [Sort|Order|Arrange] {list} from [big to small|biggest to smallest|high to low][.|]
    [Sort|Order|Arrange] {list} [in descending order|backwards|in reverse|downwards][.|]
    [Please|Can you|Could you] sort {list} [in descending order|from big to small][?|.|]
    Sort [these numbers|the numbers], [biggest|largest|highest] first: {list}[.|]
    [Put|Bring] {list} in descending order[.|]
    [Biggest|Largest|Highest] [number |]first[:|, please:] {list}[.|]
    """,
    """
    Begin with the biggest and write down {list}.
    List {list} with the highest on top.
    """,
)
PARITY = phrasing(
    """
    Is {a} [even or odd|an even or an odd number|an even number or an odd one]?
    Is {a} odd or even?
    [Is the number|Is] {a} [even|odd][|, yes or no]?
    {a}[ -|:|,] [even or odd|odd or even][?|]
    [Even or odd|Odd or even][:|,|] {a}[?|]
    [Tell me|Do you know|Can you say] [if|whether] {a} is [even or odd|odd or even|even|odd][.|?]
    [What|Which] is {a}, [even or odd|odd or even]?
    [Check|Find out] [if|whether] {a} is [even|odd|even or odd][.|]
    {a} is [even or odd|odd or even]?
    Is {a} an [even|odd] number?
    [Is it true that|Is it right that|Do you think] {a} is [even|odd]?
    [Would you call|Do you call] {a} [even or odd|an even or an odd number]?
    """,
    """
    Does {a} belong to the even or to the odd numbers?
    I have the number {a}. Is that an odd one or an even one?
    """,
)
BIGGEST = phrasing(
    """
    [Which|What|Which number|Which one] is the {most}[: |, ]{list}?
    [What is|What's|Tell me|Give me|Find] the {most} [of|number of|number in|among] {list}[.|?|]
    [Which|Which one|Which number] of {list} is the {most}?
    {list}[:|,| -] [which|which one|which number|what] is the {most}?
    [The |]{most} [of|number of|in|among] {list}[?|.|]
    [Of|Among|Between] {list}, [which|which one|what] is [the |]{most}?
    [Pick|Choose|Find|Show me] the {most} [number|one][: | of ]{list}[.|]
    [Can|Could] you [find|name|tell me] the {most} [of|number of|among] {list}?
    I have [the numbers |]{list}[. Which|. Which one|, which|, which one] is the {most}?
    Here are [some |]numbers: {list}. [What|Which] is the {most}?
    """,
    """
    Look at these: {list}. Say the {most}.
    Tell me which number is {most} when you see {list}.
    """,
)
MORE = "bigger|bigger|larger|greater|higher"
LESS = "smaller|smaller|lower"
MOST = "biggest|largest|greatest|highest"
LEAST = "smallest|lowest"
