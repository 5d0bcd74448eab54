"""Small arithmetic, and what else one does with small numbers: compare, count, sort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .phrases import Phrasing, Split, one, phrasing
from .turns import Asked, is_held
from .words import NUMBER_WORDS, first_upper, name

FOODS = "apple pear plum banana lemon orange melon kiwi cookie cake egg".split()
COUNTED = "book ball hat key stone flower pencil letter ring coin card balloon cup toy".split()
LOSING = (
    ("eat", "eats", "ate"), ("lose", "loses", "lost"), ("sell", "sells", "sold"),
    ("give away", "gives away", "gave away"),
)  # fmt: skip
"""What happens to things, by me, by another and in the past; only food is eaten."""

EXPRESSION = phrasing(
    """
    {x}[|?| =| = ?|=|=?|.]
    [What is|What's|Whats] {x}[?|]
    [How much is|How much are|how much is] {x}[?|]
    [Calculate|Compute|Solve|Evaluate|Do][| this:] {x}[.|]
    [Please|Pls] [calculate|compute|solve] {x}[.|]
    [Calculate|Compute|Solve] {x}[,|] [please|for me|now][.|]
    [Can you|Could you|Could you please|Will you] [calculate|compute|solve] {x}[| for me]?
    [Tell me|Say|Give me] [what {x} is|the answer to {x}|the result of {x}|how much {x} is][.|]
    [Do you know|Can you tell me|Could you tell me] [what {x} is|how much {x} is|what is {x}]?
    {x} [is|equals|makes|gives] [what|how much|what number|which number|...]
    {x} is[?|]
    [What does|How much does] {x} [make|give|equal]?
    What [do you|do I|do we] get [for|from|with] {x}?
    [Quick math|Math|Maths|Math question|Quick question|Homework|Easy one|Calc]: {x}[?|]
    [I need|I want|I'd like] [the result of|to know|the answer to] {x}[, please|][.|]
    [What is|What's] the [answer to|result of|value of|solution of] {x}?
    [Help me with|Find|Figure out|I need help with] {x}[.|, please.|]
    I [can not|can't|cannot] [solve|do|figure out] {x}[. What is it?|, can you?]
    [My teacher|My son|Somebody|My boss] [asks|asked][| me] what {x} is[.|]
    {x}, [please|what is it?|how much is that?|what is that?]
    [Hey|Hi|Ok|So|And|Now][,|] [what is|what's|how much is] {x}?
    """,
    """
    Please work out {x}.
    What would {x} be?
    How many is {x}?
    Which number is equal to {x}?
    Let us see if you can do {x}.
    """,
)

PLUS = phrasing(
    """
    [Add|Sum|Sum up|Add up|Add together] {a} and {b}[.|]
    Add {a} to {b}[.|]
    [What is|What's|Whats] the [sum|total] of {a} and {b}?
    [Tell me|Give me|Calculate|Find|I need] the sum of {a} and {b}[.|]
    [Sum of|The sum of|Total of] {a} and {b}[?|]
    [What do you get|What do I get|What comes out] [when|if] [you|I|we] add {a} and {b}?
    [What do|How much do] {a} and {b} make[| together]?
    {a} and {b} [make|give|is|are|together make] [what|how much]?
    {a} and {b} together[?| is?]
    [What is|How much is] {a} [increased by|and then|and another] {b}?
    [If|When] I add {a} to {b}, [what do I get|what is it|how much is it]?
    [Can|Could] you add {a} and {b}[| for me]?
    """,
    """
    Put {a} and {b} together. Which number is that?
    I count {a} and then {b} further. Where am I?
    Please build the sum from {a} and {b}.
    """,
)
MINUS = phrasing(
    """
    [Subtract|Take|Take away|Deduct] {b} from {a}[.|]
    [What is|What's|Tell me|Give me] the difference [between|of] {a} and {b}[?|]
    [What is|How much is|What's] left [if|when] [I|you|we] take {b} [away |]from {a}?
    {a} [take away|less|without] {b}[?|]
    [What is|How much is] {b} less than {a}?
    [What is|How much is] {a} [reduced by|decreased by|without|less] {b}?
    From {a} [subtract|take|take away] {b}[.|]
    [What do I get|What remains|What is it] [when|if] I [subtract|take] {b} from {a}?
    How much [more|bigger|larger] is {a} than {b}?
    Start [at|with] {a} and take away {b}[.|]
    [Can|Could] you subtract {b} from {a}[| for me]?
    """,
    """
    Remove {b} from {a}. What number is it now?
    How far is it from {b} up to {a}?
    I count back {b} steps from {a}. Where am I?
    """,
)
TIMES = phrasing(
    """
    Multiply {a} [by|with|and] {b}[.|]
    [What is|What's|Tell me|Give me] the product of {a} and {b}[?|]
    [What do you get|What do I get|What is it] [when|if] [you|I|we] multiply {a} [by|with|and] {b}?
    [Product of|The product of] {a} and {b}[?|]
    [Can|Could] you multiply {a} [by|with] {b}[| for me]?
    {a} [groups|rows|lots|packs] of {b}[?| is?| is how much?]
    [What is|How much is] {a} multiplied with {b}?
    {a} times the number {b}[?|.| is what?]
    """,
    """
    Please find the product when {a} meets {b}.
    I add up {a} copies of {b}. What is the result?
    """,
)
OVER = phrasing(
    """
    Divide {a} [by|with] {b}[.|]
    [Split|Share|Cut|Divide] {a} [into|in] {b} [equal |]parts[.|]
    [What is|How much is] {a} [split|divided|shared] [into|in] {b} [equal |]parts?
    How [many times|often] does {b} [fit|go] [in|into] {a}?
    How [many times|often] [is {b} in|do I find {b} in] {a}?
    [What is|What's|Tell me|Give me] the quotient of {a} and {b}[?|]
    [What do you get|What do I get|What is it] [when|if] [you|I|we] divide {a} by {b}?
    [Can|Could] you divide {a} by {b}[| for me]?
    """,
    """
    Into {b} equal pieces I cut {a}. How big is a piece?
    By what must I multiply {b} to reach {a}?
    """,
)
DOUBLE = phrasing(
    """
    [What is|What's|How much is] [double|the double of|twice] {b}?
    [Double|Twice] {b}[?|.|]
    """,
    "Which number is twice as big as {b}?",
)
HALF = phrasing(
    """
    [What is|What's|How much is] [half|the half|one half] of {a}?
    [Half|The half] of {a}[?|.|]
    Halve {a}[.|]
    """,
    "Which number is half as big as {a}?",
)

GET_MORE = phrasing(
    """
    I have {a} {p} and [get|buy|find|take|receive] {b} more. How many {p} do I have[| now| in all]?
    I [had|have|got] {a} {p}. [Then I|I|Now I] [get|buy|find] {b} more. How many do I have now?
    I have {a} {p} and [get|buy|find] {b} more. How many[| is that| are there| do I have]?
    {n} has {a} {p} and [gets|buys|finds] {b} more. How many {p} does {n} have[| now]?
    {n} has {a} {p} and {m} has {b}[| {p}]. How many [{p} |]do they have [together|in all|in total]?
    There are {a} {p} on the [table|bed] and {b} on the [floor|chair]. How many {p} are there?
    I [buy|see|find] {a} {p} [on Monday|today] and {b} [on Tuesday|tomorrow]. How many is that?
    If {n} gives me {a} {p} and {m} gives me {b}, how many [{p} |]do I have?
    [You have|Imagine you have|Say you have] {a} {p} and [get|find] {b} more. How many do you have?
    {a} {p} [and|plus] {b} {p}[:|,| -] how many [{p} |][is that|are there|in all]?
    A box has {a} {p}. [I|We] put in {b} more. How many [{p} |]are in it[| now]?
    My [mother|brother|friend] has {a} {p}, I have {b}. How many do we have together?
    """,
    """
    {n} picks {a} {p} before lunch and {b} after lunch. What is the total?
    On one shelf are {a} {p}, on the other {b}. How many lie on both?
    Yesterday I got {a} {p}, today {b}. How many did I get?
    """,
)
LOSE_SOME = phrasing(
    """
    I have {a} {p} and {v} {b}[| of them]. How many [{p} |][are left|do I have left|do I have now]?
    I had {a} {p}. I {vd} {b}. How many [{p} |][are left|do I have now|do I still have]?
    {n} has {a} {p} and {vs} {b}. How many [{p} |][does {n} have left|does {n} have now|are left]?
    {n} had {a} {p} and {vd} {b}[| of them]. How many [{p} |][are left|does {n} still have]?
    There are {a} {p} [on the table|in the box]. [I take|{n} takes] {b}. How many are left?
    If I have {a} {p} and {v} {b}, how many [{p} |][are left|do I have|do I have then]?
    [You have|Imagine you have|Say you have] {a} {p}. You {v} {b}. How many are left?
    {a} {p} minus {b} {p}[:|,] how many [is that|are left]?
    Of {a} {p} I {v} {b}. How many [are left|do I keep|do I still have]?
    {n} has {a} {p}, {m} has {b}. How many more [{p} |]does {n} have[| than {m}]?
    A box had {a} {p}. I took out {b}. How many are [left|in it now|still in it]?
    """,
    """
    {b} of my {a} {p} are broken. How many are not?
    Out of {a} {p}, {n} {vd} {b}. How many remain?
    We bought {a} {p} and {b} are gone already. What do we have?
    """,
)
MANY_TIMES = phrasing(
    """
    There are {a} [boxes|bags|baskets] with {b} {p} each. How many {p} are there[| in all]?
    I have {a} [boxes|bags|baskets] of {b} {p}[| each]. How many {p} do I have[| in all]?
    {n} buys {a} {p} [every day|each day|a day] for {b} days. How many [{p} |]is that?
    Each of {a} children [has|gets|brings] {b} {p}. How many {p} [are there|is that]?
    [One|A] box holds {a} {p}. How many {p} are in {b} boxes?
    {a} [children|friends|people] [have|bring|get] {b} {p} each. How many {p} [are there|is that]?
    {a} [boxes|bags], {b} {p} in each[.|:|,] [How|how] many {p}[| is that| in all]?
    If [one|a] bag has {a} {p}, how many are in {b} bags?
    """,
    """
    {n} fills {a} bowls and puts {b} {p} into every one. How many {p} does it take?
    In each of the {a} rooms lie {b} {p}. What is the total?
    """,
)
SHARE = phrasing(
    """
    {a} {p} [are shared by|for] {b} [children|friends|people]. How many does each get?
    I [share|split|divide] {a} {p} among {b} [friends|children|people]. How many [{p} |]for each?
    [{n} has|I have] {a} {p} and {b} [boxes|bags]. How many {p} go into each[| of them]?
    {b} [children|friends|people] share {a} {p}. How many [{p} |]does each get?
    {a} {p} in {b} [boxes|bags|rows][:|,] how many in [each|every one]?
    If {b} [friends|people] share {a} {p}, how many [{p} |]does [each|everyone] get?
    {n} puts {a} {p} into {b} [boxes|bags], the same number in each. How many are in each?
    """,
    """
    {a} {p} are dealt out fairly to {b} players. What does a player receive?
    Each of {b} people takes the same part of {a} {p}. How many is it per person?
    """,
)


@dataclass(frozen=True)
class Operation:
    """One of the four: how it is written and spoken, asked for in words, and put into a story."""

    sign: str
    written: str
    spoken: str
    worded: Phrasing
    story: Phrasing
    thought: str
    apply: Callable[[int, int], int]


OPERATIONS = (
    Operation(
        "+", "+", "plus", PLUS, GET_MORE,
        "{a} plus {b}: count on from {a}, {x}.", lambda a, b: a + b,
    ),
    Operation(
        "-", "-|-|-|−", "minus", MINUS, LOSE_SOME,
        "{a} minus {b}: count back from {a}, {x}.", lambda a, b: a - b,
    ),
    Operation(
        "*", "*|x|×", "times|times|multiplied by", TIMES, MANY_TIMES,
        "{a} times {b}: {b} taken {a} times, {x}.", lambda a, b: a * b,
    ),
    Operation(
        "/", "/|/|÷", "divided by|divided by|over", OVER, SHARE,
        "{a} divided by {b}: {b} times {x} is {a}, so {x}.", lambda a, b: a // b,
    ),
)  # fmt: skip


def arithmetic(r: Random, split: Split = "train") -> Asked:
    """A sum with small numbers. Of all pairs of numbers a part is never trained."""
    while True:
        operation = r.choices(OPERATIONS, [35, 30, 22, 13])[0]
        a, b = _operands(r, operation.sign)
        if is_held_sum(operation.sign, a, b) == (split == "combo"):
            break
    x = operation.apply(a, b)
    form = r.choices(["expression", "worded", "story"], [50, 25, 25])[0]
    unit = ""
    if form == "story" and min(a, b) >= 2 and x >= 1 and b <= 20:
        question, unit = _story(r, operation.story, a, b, x, split)
    elif form != "expression" and x >= 0 and (operation.sign != "-" or a > b):
        question = _worded(r, operation, a, b, split)
    else:
        question = EXPRESSION.pick(r, split, x=_expression(r, operation, a, b))
    answer = f"{a} {operation.sign} {b} = {x}{unit}."
    thought = operation.thought.format(a=a, b=b, x=x)
    return Asked("arithmetic", first_upper(question), answer, str(x), {"result": x}, thought)


def is_held_sum(sign: str, a: int, b: int) -> bool:
    """Whether the pair is never trained, in whichever order; what everyone asks, 2 + 2, is."""
    if max(a, b) <= 3 or a == b:
        return False
    return is_held("sum", sign, *(sorted((a, b)) if sign in "+*" else (a, b)))


def _operands(r: Random, sign: str) -> tuple[int, int]:
    if sign == "*":
        return r.randint(0, 10), r.randint(0, 10)
    if sign == "/":
        divisor = r.randint(1, 10)
        return divisor * r.randint(0, 10), divisor
    a, b = r.randint(0, 20), r.randint(0, 20)
    is_negative = sign == "-" and a < b
    return (b, a) if is_negative and r.random() < 0.92 else (a, b)


def _in_words_or_digits(r: Random, *numbers: int) -> list[str]:
    if max(numbers) <= 20 and r.random() < 0.15:
        return [NUMBER_WORDS[number] for number in numbers]
    return [str(number) for number in numbers]


def _expression(r: Random, operation: Operation, a: int, b: int) -> str:
    if r.random() < 0.6:
        space = r.choice(["", " ", " "])
        return f"{a}{space}{one(r, operation.written)}{space}{b}"
    first, second = _in_words_or_digits(r, a, b)
    return f"{first} {one(r, operation.spoken)} {second}"


def _worded(r: Random, operation: Operation, a: int, b: int, split: Split) -> str:
    ways = operation.worded
    if operation.sign == "*" and a == 2 and r.random() < 0.5:
        ways = DOUBLE
    elif operation.sign == "/" and b == 2 and r.random() < 0.5:
        ways = HALF
    first, second = _in_words_or_digits(r, a, b)
    return ways.pick(r, split, a=first, b=second)


def _story(r: Random, ways: Phrasing, a: int, b: int, x: int, split: Split) -> tuple[str, str]:
    """A story with the numbers in it, and what is counted there as it follows `x`."""
    thing = r.choice(FOODS + COUNTED)
    i_lose, one_loses, i_lost = r.choice(LOSING if thing in FOODS else LOSING[1:])
    first, second = _in_words_or_digits(r, a, b)
    person = other = name(r, split)
    while other == person:
        other = name(r, split)
    question = ways.pick(
        r, split, a=first, b=second, p=thing + "s", v=i_lose, vs=one_loses, vd=i_lost,
        n=person, m=other,
    )  # fmt: skip
    return question, f" {thing}" if x == 1 else f" {thing}s"


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


def compare(r: Random, split: Split = "train") -> Asked:
    """Which of two numbers is bigger or smaller, or whether one is."""
    a, b = _unheld(r, split, "compare", lambda: r.sample(range(_top(r) + 1), 2))
    first, second = _in_words_or_digits(r, a, b)
    word, words = r.choice([("bigger", MORE), ("smaller", LESS)])
    slots = {"a": first, "b": second, "more": one(r, words)}
    wanted, other = (max(a, b), min(a, b)) if word == "bigger" else (min(a, b), max(a, b))
    if r.random() < 0.3:
        question = IS_BIGGER.pick(r, split, **slots)
        is_right = a == wanted
        real = word if is_right else {"bigger": "smaller", "smaller": "bigger"}[word]
        yes = "Yes" if is_right else "No"
        answer = f"{yes}, {a} is {real} than {b}."
        thought = f"{a} is {real} than {b}."
        return _asked(question, answer, yes, {"correct": is_right}, thought)
    question = BIGGER.pick(r, split, **slots)
    answer = f"{wanted} is {word} than {other}."
    return _asked(question, answer, str(wanted), {word: wanted}, f"{a} or {b}: {answer}")


def count_to(r: Random, split: Split = "train") -> Asked:
    """Counting up or down, from 1 or between two numbers."""
    if split == "combo" or r.random() < 0.35:
        a, b = _unheld(r, split, "count", lambda: r.sample(range(2, 21), 2))
        a, b = (min(a, b), max(a, b)) if r.random() < 0.8 else (max(a, b), min(a, b))
        ways = COUNT_BETWEEN
    elif r.random() < 0.25:
        (a, b), ways = (r.randint(2, 12), 1), COUNT_DOWN
    else:
        (a, b), ways = (1, r.randint(2, 20)), COUNT
    first, second = _in_words_or_digits(r, a, b)
    step = 1 if a < b else -1
    numbers = list(range(a, b + step, step))
    question = ways.pick(r, split, a=first, b=second)
    thought = f"I count from {a} to {b}."
    return _asked(question, _list(numbers), "", {"numbers": numbers}, thought)


def next_number(r: Random, split: Split = "train") -> Asked:
    """The number before or after another one."""
    (a,) = _unheld(r, split, "next", lambda: [r.randint(1, _top(r) - 1)])
    where, found = r.choice([("after", a + 1), ("before", a - 1)])
    (number,) = _in_words_or_digits(r, a)
    question = NEXT.pick(r, split, a=number, where=where)
    answer = f"{found} comes {where} {a}."
    step = "plus" if where == "after" else "minus"
    return _asked(question, answer, str(found), {"number": found}, f"{a} {step} 1 is {found}.")


def sort_numbers(r: Random, split: Split = "train") -> Asked:
    """Three to five numbers in order."""
    numbers = _some(r, split, "sort")
    is_down = r.random() < 0.25
    question = (SORT_DOWN if is_down else SORT).pick(r, split, list=_listed(r, numbers))
    numbers = sorted(numbers, reverse=is_down)
    thought = f"The {'biggest' if is_down else 'smallest'} is {numbers[0]}, the last {numbers[-1]}."
    return _asked(question, _list(numbers), "", {"numbers": numbers}, thought)


def even_or_odd(r: Random, split: Split = "train") -> Asked:
    """Whether a number is even."""
    (a,) = _unheld(r, split, "parity", lambda: [r.randint(0, _top(r))])
    (number,) = _in_words_or_digits(r, a)
    kind = "odd" if a % 2 else "even"
    question = PARITY.pick(r, split, a=number)
    values = {"number": a, "kind": kind}
    thought = f"{a} ends in {a % 10}, so it is {kind}."
    return _asked(question, f"{a} is {kind}.", kind.capitalize(), values, thought)


def biggest_of(r: Random, split: Split = "train") -> Asked:
    """The biggest or smallest of three to five numbers."""
    numbers = _some(r, split, "biggest")
    word, words, found = r.choice(
        [("biggest", MOST, max(numbers)), ("smallest", LEAST, min(numbers))]
    )
    question = BIGGEST.pick(r, split, list=_listed(r, numbers), most=one(r, words))
    thought = f"The numbers are {_list(numbers)}. The {word} is {found}."
    return _asked(question, f"{found} is the {word}.", str(found), {word: found}, thought)


def number_question(r: Random, split: Split = "train") -> Asked:
    """Any of what one does with numbers but arithmetic."""
    kinds = [compare, count_to, next_number, sort_numbers, even_or_odd, biggest_of]
    return r.choices(kinds, [25, 20, 15, 15, 12, 13])[0](r, split)


def _asked(question: str, answer: str, short: str, values: dict, thought: str) -> Asked:
    return Asked("numbers", first_upper(question), answer, short, values, thought)


def _top(r: Random) -> int:
    """The biggest number to draw: mostly small ones."""
    return r.choice([20, 20, 100])


def _unheld(r: Random, split: Split, skill: str, draw: Callable[[], list[int]]) -> list[int]:
    """Numbers of the split: combinations that are never trained, or those that are."""
    while True:
        numbers = draw()
        if is_held(skill, *sorted(numbers)) == (split == "combo"):
            return numbers


def _some(r: Random, split: Split, skill: str) -> list[int]:
    how_many = r.choice([3, 3, 4, 5])
    return _unheld(r, split, skill, lambda: r.sample(range(_top(r) + 1), how_many))


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _listed(r: Random, numbers: list[int]) -> str:
    """The numbers as people write them into a sentence."""
    *most, last = _in_words_or_digits(r, *numbers)
    if r.random() < 0.25:
        return " ".join([*most, last])
    return ", ".join(most) + r.choice([" and ", " and ", ", ", ", and "]) + last
