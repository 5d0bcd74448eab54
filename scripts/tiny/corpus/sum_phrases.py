"""How people ask for a sum: as an expression, in words, and in a story."""

from __future__ import annotations

from .phrases import phrasing

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
