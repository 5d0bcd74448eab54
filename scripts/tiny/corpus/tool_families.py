"""Families of tools: what they are called, what people ask of them, and what they give back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from .facts import DAYS
from .phrases import Phrasing, Split, one, phrasing
from .words import ANIMALS, COLORS, FOODS, a, city, first_upper, name, new_word, some_words

Values = dict[str, Any]
"""What a question is about, by slot: {"c": "Paris"}. Slots of parameters are its arguments."""
Told = tuple["str | dict[str, Any]", str]
"""What a tool gives back, and the answer that is made of it."""


@dataclass(frozen=True)
class Param:
    """A parameter of a family's tools."""

    slot: str
    names: str
    kind: str = "string"
    """Its JSON type, "a|b" for one of two; "list" for a list of strings."""
    about: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    """Only some of the tools have it, and no question names a value for it."""


@dataclass(frozen=True)
class Family:
    """Tools for one purpose."""

    key: str
    """What it is for: tools of families that share a word of it do not stand side by side."""
    names: Phrasing
    about: str
    params: tuple[Param, ...]
    asked: Phrasing
    draw: Callable[[Random, Split], Values]
    tell: Callable[[Random, Values], Told]
    vague: tuple[str, str, str] | None = None
    """A question that lacks an argument, the question back, and what is said to that."""
    again: str = ""
    """A second question that leaves out what the first one said."""
    twice: str = ""
    """The slot that may hold two values at once: "in Paris and Rome"."""
    is_open_ended: bool = False
    """Questions may end with free text, which "and ..." would only prolong."""
    is_made_up: bool = False
    """A name and parameters of its own, known only from the schema."""


def fill(template: str, values: Values) -> str:
    """The template with its slots filled."""
    for slot, value in values.items():
        template = template.replace("{" + slot + "}", str(value))
    return template


def done(r: Random) -> str | dict[str, Any]:
    """What a tool gives back that has done something."""
    text = one(r, "ok|ok|OK|done|Done.|success|Success|true")
    status = {"status": one(r, "ok|done|success|sent|created")}
    flag = {one(r, "success|ok|done"): True}
    return r.choice([text, text, status, flag, {"id": r.randint(1, 999), **status}])


def value_of(r: Random, keys: str, value: object, sentence: str) -> str | dict[str, Any]:
    """A value as a tool gives it back: bare, as JSON under one of the keys, or in a sentence."""
    return r.choice([str(value), sentence, {one(r, keys): value}, {one(r, keys): value}])


def _does(answer: str) -> Callable[[Random, Values], Told]:
    return lambda r, values: (done(r), fill(answer, values))


CITY = Param(
    "c", "city|city|city|location|location|place|town|city_name",
    about="The city|City name|The name of the city|A place|The city and state, e.g. Boston, MA",
)
UNIT = Param("u", "unit|unit|units|format", choices=("celsius", "fahrenheit"), optional=True)
_FAR_CITIES = "New York|San Francisco|Los Angeles|New Delhi|Mexico City|Paris, France|Boston, MA"


def _draw_city(r: Random, split: Split) -> Values:
    if split == "train" and r.random() < 0.08:
        return {"c": one(r, _FAR_CITIES)}
    said = city(r, split)
    return {"c": said.lower() if split == "train" and r.random() < 0.06 else said}


def _tell_weather(r: Random, v: Values) -> Told:
    sky = one(r, "sunny|rainy|cloudy|windy|snowy|foggy|clear|stormy|dry|hot|cold")
    sky = new_word(r) if r.random() < 0.08 else sky
    degrees = r.randint(-15, 40)
    said = r.choice([degrees, degrees, f"{degrees}°C", f"{degrees} degrees", f"{degrees} C"])
    keys = one(r, "temperature|temp|degrees"), one(r, "condition|weather|description|sky|forecast")
    parts = [(keys[0], said), (keys[1], sky)]
    r.shuffle(parts)
    if r.random() < 0.12:
        parts = parts[:1]
        if parts[0][0] == keys[1]:
            return dict(parts), f"The weather in {v['c']} is {sky}."
        return dict(parts), f"The temperature in {v['c']} is {degrees} degrees."
    before = r.choice([[], [], [(one(r, "city|location|place"), v["c"])]])
    after = r.choice([[], [], [], [(one(r, "humidity|wind"), r.randint(0, 99))]])
    texts = f"{sky}, {degrees} degrees|{degrees} degrees and {sky}|It is {sky} and {degrees}°C."
    result = dict(before + parts + after) if r.random() < 0.65 else one(r, texts)
    return result, f"The weather in {v['c']} is {sky}, {degrees} degrees."


WEATHER = Family(
    "weather",
    phrasing(
        "[get_weather|get_weather|fetch_weather|get_current_weather|weather|current_weather]",
        "[check_weather|get_forecast|weather_lookup]",
    ),
    "[Get|Returns|Fetch|Look up|Tells] the [|current ]weather [in|for|of] a [city|given location]",
    (CITY, UNIT),
    phrasing(
        """
        [What is|What's|Whats] the weather[| like] in {c}[| today| now| at the moment][?|]
        [How is|How's] the weather in {c}[| today| now| at the moment][?|]
        [Weather in|Weather for|Weather|Weather report for|Today's weather in] {c}[?|, please.|]
        {c} weather[?| today?| please|, please.|]
        [Tell me|Give me|Show me|I need|I want] the [|current ]weather [in|for] {c}[.|, please.|]
        [Please |][check|get|look up|fetch] the [weather|temperature] [in|for] {c}[.|]
        [Can|Could|Would] you [tell me|find out] [the weather|how the weather is] in {c}?
        [Is it|Will it be] [sunny|warm|cold|hot|windy|cloudy|rainy|nice] in {c}[| today| now]?
        [Is it raining|Is it snowing|Does it rain|Does the sun shine] in {c}[| today| now]?
        [What is|What's] the temperature in {c}[| today| now]?
        How [warm|cold|hot|many degrees] is it in {c}[| today]?
        [Do I need|Should I take] [an umbrella|a coat|a jacket|a hat] in {c}[| today]?
        I [am going|am flying|will travel|go] to {c}[.|,] [How is|What is] the weather there?
        [I'd like|I want] to know [what the weather is like|how warm it is] in {c}[.|]
        [In|For] {c}, [what is|how is] the weather[| today]?
        [Hi|Hey|Hello][,|!] [what is the weather like|how's the weather] in {c}[?| today?]
        [What kind of weather do they have|How is it outside|What weather is it] in {c}[| now]?
        [Do you know|Any idea] [how the weather is|what the weather is like] in {c}?
        """,
        """
        What sort of weather is there in {c} today?
        {c}: sunny or rainy?
        How does the weather look in {c}?
        Please find out what the weather does in {c}.
        """,
    ),
    _draw_city,
    _tell_weather,
    (
        "[What is|What's|How is] the weather[| today| now][?|]|[Is it sunny|Is it raining]?"
        "|[Weather|Weather, please|Tell me the weather|Check the weather][.|]|How warm is it?",
        "Which city do you mean?",
        "[{c}|In {c}|I mean {c}|For {c}|The city is {c}][.|, please.|]",
    ),
    "[And|What about|How about|And what about] [in |]{c}?|[And|Now] in {c}[?|, please.]",
    "c",
)
WEATHER_IN_UNITS = replace(
    WEATHER,
    params=(CITY, replace(UNIT, optional=False)),
    asked=phrasing(
        """
        [What is|What's|Tell me|Give me] the [temperature|weather] in {c} in {u}[?|]
        [Weather|Temperature] in {c}[,| in] {u}[, please.|]
        How [warm|cold|hot] is it in {c} in {u}?
        [I want|I need|I'd like] the [weather|temperature] [in|for] {c} in {u}[.|]
        [Can|Could] you [check|get] the weather in {c}, in {u}[, please|]?
        [What is|What's] the weather [like |]in {c}? [Use|In|Please use] {u}[.|, please.]
        """,
        "How is the weather in {c}? I want {u}.",
    ),
    draw=lambda r, split: {**_draw_city(r, split), "u": r.choice(UNIT.choices)},
    vague=None,
)


def _tell_time(r: Random, v: Values) -> Told:
    hour, minute = r.randrange(24), f"{r.randrange(60):02d}"
    clock = f"{hour:02d}:{minute}"
    if r.random() < 0.2:
        clock = f"{hour % 12 or 12}:{minute} {'am' if hour < 12 else 'pm'}"
    result = value_of(r, "time|time|local_time|current_time", clock, f"It is {clock}.")
    if "c" not in v:
        return result, f"It is {clock}."
    if isinstance(result, dict) and r.random() < 0.3:
        result = {one(r, "city|place"): v["c"], **result}
    return result, f"It is {clock} in {v['c']}."


TIME = Family(
    "time",
    phrasing(
        "[get_time|get_time|get_current_time|current_time|time_in|local_time|clock|world_clock]",
        "[get_local_time|tell_time|time_now]",
    ),
    "[Get|Returns|Tells] the [|current |local ]time [in|of] a [city|place|given city]",
    (CITY,),
    phrasing(
        """
        [What time|What hour|How late] is it [|now |right now ]in {c}[?|]
        [What is|What's|Whats] the [|current |local ]time in {c}[?|]
        [Time in|Current time in|Local time in|Time] {c}[?|, please.|]
        {c} time[?| now?|, please.|]
        [Tell|Give|Show] me the [|current |local ]time [in|for|of] {c}[.|]
        [Please |][check|get|look up] the [|current ]time in {c}[.|]
        [Can|Could|Would] you tell me [the time|what time it is|how late it is] in {c}?
        [Do you know|I wonder|I want to know|I need to know] what time it is in {c}[?|]
        [What do the clocks say|What time do they have|How late do they have it] in {c}[| now]?
        I want to [call|phone] someone in {c}[.|,] [What time|How late] is it there?
        [Is it|Is it already] [late|early|night|morning|evening|noon] in {c}[| now]?
        [I am|I'm] in {c}[.|,] [What time is it|What's the time|How late is it][?| here?]
        [In|For] {c}, what [time is it|is the time][| now]?
        [Hi|Hey|Hello][,|!] what time is it in {c}?
        """,
        """
        Please say how late it is in {c} now.
        {c}: what time?
        What do people in {c} see on their clocks?
        I would like to have the time of {c}.
        """,
    ),
    _draw_city,
    _tell_time,
    (
        "[What time|How late] is it[| there| now][?|]|[Tell me|Give me|What is] the time[.|]",
        "Which city do you mean?",
        "[{c}|In {c}|I mean {c}|For {c}|The city is {c}][.|, please.|]",
    ),
    "[And|What about|How about|And what about] [in |]{c}?|[And|Now] in {c}[?|, please.]",
    "c",
)

TIME_HERE = Family(
    "time",
    phrasing("[get_time|get_current_time|current_time|clock|now]", "[time_now|what_time]"),
    "[Get|Returns|Tells] the [|current |local ]time|The time of [this computer|the user]",
    (),
    phrasing(
        """
        [What time|What hour|How late] is it[| now| right now][?|]
        [What is|What's|Whats] the [|current ]time[| now][?|]
        [Tell|Give|Show] me the [|current ]time[.|, please.|]
        [Can|Could|Would] you tell me [the time|what time it is|how late it is]?
        [Do you know|I wonder|I want to know] what time it is[?|]
        [Time|Time now|The time][?|, please.|]
        [Please |][check|get|look at] the [time|clock][.|]
        [Is it|Is it already] [late|noon|night|morning][?|]
        """,
        """
        What does the clock say?
        I have no watch. How late is it?
        """,
    ),
    lambda r, split: {},
    _tell_time,
)

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
    ),
    _draw_formula,
    lambda r, v: _tell_number(v["x"], r, f"{v['e']} = {v['x']}"),
)


_SUBJECTS = (
    "weather in {c}|hotels in {c}|best pizza in {c}|news about {n}|capital of France"
    "|how to cook {food}|{n} from {c}|map of {c}"
)


def _draw_query(r: Random, split: Split) -> Values:
    if r.random() < 0.7:
        return {"q": some_words(r, 1, 3)}
    slots = {"c": city(r, split), "n": name(r, split), "food": r.choice(FOODS)}
    return {"q": fill(one(r, _SUBJECTS), slots)}


def _tell_found(r: Random, v: Values) -> Told:
    del v
    found = [some_words(r, 1, 3) for _ in range(r.choice([1, 1, 2]))]
    key = one(r, "results|items|hits|titles")
    bare = r.choice([found[0], {one(r, "result|title|text|answer|snippet"): found[0]}])
    result = bare if len(found) == 1 and r.random() < 0.8 else {key: found}
    return result, f"I found this: {', '.join(found)}."


SEARCH = Family(
    "search",
    phrasing(
        "[search|search|web_search|search_web|google|internet_search|find_online]",
        "[query_web|search_engine|web_lookup]",
    ),
    "Search the [web|internet]|[Find|Finds] information on the [web|internet]|Web search",
    (Param("q", "query|query|q|text|search_query|term|keywords", about="Search query|The query|"),),
    phrasing(
        """
        [Search for|Search the web for|Search online for|Do a search for|Google] {q}[.|, please.|]
        [Look up|Look for|Search|Web search] {q}[.| on the web.| online.|]
        Find [{q} on the web|{q} online|something about {q}|information about {q}][.|]
        [Can|Could|Would] you [search for|look up|google|search the web for] {q}[| for me]?
        What [does the web say|does the internet say|can you find online] about {q}?
        [Is there|Do you find] [anything|something] about {q} [online|on the web|on the internet]?
        [I need|I want|I'd like] [information|results|web pages|a web search] [about|on] {q}[.|]
        [Please |][check the web for|search the internet for|run a search for] {q}[.|]
        [Let us|Let's|I want to] search [online |]for {q}[.|]
        [Web search|Search|Internet search|Online search]: {q}
        What is on the [web|internet] about {q}?
        Use the [search|search tool|web search] to find {q}[.|]
        I [want|need] to [know more|find out more|read] about {q}[.|,] [Search|Google] it[.|]
        [Go|Look] online and find {q}[.|]
        [Find|Get|Show] me [web pages|websites|results|links] [about|on|for] {q}[.|]
        [Who or what|What] is {q}? [Look it up|Search the web|Google it][.|]
        """,
        """
        See what the internet knows about {q}.
        Give me web results for {q}.
        Try to find {q} on the internet.
        """,
    ),
    _draw_query,
    _tell_found,
    (
        "[Search the web|Search the internet|Do a web search][| for me][.|, please.|]",
        "What should I search for?",
        "[{q}|For {q}|Search for {q}|I want to find {q}][.|]",
    ),
    "[And|Now] [search |look ]for {q}[.|]",
    is_open_ended=True,
)

_SAYINGS = (
    "hello|good morning|see you soon|I am late|happy birthday|call me|thank you|come home"
    "|I will be there at 8|dinner is ready|where are you?|good luck!|I love you|the train is late"
)


def _draw_message(r: Random, split: Split) -> Values:
    text = one(r, _SAYINGS) if r.random() < 0.6 else some_words(r, 1, 4)
    return {"n": name(r, split), "t": text}


MESSAGE = Family(
    "message",
    phrasing(
        "[send_message|send_message|send_email|send_text|message|send_sms|send_mail]",
        "[write_message|notify|text_someone]",
    ),
    "[Send|Sends] a [message|text|mail] to [a person|someone|somebody]|Send a message",
    (
        Param("n", "to|to|recipient|person|name|receiver", about="Name of the person|Who gets it|"),
        Param("t", "text|message|text|body|content|message", about="The text|What to say|"),
    ),
    phrasing(
        """
        [Send|Write] [a message|a text|an email|a mail] to {n}[:| saying:| that says:] {t}
        [Tell|Text|Message|Email|Write to|Write] {n}: {t}
        [Send|Write] {n} [a message|a text|an email|the message]: {t}
        [Send|Write] "{t}" to {n}[.|, please.|]
        [Can|Could|Would|Will] you [send|write] "{t}" to {n}[| for me]?
        [Can|Could|Would] you [send|write] {n} [a message|a text]: {t}
        [Please |][let {n} know|inform {n}|tell {n}|text {n}|message {n}]: {t}
        [I want|I'd like|I need] to [send|write] {n} [a message|a text]: {t}
        [Message|Text|Mail|SMS|Email] to {n}: {t}
        [Send|Text|Write] {n} "{t}"[.|]
        [Send|Write] {n} a [message|text] that says "{t}"[.|]
        I [want|need|have] to tell {n} something[.|,] [Send|Write]: {t}
        [Let|Make] {n} know that I say: {t}
        [Answer|Reply to|Ping|Contact] {n}: {t}
        [Give|Pass on to|Forward to] {n} [this message|this]: {t}
        Here is [a message|a text|an email] for {n}: {t}
        """,
        """
        Drop {n} a line: {t}
        I have a message for {n}: {t}
        {n} should get this text from me: {t}
        """,
    ),
    _draw_message,
    _does("I sent the message to {n}."),
    (
        "[Send|Write] a [message|text|mail] to {n}[.|, please.|]|[Text|Message|Write to] {n}[.|]",
        "What should I write to {n}?",
        '[{t}|Write: {t}|"{t}"|Say: {t}|The text is: {t}]',
    ),
    "[And|Also] [the same |that ]to {n}[.|, please.|]",
    "n",
    is_open_ended=True,
)

_ROOMS = (
    "kitchen|bedroom|bathroom|garden|office|garage|hall|living room|basement|attic|balcony"
    "|cellar|dining room|kids room"
)
_ROOM = Param("r", "room|room|place|location|area|zone", about="The room|Which room|Name of it|")


def _draw_light(r: Random, split: Split) -> Values:
    del split
    room = one(r, _ROOMS) if r.random() < 0.85 else new_word(r)
    if r.random() < 0.5:
        return {"r": room, "s": "on", "b": True, "dark": "dark", "bright": "bright"}
    return {"r": room, "s": "off", "b": False, "dark": "bright", "bright": "dark"}


LIGHT = Family(
    "light",
    phrasing(
        "[set_light|switch_light|control_light|light|toggle_light|lights|turn_light]",
        "[light_switch|set_lamp|change_light]",
    ),
    "[Turn|Turns] a light on or off|[Switch|Control] the [light|lights] in a room",
    (_ROOM, Param("s", "state|state|status|power|mode|action", choices=("on", "off"))),
    phrasing(
        """
        [Turn|Switch|Put] {s} the [light|lamp|lights] in the {r}[.|, please.|]
        [Turn|Switch] the [light|lamp|lights] in the {r} {s}[.|, please.|]
        [Turn|Switch] {s} the {r} [light|lamp|lights][.|, please.|]
        [Turn|Switch] the {r} [light|lights|lamp] {s}[.|]
        [Light|Lights|Lamp] {s} in the {r}[.|!|, please.|]
        {r} light[|s] {s}[.|!|, please.|]
        [Can|Could|Would|Will] you [turn|switch] {s} the [light in the {r}|{r} light|{r} lights]?
        [Can|Could|Would] you [turn|switch] the [light in the {r}|{r} light] {s}[|, please]?
        [I want|I'd like|I need] the [{r} light|light in the {r}] {s}[.|]
        [Please make sure|Make sure|Take care] that the {r} light is {s}[.|]
        [The {r} light|The light in the {r}] [should be|must be|has to be] {s}[.|]
        [Set|Change] the [light in the {r}|{r} light] to {s}[.|]
        It is too {dark} in the {r}[.|,] [Turn|Switch] the light {s}[.|]
        [I am|I'm] in the {r}[.|,] [Light|Lights] {s}[.|, please.]
        Make it {bright} in the {r}[.|]
        """,
        """
        Would you mind switching the {r} light {s}?
        The {r} needs its light {s}.
        Hey, {r} lamp {s} please
        """,
    ),
    _draw_light,
    _does("The light in the {r} is now {s}."),
    (
        "[Turn|Switch] {s} the [light|lamp][.|, please.|]|[Light|Lights] {s}[.|!|]",
        "Which room do you mean?",
        "[The {r}|In the {r}|The one in the {r}|{r}|I mean the {r}][.|, please.|]",
    ),
    "[And|Also|Now|And also] [the one in|in|] the {r}[.|, please.|]",
    "r",
)
LIGHT_SWITCH = replace(LIGHT, params=(_ROOM, Param("b", "on|on|is_on|enabled|lit", "boolean")))


def _draw_minutes(r: Random, split: Split) -> Values:
    del split
    return {"m": r.choice([r.randint(2, 60), 5 * r.randint(1, 12)]), "u": "minute"}


TIMER = Family(
    "timer",
    phrasing(
        "[set_timer|set_timer|start_timer|timer|countdown|create_timer]",
        "[new_timer|begin_countdown|timer_start]",
    ),
    "[Set|Sets|Start|Starts] a [timer|countdown][| in {u}s]",
    (
        Param("m", "{u}s|{u}s|{u}s|duration_{u}s|number_of_{u}s", "integer|number",
              "{u}s|Number of {u}s|Duration in {u}s|How many {u}s|"),
    ),
    phrasing(
        """
        [Set|Start|Make|Create] a [timer|countdown] [for|of] {m} {u}s[.|, please.|]
        [Set|Start|Make|Create|I need] a {m}[-| ]{u} timer[.|, please.|]
        [Timer|Countdown] [for |of |]{m} {u}s[.|, please.|]
        {m} {u}s[ timer| countdown|, timer please|, start a timer][.|]
        [Wake|Alert|Ping|Warn] me in {m} {u}s[.|, please.|]
        [Can|Could|Would|Will] you [set|start] a timer [for|of] {m} {u}s?
        [I need|I want|I'd like] a [timer|countdown] [for|of] {m} {u}s[.|]
        [Please |][count down|count|time|measure] {m} {u}s[.|]
        The [pasta|cake|soup|egg|tea|bread] [needs|takes] {m} {u}s[.|,] [Set|Start] a timer[.|]
        [Let me know|Tell me|Beep|Ring] when {m} {u}s are over[.|]
        [Start|Begin] [timing|counting] {m} {u}s[.|]
        [Timer|New timer|Countdown]: {m} {u}s
        [How about a|I would like a|Please set a] timer [for|of] {m} {u}s[?|.|]
        I [want to|will] [nap|rest|read|work out] for {m} {u}s[.|,] [Set|Start] a timer[.|]
        [Give me|I have] {m} {u}s[.|,] [Start|Set] the [timer|countdown][.|]
        [Set|Start] the [timer|countdown|clock] to {m} {u}s[.|]
        """,
        """
        Make it ring in {m} {u}s.
        Would you time {m} {u}s for me?
        In {m} {u}s I have to stop. Start the clock.
        """,
    ),
    _draw_minutes,
    _does("The timer is set for {m} {u}s."),
    (
        "[Set|Start|Create] a [timer|countdown][.|, please.|]|I [need|want] a timer[.|]|Timer[.|]",
        "For how many {u}s?",
        "[{m}|{m} {u}s|For {m} {u}s|Make it {m} {u}s][.|, please.|]",
    ),
    "[And|Also] [another one|one more] for {m} {u}s[.|, please.|]",
)  # fmt: skip
SECONDS_TIMER = replace(TIMER, draw=lambda r, split: {**_draw_minutes(r, split), "u": "second"})


def _draw_song(r: Random, split: Split) -> Values:
    del split
    song = some_words(r, 1, 3)
    return {"s": song.title() if r.random() < 0.3 else song}


MUSIC = Family(
    "music",
    phrasing(
        "[play_music|play_song|play_music|play|start_music|play_track]",
        "[music_player|put_on_song|start_song]",
    ),
    "[Play|Plays] [a song|music|a track]|[Start|Starts] a song",
    (Param("s", "song|title|name|track|song_name", about="The song|Title of the song|Song name|"),),
    phrasing(
        """
        Play [|me |the song |the track ]{s}[.|, please.|]
        [Put on|Start playing|Queue|Turn on] [|the song |the track ]{s}[.|, please.|]
        [I want|I'd like|I would like] to [hear|listen to] [|the song ]{s}[.|]
        [Can|Could|Would|Will] you [play|put on] [|the song ]{s}[| for me]?
        [Let me|Let us] [hear|listen to] the song {s}[.|]
        [Please |][play|start|put on] the song [called|named|with the title] {s}[.|]
        Play "{s}"[.| for me.|, please.|]
        [Music|Song|Next song|Play]: {s}
        [Do you have|Have you got] the song {s}? [Play it|Put it on|Please play it][.|]
        [My favorite song is|I love the song|I like the song] {s}[.|,] [Play it|Put it on][.|]
        Some music[, please|][.|!] [Play|Put on] {s}[.|]
        [I am in the mood for|It is time for|Give me] the song {s}[.|]
        [Can I|May I|Could I] [hear|listen to] [|the song ]{s}[| now]?
        [I'd love|I want you] to play {s}[.|]
        [Find|Start|Switch to] the [song|track] {s}[ and play it|][.|]
        [Louder, please|Party time|I am bored][.|!] Play {s}[.|]
        """,
        """
        Could we listen to {s} now?
        I feel like hearing {s}.
        Make some music: {s}
        """,
    ),
    _draw_song,
    _does("I am playing {s}."),
    (
        "[Play|Put on] [a song|some music|music|something][.|, please.|]|I want to hear music[.|]",
        "Which song do you mean?",
        "[{s}|The song {s}|Play {s}|I want to hear {s}][.|, please.|]",
    ),
    "[And now|Now|Next] [play |]{s}[.|, please.|]",
    is_open_ended=True,
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
    ),
    _draw_amount,
    _tell_amount,
    (
        "[Convert|Please convert] {v} {f}[.|]|I want to convert {v} {f}[.|]",
        "To which unit?",
        "[To |Into |In |]{t}[.|, please.|]",
    ),
)

_WHEN = "at {h}:{m}|at {h}:{m}|at {k} pm|at {k} am|on {d}|tomorrow|at noon|tonight|next week"


_TASKS = (
    "call {n}|meet {n}|write to {n}|buy {food}|pay the bill|feed the {animal}|clean the {room}"
    "|water the flowers|read the book|take the train to {c}"
)


def _draw_task(r: Random, split: Split) -> Values:
    living = {"n": name(r, split), "c": city(r, split), "animal": r.choice(ANIMALS)}
    task = fill(one(r, _TASKS), {**living, "food": r.choice(FOODS), "room": one(r, _ROOMS)})
    clock = {"h": r.randint(6, 22), "m": f"{r.choice([0, 15, 20, 30, 45, 50]):02d}"}
    when = fill(one(r, _WHEN), {**clock, "k": r.randint(1, 12), "d": r.choice(DAYS)})
    return {"x": task, "w": when, "t": when.removeprefix("at ").removeprefix("on ")}


REMINDER = Family(
    "reminder",
    phrasing(
        "[add_reminder|set_reminder|create_event|add_event|create_reminder|add_to_calendar]",
        "[remind_me|new_appointment|calendar_entry]",
    ),
    "[Add|Set|Create] a reminder|[Add|Create] [an event|an entry] in the calendar",
    (
        Param("x", "title|text|title|what|task|event", about="What to do|The title|"),
        Param("t", "time|time|when|when|time|date", about="When|Time or day|"),
    ),
    phrasing(
        """
        [Remind|Please remind] me to {x} {w}[.|, please.|]
        [Remind|Please remind] me {w} to {x}[.|]
        [Set|Create|Add|Make] a reminder[ to|:] {x} {w}[.|]
        [Add|Put|Write] "{x}" [to|in|into] my calendar {w}[.|]
        [Can|Could|Would|Will] you remind me to {x} {w}?
        [Can|Could|Would] you [set|add|create] a reminder {w} to {x}?
        [I have to|I must|I need to] {x} {w}[.|,] [Remind me|Put it in my calendar][.|]
        [Don't let me forget|Help me not to forget|Make sure that I remember] to {x} {w}[.|]
        [Schedule|New event|New reminder|Calendar|Reminder|Appointment]: {x} {w}[.|]
        [I'd like|I want|I need] a reminder {w} to {x}[.|]
        [Add|Create|Schedule] [an event|an entry|an appointment] {w}: {x}
        I must not forget to {x} {w}[.|]
        [Ping|Tell|Alert] me {w} that I [have to|must|should] {x}[.|]
        [I want|I'd like|I need] to be reminded {w} to {x}[.|]
        [Put|Set] [a reminder|it] in my calendar {w}: {x}
        [My plan|To do|Todo|Task] {w}: {x}[.|,] [Remind me|Please remind me|Add it][.|]
        """,
        """
        Give me a nudge {w} to {x}.
        Do remind me that I have to {x} {w}.
        Mark this in my calendar: {x} {w}
        """,
    ),
    _draw_task,
    _does("I will remind you to {x} {w}."),
    (
        "[Remind|Please remind] me to {x}[.|, please.|]|[Set|Add] a reminder to {x}[.|]",
        "When should I remind you?",
        "[{w}|Please do it {w}|I want it {w}][.|, please.|]",
    ),
)


def _draw_note(r: Random, split: Split) -> Values:
    text = some_words(r, 2, 5) if r.random() < 0.6 else _draw_task(r, split)["x"]
    return {"x": text}


NOTE = Family(
    "note",
    phrasing("[add_note|save_note|create_note|write_note|note|take_note]", "[keep_note|new_memo]"),
    "[Add|Save|Write|Create] a note|[Saves|Stores] a note[| of the user]",
    (Param("x", "text|text|note|content|body", about="The note|Text of the note|What to note|"),),
    phrasing(
        """
        [Add|Save|Make|Take|Create|Write] a note: {x}
        [Note|Note down|Write down|Jot down|Please note]: {x}
        [Please |][note down|write down|save|make a note of] "{x}"[.|]
        [Can|Could|Would] you [note|note down|write down|save] "{x}"[| for me]?
        [Put|Write] [this|the following] [in|into] my notes: {x}
        [Add|Save|Write] "{x}" [to|in|into] my notes[.|]
        [New note|Note to self|My note|A note]: {x}
        [I want|I'd like|I need] to [save|write down|make|keep] a note: {x}
        [Take|Write] this down: {x}
        [Add|Save] this [note|as a note]: {x}
        Make a note [that says|with the text] "{x}"[.|]
        [Do not|Don't] let me lose this[,| note]: {x}
        [Let us|Let's|Please] [note|write] this: {x}
        [Store|File|Record] [a|this] note: {x}
        [My idea|An idea|My list|A thought] for the notes: {x}
        """,
        """
        Put on paper for me: {x}
        Keep this for later: {x}
        Let my notes say "{x}".
        """,
    ),
    _draw_note,
    _does("I saved the note: {x}."),
    (
        "[Add|Save|Make|Take|Write] a note[.|, please.|]|I want to [save|make] a note[.|]",
        "What should the note say?",
        '[{x}|It says: {x}|"{x}"|Write: {x}]',
    ),
    "[And|Also] [another one|one more]: {x}",
    is_open_ended=True,
)

_LANGUAGES = "French|Spanish|German|Italian|Polish|Dutch|Japanese|Turkish|Swedish|Greek"


def _draw_translation(r: Random, split: Split) -> Values:
    del split
    text = one(r, "good morning|hello|thank you|I am late|see you soon")
    return {"x": some_words(r, 1, 2) if r.random() < 0.6 else text, "l": one(r, _LANGUAGES)}


def _tell_translation(r: Random, v: Values) -> Told:
    foreign = " ".join(new_word(r) for _ in v["x"].split())
    keys = "translation|translation|result|text|translated|output"
    return value_of(r, keys, foreign, foreign), f"In {v['l']}, {v['x']} is {foreign}."


TRANSLATE = Family(
    "translate",
    phrasing("[translate|translate_text|translate|translator]", "[translation|to_language]"),
    "[Translate|Translates] [a text|text|words] [into|to] [another|a given] language",
    (
        Param("x", "text|text|phrase|word|input", about="The text|What to translate|"),
        Param("l", "language|to|target|target_language|lang", about="The language|"),
    ),
    phrasing(
        """
        [Translate|Please translate] [{x}|"{x}"] [to|into] {l}[.|, please.|]
        How do [you|I|we] say [{x}|"{x}"] in {l}[?|]
        [What is|What's|Whats] [{x}|"{x}"] in {l}[?|]
        [What is|What's] the {l} [word|translation|expression] for [{x}|"{x}"]?
        [Can|Could|Would] you translate [{x}|"{x}"] [to|into] {l}[| for me]?
        [{x}|"{x}"] in {l}[?|, please.|]
        [Say|Give me|Tell me|I need|I want] "{x}" in {l}[.|]
        [In|Into] {l}[, please|]: {x}
        [Do you know|Can you tell me] how to say [{x}|"{x}"] in {l}?
        [Translation|Translate] [to|into] {l}: {x}
        How would [I|a local|someone] say "{x}" in {l}?
        [I want to|I need to|I have to|I'd like to] say "{x}" in {l}[.|]
        [What|Which word|Which words] do [I|you|we|they] use in {l} for [{x}|"{x}"]?
        [Translator|Translate|Language help], {l}: {x}
        [My friend speaks|I am learning|I learn] {l}[.|,] How do I say "{x}"?
        """,
        """
        Put "{x}" into {l} for me.
        What do {l} speakers say for {x}?
        I need "{x}" translated to {l}.
        """,
    ),
    _draw_translation,
    _tell_translation,
    (
        "[Translate|Please translate] [{x}|the word {x}|this: {x}]",
        "To which language?",
        "[To |Into |In |]{l}[.|, please.|]",
    ),
    "[And|What about|How about] in {l}?|And to {l}[.|?]",
    "l",
)

FAMILIES: tuple[tuple[Family, int], ...] = (
    (WEATHER, 14), (WEATHER_IN_UNITS, 3), (TIME, 8), (TIME_HERE, 3), (SUM, 7), (PRODUCT, 5),
    (CALCULATOR, 5), (SEARCH, 8), (MESSAGE, 8), (LIGHT, 6), (LIGHT_SWITCH, 2), (TIMER, 6),
    (SECONDS_TIMER, 2), (MUSIC, 6), (CONVERT, 6), (REMINDER, 6), (NOTE, 5), (TRANSLATE, 6),
)  # fmt: skip
"""The families, and how often each is drawn."""

# Tools that nobody has seen: only the schema tells what they are called with

_VERBS = "get find create delete open check update book buy show list start stop count load".split()
_HELD_VERBS = "archive rent inspect".split()
_NOUNS = """
user file ticket product recipe account price hotel flight table record customer invoice report
project package page score job device ship team
""".split()
_HELD_NOUNS = "parcel contract patient vehicle".split()
_NAMED = {
    "string": "name title item date key owner label model brand path author user_name".split(),
    "integer": "id id code quantity year number user_id order_id page_number".split(),
    "number": "weight height amount rate max_price".split(),
    "boolean": "urgent active public express silent dry_run".split(),
    "list": "tags items labels keywords".split(),
}
_CHOICES = {
    "color": tuple(COLORS), "size": ("small", "medium", "large"), "mode": ("fast", "slow"),
    "priority": ("low", "normal", "high"), "format": ("pdf", "csv", "txt"),
}  # fmt: skip


def _letters(r: Random) -> str:
    """A word that means nothing and may stand in a tool's name."""
    while True:
        letters = new_word(r).lower()
        if letters.isascii() and letters.isalpha() and len(letters) > 1:
            return letters


def _made_up_params(r: Random) -> tuple[Param, ...]:
    """One to three parameters, lists last; the first one can be asked for: "Which id?"."""
    kinds = [r.choice(["string", "integer"])]
    more = ["string", "integer", "number", "boolean", "choice", "list"]
    kinds += sorted(r.sample(more, r.choice([0, 0, 0, 1, 1, 2])), key=lambda kind: kind == "list")
    is_spare = len(kinds) > 1 and r.random() < 0.5
    params: list[Param] = []
    for at, kind in enumerate(kinds):
        is_new = kind in ("string", "integer", "number") and r.random() < 0.2
        said = _letters(r) if is_new else r.choice(_NAMED.get(kind, list(_CHOICES)))
        choices = _CHOICES[said] if kind == "choice" else ()
        spare = is_spare and at == len(kinds) - 1
        about = f"The {said}||".replace("_", " ")
        kind = "string" if kind == "choice" else kind
        if said not in [param.names for param in params]:
            params.append(Param(str(at), said, kind, about, choices, optional=spare))
    return tuple(params)


def _made_up_value(r: Random, param: Param, split: Split) -> Any:
    match param.kind:
        case "integer":
            return r.randint(1, r.choice([20, 99, 999, 9999]))
        case "number":
            return r.choice([r.randint(1, 99), r.randint(11, 999) / 10])
        case "boolean":
            return r.random() < 0.5
        case "list":
            return [some_words(r, 1, 1) for _ in range(r.choice([1, 2, 2, 3]))]
    if param.choices:
        return r.choice(param.choices)
    return r.choice([some_words(r, 1, 1), new_word(r), name(r, split), city(r, split)])


def _tell_made_up(r: Random, v: Values) -> Told:
    del v
    kind = r.random()
    if kind < 0.3:
        return done(r), "Done."
    if kind < 0.6:
        pair = f"{some_words(r, 1, 1)} {r.randint(1, 99)}"
        found = r.choice([r.randint(0, 999), some_words(r, 1, 2), pair])
        return value_of(r, "result|value|output", found, str(found)), f"The result is {found}."
    found = {key: r.randint(1, 999) for key in r.sample("age price total count".split(), 2)}
    found |= {key: some_words(r, 1, 1) for key in r.sample("name status color code".split(), 2)}
    found = dict(r.sample(list(found.items()), r.choice([1, 1, 2, 2, 3])))
    *parts, last = [f"the {key} is {value}" for key, value in found.items()]
    return found, first_upper(" and ".join(filter(None, [", ".join(parts), last]))) + "."


_MADE_UP_ASKED = """
[{verb}|Please {verb}] [the {noun}|{a_noun}|this {noun}] [with|using] {p}[.|, please.|]
[{verb}|Please {verb}] [the {noun}|{a_noun}]: {p}
[Can|Could|Would|Will] you {verb} [the {noun}|{a_noun}] with {p}[| for me]?
I [want|need|would like] to {verb} [the {noun}|{a_noun}] with {p}[.|]
[{verb} {noun}|{noun} {verb}][:| with|,] {p}
[With|For] {p}, {verb} the {noun}[.|]
[Let us|Let's|Now] {verb} the {noun} [that has|with] {p}[.|]
[My task is|I was told|It is my job] to {verb} the {noun} with {p}[.|]
[Could we|Can we|Shall we|Should we] {verb} the {noun} with {p}?
I have {p}[.|,] [{verb} the {noun}|Now {verb} the {noun}][.|]
[Time to|Would like to|Want to|Need to] {verb} the {noun}[:| with] {p}
[Do me a favor and|Be so kind and|Go and|Now] {verb} the {noun} with {p}[.|]
"""
_MADE_UP_HELD = """
The moment has come to {verb} {a_noun} with {p}.
Do you mind? I have to {verb} the {noun} with {p}.
My boss says: {verb} the {noun} with {p}.
"""


def made_up(r: Random, split: Split) -> Family:
    """A family of one tool, with a name and parameters of its own."""
    verbs, nouns = (_VERBS, _NOUNS) if split == "train" else (_HELD_VERBS, _HELD_NOUNS)
    verb = r.choice(verbs) if r.random() < 0.85 else _letters(r)
    noun = r.choice(nouns) if r.random() < 0.65 else _letters(r)
    words = {"verb": verb, "noun": noun, "a_noun": "a user" if noun == "user" else a(noun)}
    params = _made_up_params(r)
    given = [param for param in params if not param.optional]
    called = fill(one(r, "{verb}_{noun}|{verb}_{noun}|{verb}_the_{noun}|{verb}_one_{noun}"), words)
    vague = "[{verb} [the {noun}|{a_noun}]|Please {verb} the {noun}|Call {tool}|Use {tool}]"
    vague += " with {given}[.|]" if len(given) > 1 else "[.|]"
    return Family(
        f"{verb}_{noun}",
        phrasing(called, called),
        fill("{verb} [a|the] {noun}|Use this to {verb} {a_noun}|{verb} one {noun}", words),
        params,
        phrasing(fill(_MADE_UP_ASKED, words), fill(_MADE_UP_HELD, words)),
        lambda r, split: {param.slot: _made_up_value(r, param, split) for param in given},
        _tell_made_up,
        (
            fill(vague, words),
            "Which {missing} do you mean?",
            "[{0}|The {missing} is {0}|{missing} {0}|I mean {0}][.|]",
        ),
        "[And|What about|How about] [with |]{missing} {0}?" if len(given) == 1 else "",
        is_made_up=True,
    )


def any_family(r: Random, split: Split) -> Family:
    """A family at random; one of five tools is made up."""
    if r.random() < 0.22:
        return made_up(r, split)
    return r.choices([family for family, _ in FAMILIES], [weight for _, weight in FAMILIES])[0]


# Tools of a family


@dataclass(frozen=True)
class Tool:
    """A tool as the model sees it."""

    family: Family
    schema: dict[str, Any]
    names: dict[str, str]
    """The parameters' names, by slot."""

    @property
    def name(self) -> str:
        return self.schema["function"]["name"]

    def call(self, values: Values) -> dict[str, Any]:
        """The call that says these values."""
        arguments = {said: values[slot] for slot, said in self.names.items() if slot in values}
        return {"name": self.name, "arguments": arguments}


def tool_of(r: Random, family: Family, split: Split) -> Tool:
    """One of the tools that a family can have."""
    params = [param for param in family.params if not param.optional or r.random() < 0.25]
    fixed = family.draw(r, split)  # the "minute" of a timer that counts in {u}s
    styled = _camel if r.random() < 0.15 else str
    at, of_kind, is_told = r.randrange(10_000), r.randrange(2), r.random() < 0.65
    names: dict[str, str] = {}
    properties: dict[str, Any] = {}
    for param in params:
        options = param.names.split("|")
        # the same position in lists of the same length: "x" goes with "y", "from" with "to"
        said = styled(fill(options[at % len(options)], fixed))
        names[param.slot] = said
        about = fill(one(r, param.about), fixed) if is_told else ""
        properties[said] = _property(param, of_kind, about)
    called = family.names.pick(r, "phrasing" if split == "combo" else "train")
    function: dict[str, Any] = {"name": styled(called)}
    if r.random() < 0.93:
        function["description"] = first_upper(fill(one(r, family.about), fixed)) + one(r, "|.")
    required = [names[param.slot] for param in params if not param.optional]
    function["parameters"] = _parameters(r, properties, required)
    return Tool(family, {"type": "function", "function": function}, names)


def _property(param: Param, of_kind: int, about: str) -> dict[str, Any]:
    kinds = param.kind.split("|")
    kind = kinds[of_kind % len(kinds)]
    schema: dict[str, Any] = {"type": "array" if kind == "list" else kind}
    if kind == "list":
        schema["items"] = {"type": "string"}
    if param.choices:
        schema["enum"] = list(param.choices)
    return {**schema, "description": first_upper(about)} if about else schema


def _parameters(r: Random, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    order = r.random()
    if order < 0.75:
        schema = {"type": "object", "properties": properties, "required": required}
    elif order < 0.88:
        schema = {"type": "object", "required": required, "properties": properties}
    else:
        schema = {"type": "object", "properties": properties}
    return {**schema, "additionalProperties": False} if r.random() < 0.08 else schema


def _camel(snake: str) -> str:
    head, *rest = snake.split("_")
    return head + "".join(part.capitalize() for part in rest)
