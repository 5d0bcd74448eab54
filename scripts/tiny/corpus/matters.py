"""The things that a user may tell about himself."""

from __future__ import annotations

from .matter import (
    PERSON, PET, Matter, asks, called, color, favorite, food, hobby, job, month, number, one_of,
    password, plan, secret, secret_word,
)  # fmt: skip
from .phrases import phrasing
from .words import city, name

NAME = Matter(
    "name",
    phrasing(
        """
        [My name is|My name's|my name is|The name is|The name's] {v}
        [I am|I'm|Im] {v}
        [Call|Just call|Please call|You can call|You may call] me {v}
        [People|My friends|They|Most people] call me {v}
        [I go by|I go by the name|I go by the name of|I am called|I'm called|I am named] {v}
        [This is|It's|It is] {v}[| here| speaking]
        {v} [is my name|here|is what I am called|is who I am]
        My first name is {v}
        [Remember|Please remember|Note|Don't forget] that [my name is|I am|I am called] {v}
        [They|My parents] named me {v}
        [I'd like to introduce myself|Let me introduce myself][:|,] [I am|I'm|my name is] {v}
        [You are|You're] [talking|speaking|chatting] [to|with] {v}
        My name: {v}
        """,
        """
        Everyone knows me as {v}
        My parents gave me the name {v}
        I would like you to call me {v}
        """,
    ),
    "Nice to meet you, {v}!",
    asks(
        "my name",
        "what my name is|what I am called|who I am|how I am called",
        """
        Who am I[?|]
        [What|How] am I called[?|]
        [What|How] do [people|my friends|you] call me?
        [And who|Who] are you [talking|speaking] [to|with]?
        Do you know me?
        [What|Which] name [do I have|did I give you|did I tell you]?
        With [whom|who] are you [talking|speaking]?
        [Who is|Who's] [writing to you|talking to you|the user]?
        """,
        """
        Which name do I go by?
        Who is the person that you are chatting with?
        Whom do you take me for?
        """,
    ),
    "Your name is {v}.",
    "You have not told me your name.",
    name,
    weight=9,
)

MATTERS = (
    NAME,
    Matter(
        "city",
        phrasing(
            """
            [I live|I'm living|I am living|I reside|We live|I now live] in {v}
            [I am|I'm|Im|I come] from {v}
            My [city|home town|hometown|town|home city] is {v}
            My [home|house|flat|apartment|family] is in {v}
            I [moved|have moved|just moved] to {v}[| last year| recently]
            {v} is [my city|where I live|my home|my home town|the city I live in]
            I have lived in {v} [for years|for a long time|since last year|for ten years]
            The [city|place|town] [I live in|where I live] is {v}
            I [am at home|am based|have my home|have a house] in {v}
            I live in [the city of|the middle of|the center of] {v}
            [Remember|Note|Keep in mind] that I live in {v}
            """,
            """
            The city that I call my home is {v}
            You will find my house in {v}
            {v} is the place where I have my home
            """,
        ),
        "{v} is a nice place!",
        asks(
            "my city|my home town|my town",
            "where I live|which city I live in|what city I am from|where I am from",
            """
            Where do I live[?|]
            Where [am I from|do I come from|is my home|am I living][?|]
            [Which|What] [city|place|town] [do I live in|am I from|do I come from|is my home]?
            In [which|what] [city|place|town] [do I live|is my home|is my house]?
            Where did I say [I live|I am from]?
            Do you know [the city I live in|my place]?
            """,
            """
            I live in which city?
            At what place is my home?
            Which city did I tell you I live in?
            """,
        ),
        "You live in {v}.",
        "You have not told me where you live.",
        city,
        weight=6,
    ),
    Matter(
        "color",
        phrasing(
            """
            My [favorite|favourite] [color|colour] is {v}
            I [like|love|prefer] the [color|colour] {v}[| best| most]
            {v} is my [favorite|favourite] [color|colour]
            {v} is the [color|colour] [that |]I [like|love] [best|most]
            The [color|colour] [that |]I [like|love] [best|most] is {v}
            [Of all colors|When it comes to colors|Among all colors][,|] I like {v} [best|most]
            I think [that |]{v} is the [best|nicest|most beautiful] [color|colour]
            My [color|colour] is {v}
            There is no better color than {v}
            I like {v} more than any other [color|colour]
            [Remember|Note] that my favorite color is {v}
            """,
            """
            If I had to choose a color, it would be {v}
            No color pleases me more than {v}
            The color for me is {v}
            """,
        ),
        "{V} is a great color!",
        asks(
            "my [favorite|favourite] [color|colour]",
            "what my [favorite|favourite] [color|colour] is|which [color|colour] I like",
            """
            [Which|What] [color|colour] do I [like|love|prefer][| best| most]?
            [Which|What] [color|colour] did I say I [like|love]?
            [Which|What] is my [favorite|favourite] [color|colour]?
            [Which|What] [color|colour] is my [favorite|favourite][| one]?
            [Name|Guess] my [favorite|favourite] [color|colour][.|]
            I like [which|what] [color|colour]?
            """,
            """
            Which color do I love more than all others?
            What is the color that I like best?
            """,
        ),
        "Your favorite color is {v}.",
        "You have not told me your favorite color.",
        color,
        weight=5,
    ),
    Matter(
        "age",
        phrasing(
            """
            [I am|I'm|Im] {v} years [old|of age]
            My age is {v}[| years]
            [I just|I] turned {v}[| today| this year| last week| years old]
            [I am|I'm] {v}[| now]
            I have {v} years
            My age: {v}
            [Right now|At the moment|This year] I am {v}[| years old]
            {v} is my age
            I am a {v} year old [person|human|man|woman]
            I became {v} years old [today|this year|last month]
            [Remember|Note] that I am {v} years old
            """,
            """
            I have been alive for {v} years
            {v} years ago I was born
            """,
        ),
        "{v} is a great age!",
        asks(
            "my age",
            "how old I am|what my age is|how many years old I am",
            """
            How old am I[?|]
            How old did I say I am?
            [How many years|How many years old] am I?
            [Which|What] age [am I|do I have|have I]?
            Am I old, or how old am I?
            What number of years is my age?
            """,
            """
            How many years have I lived?
            I am how old?
            """,
        ),
        "You are {v} years old.",
        "You have not told me your age.",
        number(4, 99),
        weight=4,
    ),
    favorite("food", "eat", food, "Mmm, {v}! That is tasty."),
    favorite(
        "drink",
        "drink",
        one_of("tea|coffee|milk|water|juice|cocoa|lemonade|green tea|apple juice|cold milk"),
        "Mmm, {v}! That is a good drink.",
    ),
    favorite("movie", "watch", name, "{v} is a good movie!"),
    Matter(
        "job",
        phrasing(
            """
            I [work|am working|earn my money] as {a}
            [I am|I'm] {a}[| by profession| by trade]
            My [job|profession|work] is {v}
            My job is to be {a}
            I [have|got] a job as {a}
            [At work|For a living|In my job] I am {a}
            I [became|have become|just became] {a}[| last year| recently]
            I make my living as {a}
            I am employed as {a}
            I have worked as {a} for [years|a long time|ten years]
            """,
            """
            People pay me for being {a}
            The job that I do is {v}
            """,
        ),
        "Being {a} is a good job!",
        asks(
            "my job|my profession|my work",
            "what my job is|what I work as|what I do for a living|what my profession is",
            """
            What do I do[| for a living| for work| as a job]?
            [As what|What] do I work[| as]?
            [Which|What] [job|profession] [do I have|have I|did I say I have|is mine]?
            How do I earn my [money|living]?
            What am I by profession?
            """,
            """
            In which job do I work?
            What sort of work do I do?
            """,
        ),
        "You work as {a}.",
        "You have not told me your job.",
        job,
        weight=3,
    ),
    Matter(
        "hobby",
        phrasing(
            """
            My [hobby|favorite hobby|favourite hobby] is {v}
            {v} is my [hobby|favorite hobby]
            In my [free|spare] time[,|] I [like|love|enjoy] {v}
            I [like|love|enjoy] {v} in my [free|spare] time
            I have a hobby[:|, it is] {v}
            As a hobby I [do|like] {v}
            My hobby: {v}
            What I [do|enjoy] in my free time is {v}
            On Sundays I [enjoy|love] my hobby, {v}
            The hobby [that |]I like [best|most] is {v}
            When I am free I [like|love] {v}
            """,
            """
            I spend my evenings with {v}
            When I do not work I enjoy {v}
            """,
        ),
        "{V} is a fun hobby!",
        asks(
            "my hobby",
            "what my hobby is|what I like to do in my free time|which hobby I have",
            """
            [Which|What] hobby [do I have|have I|did I tell you about|is mine]?
            What do I [do|like to do|enjoy|like] in my [free|spare] time?
            [What|How] do I spend my [free|spare] time[| with]?
            What do I do for fun?
            """,
            """
            In my free time, I do what?
            What do I enjoy when I do not work?
            """,
        ),
        "Your hobby is {v}.",
        "You have not told me your hobby.",
        hobby,
    ),
    Matter(
        "birthday",
        phrasing(
            """
            My birthday is [in|always in] {v}
            [We celebrate|My family celebrates|I will celebrate] my birthday in {v}
            Every {v} I [have my birthday|get one year older]
            [I get|You can give me|I wish for] presents in {v}, on my birthday
            My birthday: {v}
            I [have|celebrate] my birthday in {v}
            I was born in {v}
            {v} is the month of my birthday
            My [birth month|birthday month] is {v}
            In {v}[,|] [I have|it is|I celebrate] my birthday
            The month of my birthday is {v}
            """,
            """
            You can congratulate me in {v}, on my birthday
            My birthday comes in {v}
            """,
        ),
        "{v} is a good month for a birthday!",
        asks(
            "my birthday|the month of my birthday",
            "when my birthday is|in which month my birthday is|when I was born",
            """
            When is my birthday[?|]
            When [do I have|do I celebrate] my birthday?
            [In which|In what|Which|What] month is my birthday[| in]?
            In [which|what] month was I born?
            """,
            """
            Which month is the one of my birthday?
            My birthday is when?
            """,
        ),
        "Your birthday is in {v}.",
        "You have not told me your birthday.",
        month,
    ),
    Matter(
        "plan",
        phrasing(
            """
            Today I [want to|will|am going to|plan to|have to|would like to|must] {v}
            I [want to|will|am going to|plan to|have to|would like to|must] {v} today
            My plan for today is to {v}
            [My plan|My plan today|The plan for today|My plan for today]: {v}
            Today is the day to {v}
            I [still have|have|need] to {v} today
            Later today I [will|want to|must] {v}
            [My task|My goal] for today is to {v}
            I [have planned|plan] to {v} today
            [This afternoon|This evening|Today after lunch] I [want to|will] {v}
            """,
            """
            It is time for me to {v} today
            What I intend to do today is to {v}
            """,
        ),
        "That is a good plan!",
        asks(
            "my plan|my plan for today|today's plan|my plan today",
            "what I want to do today|what my plan is|what I have to do today",
            """
            What do I [want|plan|have|need] to do today?
            What [will I|am I going to|must I] do today?
            [Which|What] plan do I have[| for today]?
            What did I plan[| for today| to do today]?
            What am I up to today?
            """,
            """
            What is it that I intend to do today?
            What shall I do today, as I told you?
            """,
        ),
        "Today you want to {v}.",
        "You have not told me your plan for today.",
        plan,
        weight=3,
    ),
    called("dog", PET, "{v} is a lovely name for a dog!"),
    called("cat", PET, "{v} is a lovely name for a cat!"),
    called("horse", PET, "{v} is a lovely name for a horse!"),
    called("sister", PERSON, "{v} is a lovely name!"),
    called("brother", PERSON, "{v} is a lovely name!"),
    called("best friend", PERSON, "{v} is a lovely name!", "friend"),
    called("mother", PERSON, "{v} is a lovely name!"),
    called("son", PERSON, "{v} is a lovely name!"),
    called("boss", PERSON, "{v} is a lovely name!"),
    secret(
        "word",
        secret_word,
        "[Which|What] word [should|must|shall] you [remember|keep|know]?",
        "Which word were you supposed to remember?",
    ),
    secret(
        "number",
        number(2, 999),
        "[Which|What] number [should|must|shall] you [remember|keep|know]?",
        "Which number were you supposed to remember?",
    ),
    secret(
        "password",
        password,
        "With which password do I [log in|open it]?",
        "Which password do I have to type?",
    ),
)
