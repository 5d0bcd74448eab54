"""Subjects whose answers change from day to day."""

from __future__ import annotations

from .unknown_subjects import subject

LIVE = (
    subject(
        "the weather",
        """
        [What is|What's|How is|How's] the weather [in {city}|today|tomorrow|like in {city}][?|]
        [Will it|Is it going to|Does it] [rain|snow] [in {city}|today|tomorrow]?
        How [warm|cold|hot] is it [in {city}|outside|today]?
        [Weather|Temperature|Forecast] [in|for] {city}[?|]
        [Do I need|Should I take] an umbrella [today|in {city}|tomorrow]?
        [Is it|Is the weather] [sunny|raining|cold] in {city}[| today]?
        """,
        """
        Tell me tomorrow's weather for {city}.
        Which temperature does {city} have?
        """,
    ),
    subject(
        "the time",
        """
        [What time is it|What's the time|What is the time][| in {city}| now][?|]
        [What|Which] [day|year|month|date] [is it|is it today|is today|do we have today]?
        [What is|What's] [today's date|the date|the date today][?|]
        [Tell me|Do you know|Can you tell me] [the time|what time it is|the date][.|?]
        How late is it[| in {city}]?
        When does [the sun|the moon] [rise|set] [today|in {city}]?
        """,
        """
        Could you look at the clock for me?
        What does the calendar say today?
        """,
    ),
    subject(
        "news and prices",
        """
        [[What is|What's] [in the news|new today]|Tell me the news|Give me the latest news][?|.|]
        What [happened|is going on] [today|yesterday|this week|in {city} today|in the world]?
        How much [is {product}|does {product} cost|costs {product}][?|]
        [What is|What's|Tell me] the price of {product}[?|]
        [Price of|Cost of] {product}[?|]
        [What is|What's|How high is] the [stock price|share|value] of {company}[| today]?
        Who won [yesterday|the match today|the election|last night]?
        How many [dollars|euros|yen|pounds] are {big} [dollars|euros|yen]?
        Is {product} [cheap|expensive|on sale]?
        [Search|Google|Look up|Find] {topic}[| on the internet| online][.|]
        """,
        """
        What must I pay for {product}?
        Did anything important happen today?
        """,
    ),
)
"""What tools may know: leave it out where such a tool is at hand."""
