"""Families of tools that look something up: weather, time, the web, words of other languages."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from .phrases import TRAINED, Split, one, phrasing
from .tool_schemas import Family, Param, Told, Values, fill, value_of
from .words import FOODS, city, name, new_word, some_words

CITY = Param(
    "c", "city|city|city|location|location|place|town|city_name",
    about="The city|City name|The name of the city|A place|The city and state, e.g. Boston, MA",
)
UNIT = Param("u", "unit|unit|units|format", choices=("celsius", "fahrenheit"), optional=True)
_FAR_CITIES = "New York|San Francisco|Los Angeles|New Delhi|Mexico City|Paris, France|Boston, MA"


def _draw_city(r: Random, split: Split) -> Values:
    if split in TRAINED and r.random() < 0.08:
        return {"c": one(r, _FAR_CITIES)}
    said = city(r, split)
    return {"c": said.lower() if split in TRAINED and r.random() < 0.06 else said}


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
        last="""
        [I am going|We are off] to the beach in {c} tomorrow[, how warm will it be|. Is it warm]?
        [hows|how's|whats] [the |]weather [over |]in {c} [rn|this morning|tonight|this weekend][?|]
        {c}, [right now|today|this weekend], [how's the weather|is it cold|what's it like outside]?
        My flight to {c} leaves [soon|tonight][.|,] [Is it cold there|How's the weather there]?
        [hey|hi|ok so][,|] [can you|can u] [check|see] if it [rains|snows|is cold] in {c}[?| please]
        I [have to|need to|want to] pack for {c}[.|,] [what's the weather like|is it cold there]?
        [Quick, the|The current] [weather|temperature|forecast] [in|for] {c}, [please|right now][.|]
        My [mother|friend|boss] [is in|moved to] {c}[.|,] Is it [cold|raining] there [today|now]?
        Is it [warm|nice] enough [for a walk|to swim|to eat outside] in {c}[ today| this evening|]?
        What should I wear in {c} [today|tonight]? [Check the weather|Look at the weather][ first.|]
        [How many degrees|What temperature] [does {c} have|do they have in {c}][, please|][?|]
        [Will {c} get|Is {c} expecting|Does {c} have] [rain|snow|a storm] [today|tonight|this week]?
        [weather pls|weather check|forecast please], {c}[ today| now| this week|]
        [There is a party|I work] outside in {c} [today|on Sunday][.|,] [Will it rain|Is it warm]?
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
        last="""
        [Weather|Temperature|The forecast] [in|for] {c}, in {u} [please|if you can|thanks][.|]
        In {u}, how [warm|cold|hot] is it [|right now |today |outside ]in {c}[?|]
        How many degrees {u} [is it|do they have|are there] in {c}[| today| right now]?
        I'm [flying|going|off] to {c} [soon|tomorrow][.|,] [How warm|How cold] is it there, in {u}?
        {c} [temperature|weather|forecast][,| today,| right now,] in {u}[, please|, thanks|][.|]
        [I think in|I am used to] {u}[.|,] [How cold is it|What's the temperature] in {c}[?| today?]
        [Is it|Will it be] [warm|cold] in {c}[| tomorrow]? [Answer|Tell me] in {u}[, please|][.|]
        [can u|pls] [check|look up] [the temperature|how warm it is] in {c} [in|using] {u}
        [With|Using] {u} as the unit, [what's the weather like|how warm is it] in {c}[ today| now|]?
        """,
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
        last="""
        My [friend|brother|daughter] is in {c}[.|,] [What time is it there|Is it late there][ now|]?
        I [have|got] a call with [people in |]{c} [soon|today][.|,] What time is it [over |]there?
        [whats the time|what time is it|time check] [right now over in|for] {c}[ pls| please|][?|]
        If it is [noon|midnight|8 am|evening] here, [what time|how late] is it in {c}[, please|]?
        {c} [local time|current time|time check][, please|, right now|, thanks|][.|]
        Are people [asleep|still up|at work] in {c}[?| now?] What [time is it|is the time] there?
        [Could|Can] you [check|look up] the [local time|hour|clock] [for|over in] {c}[, right now|]?
        [I just landed in|I moved to] {c}[.|,] What [time should I set my watch to|is local time]?
        Before I [call|ring] [my mom|the office|my friend] in {c}, [what time|how late] is it there?
        [What time of day|Which hour of the day] is it in {c}[, right now| at the moment|][?|]
        [The time|Just the time|The local time|The hour] in {c}, [please|right now|thanks][.|]
        [So|Ok|Quick question], [what's the time|how late is it] in {c} [right now|already][?|]
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
        last="""
        [hey|hi|ok|sorry][,|] [what's|whats] the time[ please| right now| pls|][?|]
        [I have a meeting soon|I don't want to be late][.|,] [What time|How late] is it[?|]
        [Could|Can|May] I [get|have|know] the [|current |exact ]time[, please|][?|]
        [What time|How late] is it [already|here|exactly|at the moment][, please|][?|]
        [Time check|Clock check|Current time|Local time here][, please| now|][?|.|]
        [Got|Have you got|Do you have] the time[, please| right now| for me|]?
        Is it [time for|too late for] [lunch|bed|coffee]? [Check the clock.|Tell me the time]
        I [lost track of|forgot about|don't know] the time[.|,] [What time|What hour] is it[ now|]?
        [Just the|Only the|The exact|The current] time[, please|, thanks| right now|][.|]
        """,
    ),
    lambda r, split: {},
    _tell_time,
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
        last="""
        [I'm|I am] [curious|wondering] about {q}[.|,] [please google it|look it up online][.|]
        [hey|hi|ok|so][,|] [google|search|look up] {q}[ for me| please| real quick| pls|]
        [can u|could you please|would you kindly] [google|search the net for|look online for] {q}
        What [can you find|comes up|pages are there] [on the net|on Google|on the web] about {q}[?|]
        {q}[, please,| -|,] [google it|search for it|look that up online|find it on the web][.|]
        [A friend|My teacher] asked me about {q}[.|,] [Google it for me|Look it up on the web][.|]
        [Do|Run|Start] [an internet search|an online search] [on|about|for] {q}[, please|][.|]
        [I heard|I read] [a lot|a bit] about {q}[.|,] [Search for it|What does Google say about it?]
        I [can't|couldn't] find anything about {q}[.|,] [Can you google it?|Please search the web.]
        [Help me|I need help to|Could you help me] [look up|research] {q}[ online| on the web|]
        [Type|Put|Enter] "{q}" into [the search engine|Google|a web search][, please|][.|]
        [Any|Are there any|Got any] [articles|links|websites] [about|on] {q}[ out there| online|]?
        [For my homework|For a friend|Before dinner], [search for|google|look up] {q}[.|, please.|]
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
        last="""
        [I'm going abroad|We are on holiday][.|,] how do [I|we] say [{x}|"{x}"] in {l}[?|]
        [hey|ok|so][,|] [whats|how do u say|how to say] [{x}|"{x}"] in {l}[ please| pls|][?|]
        In {l}, [what is|how do I say|what's the word for|how would you say] [{x}|"{x}"][, please|]?
        [Give me the|I need the] {l} [translation|version|words] [of|for] [{x}|"{x}"][, please|][.|]
        They [only|just] speak {l} [there|at work][.|,] [Translate|Please translate] [{x}|"{x}"][.|]
        "{x}"[,|:] [translate that|translate it for me|please translate] [to|into] {l}[.|, please.|]
        [My neighbor|My grandma] speaks {l}[.|,] [Translate "{x}" for me|How would I say "{x}"?]
        [What's|What is] the [right|best|correct] way to say [{x}|"{x}"] in {l}[?|, please?|]
        I [forgot|don't know] how to say "{x}" in {l}[.|,] [Please translate|Can you translate it?]
        [Word|Phrase|Text|Sentence] to translate [to|into] {l}[, please|]: {x}
        How [does "{x}" sound|does one say "{x}"|is "{x}" said] in {l}[, please|][?|]
        [For a card|For my trip|For a sign], translate [{x}|"{x}"] [to|into] {l}[.|, please.|]
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
