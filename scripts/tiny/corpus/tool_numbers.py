"""Families of tools that calculate: sums, products, formulas, units."""

from __future__ import annotations

from random import Random

from .phrases import Split, phrasing
from .tool_schemas import Family, Param, Told, Values, fill, value_of

_FIRST = Param("a", "a|a|x|first|num1|left", "number|integer", "First number|The first number|")
_SECOND = Param("b", "b|b|y|second|num2|right", "number|integer", "Second number|The second one|")


def _draw_numbers(r: Random, split: Split) -> Values:
    del split  # the number pairs are too many to know them by heart
    most = r.choice([20, 99, 99, 999])
    return {"a": r.randint(0, most), "b": r.randint(0, most)}


def _tell_number(x: float, r: Random, sentence: str) -> Told:
    return value_of(r, "result|result|value|answer|output", x, sentence), f"The result is {x}."


SUM = Family(
    "sum",
    phrasing("[add|add|add_numbers|sum|calculate_sum|plus]", "[get_sum|adder|sum_two]"),
    "[Add|Adds] two numbers|Returns the sum of two numbers|Calculate a sum",
    (_FIRST, _SECOND),
    phrasing(
        """
        [What is|What's|Whats|How much is|Calculate|Compute] {a}[ + | plus |+]{b}[?|]
        [Add|Sum|Please add|Add up|Sum up|Add together] {a} and {b}[.|, please.|]
        {a}[ + |+| plus ]{b}[?| = ?| =|= ?| is what?|]
        [What is|What's|Give me|Tell me|Find|Calculate] the [sum|total] of {a} and {b}[?|]
        [Can|Could|Would] you [add|sum up|calculate the sum of] {a} and {b}[| for me]?
        [How much|What] do {a} and {b} [make|give][| together]?
        [How much|What] do I get [if|when] I add {a} [to|and] {b}?
        I [have|own] {a} [apples|coins] and [get|find] {b} more[.|,] How many do I have[| now]?
        [Take|Start with] {a} and add {b}[.|]
        [I need|I want|I'd like] [the sum of|the total of|to add] {a} and {b}[.|]
        [Use the tool|Use your tool|Use a tool] to add {a} and {b}[.|]
        [What is|What's] the result of {a}[ + | plus ]{b}?
        [Sum|Addition|Add|Total]: {a}, {b}
        [I have to add|Help me to add|Let us add|I would like you to add] {a} [and|to] {b}[.|]
        [A shirt|A book|A bag] costs {a} and [a hat|a lamp|a ball] {b}[.|,] What is the [sum|total]?
        """,
        """
        Please tell me what {a} and {b} are together.
        {a} increased by {b} is how much?
        If I put {a} and {b} together, how much is it?
        """,
        last="""
        [hey|ok|hi|so][,|] [whats|how much is|what is] {a}[ plus | + |+]{b}[ please| pls|][?|]
        I [spent|paid] {a} for food and {b} for [books|shoes][.|,] [What's|How much is] the total?
        There are {a} [boys|men] and {b} [girls|women][.|,] how many [is that |]in total?
        Adding {a} [and|to] {b}, [what do you get|what comes out|what's the result]?
        {a} and {b}[, please|][,|:] [add them|sum them up|add them up|what's the sum][.| for me.|]
        [can u|could you please|would you kindly] [add|sum|add up|total] {a} and {b}[ for me|][?|]
        One [number|bill|score] is {a}, [the other|the second] one is {b}[.|,] [Add|Sum] them up[.|]
        [I'm bad at math|For my homework|Just checking], [what's|what is] {a}[ plus | + ]{b}[?|]
        [The sum|The total|Just the sum] of {a} and {b}, [please|thanks|if you can|quickly][.|]
        I had {a} [points|stamps|cards] and [then got|was given] {b} more[.|,] how many is that now?
        {a} plus {b}[, please|, right now|, quickly|, what is it|, thanks][?|.|]
        To {a}[, please|], add {b}[.|, please.| and tell me the result.|]
        """,
    ),
    _draw_numbers,
    lambda r, v: _tell_number(v["a"] + v["b"], r, f"{v['a']} + {v['b']} = {v['a'] + v['b']}"),
    (
        "[Add|Add up|Sum up|Please add] [two|some|the|these] numbers[.|, please.|]",
        "Which numbers do you mean?",
        "[{a} and {b}|{a}, {b}|I mean {a} and {b}|{a} {b}][.|, please.|]",
    ),
)
PRODUCT = Family(
    "product",
    phrasing("[multiply|multiply|multiply_numbers|product|times]", "[get_product|mul|multiplier]"),
    "[Multiply|Multiplies] two numbers|Returns the product of two numbers|Calculate a product",
    (_FIRST, _SECOND),
    phrasing(
        """
        [What is|What's|Whats|How much is|Calculate|Compute] {a}[ * | times | x |*]{b}[?|]
        [Multiply|Please multiply] {a} [and|by|with] {b}[.|, please.|]
        {a}[ * |*| times | x ]{b}[?| = ?| =|= ?| is what?|]
        [What is|What's|Give me|Tell me|Find|Calculate] the product of {a} and {b}[?|]
        [Can|Could|Would] you multiply {a} [and|by|with] {b}[| for me]?
        [How much|What] [is|makes] {a} multiplied by {b}?
        [How much|What] do I get [if|when] I multiply {a} [by|with] {b}?
        I have {a} [boxes|bags] with {b} [apples|coins] each[.|,] How many [apples|coins] is that?
        [Take|Start with] {a} and multiply it by {b}[.|]
        [I need|I want|I'd like] [the product of {a} and {b}|to multiply {a} by {b}][.|]
        [Use the tool|Use your tool|Use a tool] to multiply {a} [and|by] {b}[.|]
        [Product|Multiplication|Multiply]: {a}, {b}
        [I have to multiply|Help me to multiply|Let us multiply] {a} [and|by|with] {b}[.|]
        One [ticket|book|lamp] costs {a}[.|,] [What do|How much do] {b} of them cost?
        [What is|What's] the result of {a}[ * | times ]{b}?
        """,
        """
        Please tell me how much {a} times {b} makes.
        {a} taken {b} times is how much?
        Give me {a} multiplied with {b}.
        """,
        last="""
        [hey|ok|hi|so][,|] [whats|how much is|what is] {a}[ times | x | * |*]{b}[ please| pls|][?|]
        I [read|copy] {a} pages a day for {b} days[.|,] how many pages is that[ in total|, please|]?
        There are {a} rows [of|with] {b} [chairs|plants] each[.|,] how many are there[ in total|]?
        Multiplying {a} [and|by|with] {b}, [what do you get|what comes out|what's the result]?
        {a} and {b}[, please|][,|:] [multiply them|what's their product|take the product][ for me.|]
        [could you please|would you kindly|pls] multiply {a} [and|by|with] {b}[ for me| please|][?|]
        [I'm bad at math|I can't multiply|For my homework], [what's|what is] {a}[ times | * ]{b}[?|]
        The product of {a} and {b}, [please|thanks|if you can|quickly|right now][.|]
        [A room|My yard] is {a} meters long and {b} meters wide[.|,] [How big|What area] is it?
        {a} times {b}[, please|, right now|, quickly|, what is it|, thanks][?|.|]
        [We order|I buy] {a} [cups|tickets] at {b} dollars each[.|,] [What|How much] is the total?
        Each [ticket|chair] is {a} dollars and I need {b}[.|,] [What|How much] do I pay[ in total|]?
        """,
    ),
    _draw_numbers,
    lambda r, v: _tell_number(v["a"] * v["b"], r, f"{v['a']} * {v['b']} = {v['a'] * v['b']}"),
    (
        "[Multiply|Please multiply] [two|some|the|these] numbers[.|, please.|]",
        "Which numbers do you mean?",
        "[{a} and {b}|{a}, {b}|I mean {a} and {b}|{a} {b}][.|, please.|]",
    ),
)


def _draw_formula(r: Random, split: Split) -> Values:
    del split
    a, b, c = (r.randint(1, 50) for _ in range(3))
    formula, x = r.choice([
        (f"{a} + {b}", a + b), (f"{a} * {b}", a * b), (f"{a + b} - {b}", a),
        (f"{a * b} / {b}", a), (f"{a} * {b} + {c}", a * b + c), (f"({a} + {b}) * {c}", (a + b) * c),
    ])  # fmt: skip
    return {"e": formula, "x": x}


CALCULATOR = Family(
    "calculator_sum_product",
    phrasing("[calculate|calculate|calculator|calc|evaluate|math]", "[compute|eval_expression]"),
    "[Calculate|Evaluate|Computes] [an expression|a formula|a mathematical expression]",
    (Param("e", "expression|expression|expr|formula|input", about="The expression|A formula|"),),
    phrasing(
        """
        [What is|What's|Whats|How much is] {e}[?|]
        [Calculate|Compute|Evaluate|Work out|Solve|Please calculate] {e}[.|, please.|]
        {e}[?| = ?| =|]
        [Can|Could|Would] you [calculate|compute|work out|evaluate] {e}[| for me]?
        [Tell me|Give me|What is|What's] the [result|value] of {e}[?|]
        [I need|I want|I'd like] [the result|the value] of {e}[.|]
        [Use the calculator|Use the tool|Use your calculator][:| for] {e}
        [How much|What] [do I get|comes out] [for|of] {e}?
        [Calculator|Math|Formula|Expression|Result]: {e}
        [Do you know|Can you say|I wonder|I want to know] [what|how much] {e} is[?|]
        [Quick|Please], [how much is|what is] {e}?
        [Help me with|I can't do this:|My homework is|Solve this:] {e}
        """,
        """
        Please find out how much {e} is.
        Do the math: {e}
        {e} gives what?
        """,
        last="""
        [hey|ok|hi|so][,|] [whats|how much is|calc] {e}[ please| pls|][?|]
        {e}[, please|, right now|, quickly|, what is it|, what's the result][?|.|]
        [can u|could you please|would you kindly|pls] [calculate|solve|figure out] {e}[ for me|][?|]
        [I'm bad at math|I can't do it in my head|Just checking][.|,] [what is|how much is] {e}[?|]
        [My son|My teacher|A friend] asked me [what|how much] {e} is[.|,] [Help me|Calculate it][.|]
        [The result|The value|The answer] [of|for] {e}, [please|thanks|if you can|right now][.|]
        If I [type|enter|put] {e} into a calculator, what [do I get|comes out|does it show]?
        [Here is|I have|I've got] [a formula|an expression|a calculation] [for you|to solve]: {e}
        [Check|Run|Crunch] [this|the numbers|this calculation][ for me| please|]: {e}
        What does {e} [equal|come to|come out to|evaluate to][, please|, exactly|][?|]
        I need {e} [solved|calculated|worked out|evaluated][, please|, quickly|][.|]
        [Before I pay|For my homework|For the bill], [calculate|work out|check] {e}[.|, please.|]
        """,
    ),
    _draw_formula,
    lambda r, v: _tell_number(v["x"], r, f"{v['e']} = {v['x']}"),
)

_FACTORS = {
    ("km", "miles"): 0.621, ("kg", "pounds"): 2.205, ("meters", "feet"): 3.281,
    ("liters", "gallons"): 0.264, ("hours", "minutes"): 60, ("grams", "ounces"): 0.035,
    ("cm", "inches"): 0.394, ("dollars", "euros"): 0.9, ("weeks", "days"): 7,
}  # fmt: skip


def _draw_amount(r: Random, split: Split) -> Values:
    del split
    pair, factor = r.choice(list(_FACTORS.items()))
    if r.random() < 0.5:
        pair, factor = (pair[1], pair[0]), 1 / factor
    amount = r.randint(2, 100) if r.random() < 0.8 else r.randint(11, 99) / 10
    found = round(amount * factor, 2)
    found = int(found) if found == int(found) else found
    return {"v": amount, "f": pair[0], "t": pair[1], "x": found}


def _tell_amount(r: Random, v: Values) -> Told:
    sentence = fill("{v} {f} = {x} {t}", v)
    result = value_of(r, f"result|value|converted|output|{v['t']}", v["x"], sentence)
    return result, fill("{v} {f} is {x} {t}.", v)


CONVERT = Family(
    "convert",
    phrasing("[convert_units|convert|unit_converter|convert_unit]", "[change_units|to_unit]"),
    "[Convert|Converts] [units|a value from one unit to another|a quantity]|Unit conversion",
    (
        Param("v", "value|amount|number|quantity", "number", "The value|The number|"),
        Param("f", "from|from_unit|source|unit_from", about="Unit to convert from|Given unit|"),
        Param("t", "to|to_unit|target|unit_to", about="Unit to convert to|Wanted unit|"),
    ),
    phrasing(
        """
        [Convert|Please convert|Change|Turn] {v} {f} [to|into] {t}[.|, please.|]
        How many {t} [are|are in|make] {v} {f}?
        [What is|What's|Whats|How much is] {v} {f} in {t}[?|]
        {v} {f} [in|to|into] {t}[?|, please.|]
        [Can|Could|Would] you convert {v} {f} [to|into] {t}[| for me]?
        [Tell me|Give me|I need|I want|Calculate] {v} {f} in {t}[.|]
        [I have|It is|The sign says] {v} {f}[.|,] [What|How much] is that in {t}?
        [Do you know|Can you tell me|I wonder] how many {t} {v} {f} are[?|]
        [Express|Write|Give] {v} {f} in {t}[.|]
        {v} {f}[:| -|,] [how many {t}|what is that in {t}]?
        [For|With|If I have] {v} {f}, how many {t} is that?
        [Converting|Conversion|Convert][:| from] {v} {f} to {t}
        [What would|What do] {v} {f} be in {t}?
        [My recipe|My map|My book|The form] says {v} {f}[.|,] [Convert it|Change that] to {t}[.|]
        [I would like|I'd like|I need] to convert {v} {f} [to|into] {t}[.|]
        How [much is|much would be] {v} {f}[,|] in {t}?
        """,
        """
        Make {t} out of {v} {f}.
        I only understand {t}. What is {v} {f}?
        {v} {f} would be how many {t}?
        """,
        last="""
        [hey|ok|hi|so][,|] [whats|how much is|what's] {v} {f} in {t}[ please| pls|][?|]
        {v} {f}, in {t}[, please|, thanks|, if you can|, right now][.|]
        In {t}, [how much is|what is|how much are|what would be] {v} {f}[?|]
        [can u|could you please|pls] [convert|change|turn] {v} {f} [to|into] {t}[ for me|][?|]
        [I'm bad at math|Just checking|For my homework][:|,] how many {t} [is|are] {v} {f}[?|]
        My [friend|uncle|teacher] said {v} {f}[.|,] but I need [it in|that in|the number in] {t}[.|]
        If [something|this] is {v} {f}, [what is it|how much is that|what would that be] in {t}[?|]
        [From|Convert from|Going from] {f} to {t}[, please|][:|, the value is] {v}
        [Help me to|I have to|I want to] [turn|change|convert] {v} {f} [to|into] {t}[.|, please.|]
        [Give me|I need|Show me] the [number|amount] of {t} in {v} {f}[, please|, thanks|][.|]
        [Unit check|Quick conversion|Conversion please|Units], {v} {f} [to|into|in] {t}[.|]
        [What do|How much do] {v} {f} [come to|make|amount to] in {t}[, please|, exactly|][?|]
        """,
    ),
    _draw_amount,
    _tell_amount,
    (
        "[Convert|Please convert] {v} {f}[.|]|I want to convert {v} {f}[.|]",
        "To which unit?",
        "[To |Into |In |]{t}[.|, please.|]",
    ),
)
