"""Subjects of the wide world, and what people ask about them."""

from __future__ import annotations

from dataclasses import dataclass

from .phrases import Phrasing, phrasing


@dataclass(frozen=True)
class Subject:
    """A part of the wide world, and what is asked about it."""

    name: str
    asked: Phrasing


def subject(name: str, train: str, held: str, last: str = "") -> Subject:
    """A subject from its questions, one template a line."""
    return Subject(name, phrasing(train, held, last=last))


SUBJECTS = (
    subject(
        "a person",
        """
        Who [is|was] [{person}|{person}|{name} {surname}][?|]
        [Tell me|Tell me something|What do you know|What can you tell me] about {person}[?|.|]
        [When|Where|In what year] was [{person}|{name} {surname}] born?
        How did {person} die?
        What did {person} [do|invent|discover|write|say about money]?
        [Why|For what] is {person} famous?
        Do you know [who {person} was|{name} {surname}|{person}]?
        How old [is|was] [{person}|{name} {surname}]?
        [Where does|Where did] [{person}|{name} {surname}] [live|work]?
        [Is|Was] {person} [rich|married|tall|American|a king]?
        Who [was|is] the [wife|mother|brother|teacher] of {person}?
        {person}, who [is|was] that?
        """,
        """
        Give me a short biography of {person}.
        I read about {person}. What is important there?
        What made {name} {surname} so well known?
        """,
        last="""
        [My|Our] [kid|son] [asks|wants to know] [who {person} was|when {person} was born][.|?]
        [For a quiz|For school|Homework]: [who was {person}|why is {person} famous]?
        [{person} was born in|{person} is famous for|{name} {surname} lives in][...|..| ___]
        """,
    ),
    subject(
        "history",
        """
        When [was {event}|did {event} [begin|start|end]]?
        [Why|How] did {event} [begin|start|end|happen]?
        What [was|happened in|caused] {event}?
        [Tell me|Explain|Teach me][| something] about {event}[.|]
        What happened in [the year |]{year}?
        Who [ruled|was the king of|was the queen of|conquered] {known_land} in {year}?
        How long did {event} last?
        Who [won|fought|lost] the war [of|in] {year}?
        When was [{city}|{known_land}] founded?
        How many people [died|lived] in {event}?
        [Who invented {maker}|Who came up with {maker}|When was {maker} invented]?
        """,
        """
        Summarize {event} for my history class.
        Which year did {event} take place?
        By whom was {maker} invented?
        """,
    ),
    subject(
        "science",
        """
        [Explain|Please explain|Can you explain|Describe] {science}[.|]
        [What is|What's|What exactly is|Whats] {science}?
        How [does|do] {science} work?
        [Tell me|Teach me] [something |]about {science}[.|]
        At what temperature does {metal} melt?
        Why is [the sky blue|grass green|snow white|the sea salty|fire hot|blood red|ice cold]?
        How far [away |]is [the moon|the sun|Mars|the next galaxy]?
        How [big|heavy|old|hot] is [the moon|the sun|the Earth|Jupiter|the universe]?
        What is the [formula|symbol|density|atomic number|mass] of {metal}?
        How fast is [light|sound|a rocket|a bullet]?
        What is [the meaning of life|E=mc2|pi|the square root of {big}|a prime number]?
        What is {metal} made of?
        """,
        """
        I do not understand {science}. Can you help?
        Give a simple definition of {science}.
        How heavy is a cube of {metal}?
        """,
        last="""
        [My|Our] [kid|son] asks [what {science} is|how hot the sun is|when {metal} melts][.|?]
        [whats|hey whats] [the melting point of {metal}|the biggest planet|the smallest animal][?|]
        {metal} [melts|boils|becomes liquid] at[...|..| ___| what temperature?]
        [I forgot|Remind me] [what {science} is|how far the moon is|how old the Earth is][.|?]
        """,
    ),
    subject(
        "cooking",
        """
        How [do I|can I|do you|does one] [cook|make|bake|prepare] {dish}?
        [Give me|I need|Do you have|Tell me] [a|your|the] recipe for {dish}[.|?|]
        How long [do I|should I|must I] [cook|bake|boil] {dish}?
        What [do I need|are the ingredients|spices do I take] for {dish}?
        [Recipe for|Best recipe for|How to make] {dish}[?|]
        How many calories [does {dish} have|are in {dish}]?
        What can I cook [tonight|for dinner|with eggs and rice|for {name}]?
        Which wine goes with {dish}?
        Is {dish} [healthy|vegan|hard to make|from {known_land}]?
        """,
        """
        I would love to prepare {dish}. Which steps are there?
        What goes into {dish}?
        """,
    ),
    subject(
        "travel",
        """
        How [do I|can I] get [to|from {city} to] {city}?
        [Which|What] [hotel|restaurant|museum|beach] [is good|should I visit|is the best] in {city}?
        What [can I see|is there to see|should I do] in [{city}|{known_land}]?
        How far is [it to|it from {city} to] {city}?
        [Plan|Book] [a trip|a holiday|a weekend|a flight] to {city}[ for me|][.|]
        Do I need a visa for [{known_land}|{land}]?
        [When|What time] does the [train|bus|plane] to {city} leave?
        How long is the flight [to|from {city} to] {city}?
        Is {city} [nice|safe|worth a visit|expensive|a big city]?
        What is the best time to visit [{city}|{known_land}]?
        """,
        """
        I go to {city} next month. What should I look at?
        Find me a cheap flight to {city}.
        """,
    ),
    subject(
        "a place",
        """
        How many people live in [{city}|{known_land}|{land}]?
        What is the population of [{city}|{known_land}]?
        Who is the [president|king|prime minister|mayor] of [{known_land}|{land}|{city}]?
        [What|Which] [language|languages] do people [speak|use] in [{known_land}|{land}]?
        What is the [currency|flag|highest mountain|longest river|national anthem] of {known_land}?
        How big is [{city}|{known_land}|{land}]?
        Which countries [border|are next to] {known_land}?
        Which river flows through {city}?
        Where is [the Eiffel Tower|the Nile|Mount Fuji|the Grand Canyon|the Amazon|{land}]?
        How [high|old|deep|long] is [Mount Everest|the Eiffel Tower|the Nile|the Great Wall]?
        """,
        """
        Tell me how many inhabitants {known_land} has.
        Who governs {land} at the moment?
        """,
        last="""
        [My|Our] [kid|son] asks [how big {land} is|who rules {land}][.|?]
        The [population|president|currency|national animal] of {known_land} is[...|..| ___]
        [I'm flying|We're going] to {land}[. What|, what] [language|money] do they [use|have] there?
        """,
    ),
    subject(
        "medicine",
        """
        [What helps|What should I do|What can I take|What is good] [against|for] {illness}?
        [I have|My son has|My mother has|{name} has] {illness}[. What should I do?|. What helps?]
        What [are the symptoms|is the cause|are the signs] of {illness}?
        How [do I treat|can I cure|do doctors treat|long does it take to get over] {illness}?
        Is {illness} [dangerous|contagious|serious]?
        [How much|How many pills of] [aspirin|medicine|vitamin C] [should I take|do I need]?
        Should I see a doctor [with|because of|for] {illness}?
        How many hours should I sleep?
        """,
        """
        The doctor says it is {illness}. What does this mean?
        Which pills work against {illness}?
        """,
    ),
    subject(
        "law and money",
        """
        [What is|Explain|What does the law say about|Tell me about] {law}[?|]
        [Do I need|How do I get|What happens with|Can you help me with] {law}?
        [Is it|Is it really] [legal|allowed|illegal|forbidden] to [fish|park here|copy a book]?
        How much tax [do I pay|must I pay|do people pay in {known_land}]?
        [Should I|Where can I|When should I] [invest my money|buy stocks|sell my house|get a loan]?
        How do I [start a company|save money|get rich|write an invoice|open a bank account]?
        Who is the [boss|founder|owner|CEO] of {company}?
        What does {company} [make|sell|earn]?
        When was {company} founded?
        [Can my boss|Can the police|May my landlord] [fire me|enter my house|read my letters]?
        """,
        """
        I need advice on {law}.
        Is {company} a good company?
        """,
    ),
    subject(
        "opinions",
        """
        [What do you think|What is your opinion|What do people think] about {topic}?
        Is [{company}|{sport}|{topic}] [good|bad|better than {sport}|important|dangerous]?
        [Who|Which party] should I vote for?
        [What|Which] {device} should I buy?
        Can you recommend [{product}|a good book|a good movie|a restaurant in {city}]?
        [Which is better|What is better|What do you prefer][, |: ]{company} or {company}?
        Is there [a god|life on Mars|life after death|true love|free will]?
        Should I [marry {name}|quit my job|move to {city}|learn {skill}]?
        What is the best [movie|book|song|game|phone|school|city] [of all time|in the world|ever]?
        What should I [wear|buy|read] [today|tomorrow|for {name}|this week]?
        """,
        """
        Do you find {topic} important?
        I can not decide between {company} and {company}. Which one?
        """,
    ),
    subject(
        "the future",
        """
        [What will happen|What will the world be like|How will we live] in {soon}?
        Who will win [the next election|the world cup in {soon}|the match|tomorrow|the race]?
        Will [it snow at Christmas|{name} call me|I be rich|{company} grow|robots rule the world]?
        When [will|does] [the world end|{name} come home|the war end|I die|my train come]?
        [Predict|Guess|Tell me] [the lottery numbers|my future|next week's news|my fortune][.|]
        How many days [are there |]until {feast}?
        On what day is {feast} [this year|next year|in {soon}]?
        What will [{company} shares|{product}|a house] cost in {soon}?
        """,
        """
        Look into the future: what happens in {soon}?
        How long must I wait until {feast}?
        """,
    ),
    subject(
        "private matters",
        """
        [What is|What's|Tell me] {name}'s [phone number|address|email|shoe size|surname|salary][?|]
        [Where|With whom] is {name} [now|today|at the moment|right now]?
        Where [did I put|are|did I leave] my [keys|glasses|shoes|papers|phone]?
        What [am I thinking|did I dream last night|did I do yesterday|am I wearing]?
        [Does|Did] {name} [like me|love {name}|call today|lie to me|get my letter]?
        Why is {name} [angry|sad|late|not here]?
        [What is|Guess|Tell me] [the PIN of my card|the code of my door|my shoe size][.|]
        What [did|does] {name} [say|want|think about me|earn]?
        How many [friends|brothers|children|cars] does {name} {surname} have?
        [Who|What] is [behind me|in my kitchen|on the phone|at the door]?
        """,
        """
        Do you happen to have {name}'s number?
        I lost my keys. Where could they be?
        """,
    ),
    subject(
        "big numbers",
        """
        [What is|What's|Calculate|How much is|Compute] {factor} [*|x|times] {factor}[?|]
        {big} [+|-|plus|minus] {big}[| =|?| = ?]
        [What is|What's|How much is] {big} [+|plus|minus|-] {big}?
        {factor} [*|x|times] {factor}[| =|?| = ?]
        {big} / 0[| =|?]
        [What is|Calculate] the [square root|cube root|logarithm|sine|factorial] of {big}[?|]
        [What is|How much is] {factor} percent of {big}?
        [Solve|Solve for x:|What is x if] {factor}x + {factor} = {big}[.|?|]
        [What is|Find|Calculate] the [derivative|integral] of x^{factor}[?|]
        How many {unit} are {big} [meters|kilos|liters|kilometers]?
        [Convert|Please convert] {big} {unit} to [meters|kilos|liters|Celsius|kilometers][.|]
        What is the {factor}th digit of pi?
        [What are|List] the prime [numbers up to|factors of] {big}[?|]
        """,
        """
        Please multiply {factor} with {factor}.
        Do the sum {big} plus {big} for me.
        How much would {factor} percent of {big} be?
        """,
    ),
    subject(
        "a long task",
        """
        [Write|Please write|Can you write] [an essay|an article|a speech] about {topic}[.|?|]
        [Write|Draft] [a letter to {company}|an email to my boss|a cover letter for {job}][.|]
        [Summarize|Give me a summary of|Explain the plot of|Review] {work}[.|]
        [Make|Write|Create] [a business plan|a training plan|a diet plan|a budget][.| for {job}.]
        [Write|Make] a [novel|chapter|thesis|book|play|report] [about|on] {topic}[.|]
        [Write|Give me] [500|1000|2000|300] words [about|on] {topic}[.|]
        [Explain|Discuss|Compare] [the causes of|the pros and cons of|{topic} and] {topic}[.|]
        [Give me|List|Name] [ten|20|five|7] [ideas|arguments|facts|tips] [for|about] {topic}[.|]
        [Prepare|Plan] [a party for {name}|a lesson about {topic}|my day|my wedding][.|]
        [Translate|Proofread|Correct|Rewrite] [my essay|this book|the article|{work}][.|]
        """,
        """
        I need two pages on {topic} for school.
        Compose a newspaper article on {topic}.
        """,
    ),
    subject(
        "other languages",
        """
        [Write|Please write|Tell me] [a poem|a story|a short story] in {any_tongue}[.|]
        [Write|Can you write] a poem about [love|the sea|{a_beast}] in {any_tongue}[?|.|]
        [Do|Can] you speak {tongue}?
        [Answer me|Talk to me|Speak|Say something] in {tongue}[.|, please.|]
        [Write|Can you write|Please write] [a {script} [program|function]|some {script} code][.|?]
        [Write|Build|Make|Program] [a website|a computer game|a web server][| in {script}][.|]
        How do I [sort a list|read a file|open a window|print text] in {script}?
        What is [{script}|the best programming language|a pointer in {script}]?
        How do I learn [{tongue}|{skill}|{script}]?
        [Translate|Put] this [text|letter|book] into {tongue}[.|]
        """,
        """
        Could you converse with me in {tongue}?
        Please program this in {script}.
        """,
    ),
    subject(
        "arts and sports",
        """
        Who [wrote|made|painted|composed|is the author of|directed] {work}?
        [What is|What's] {work}[| about]?
        When [was {work} [made|written]|did {work} come out]?
        Who won the [{sport}|world] cup in {year}?
        [What are|Explain|Tell me] the rules of {sport}[?|.|]
        Who is the best [{sport} player|singer|actor|painter]?
        How [do I|does one] play {sport}?
        How does {work} end?
        Which [song|movie|book] is from {year}?
        How long [is [a {sport} match|{work}]|does a {sport} match last]?
        Who [sings|plays|acts] in {work}?
        """,
        """
        What is the story of {work}?
        Which team is the champion in {sport}?
        """,
    ),
    subject(
        "how to do things",
        """
        How [do I|can I] [fix|repair|clean|open|reset|sell] my {device}?
        [My|Our] {device} [is broken|does not work|makes noise|is wet][. What can I do?|. Help!|.]
        How does a {device} work?
        How [do I|can I|does one] learn {skill}?
        How do I [become {job}|tie a tie|change a tire|remove a stain|grow tomatoes|make a knot]?
        Why [is my {device} [broken|so slow|so loud]|does my {device} not work]?
        What does {job} [do|earn|need to know]?
        Where can I [buy|find|rent|sell] {product}?
        How long does it take to [build a house|learn {skill}|become {job}|run a mile]?
        What [tool|size|kind of screw] do I need for [my {device}|a {device}]?
        """,
        """
        Something is wrong with my {device}. Any ideas?
        I dream of becoming {job}. What must I do?
        """,
    ),
    subject(
        "nature",
        """
        How [old|big|heavy|tall] [is {a_beast}|does {a_beast} get]?
        What does [{a_beast}|{a_known_beast}] [eat|like to eat|drink]?
        How long [does|can] [{a_beast}|{a_known_beast}] live?
        Why [do|does] [cats purr|dogs bark|birds sing|a {beast} sleep|leaves fall|bees sting]?
        Where does {a_beast} live?
        [What is|What's|Tell me about] {a_beast}[?|]
        Is {a_beast} [dangerous|a mammal|bigger than {a_known_beast}|smart|a bird]?
        How many {part}[| are there]?
        How many [teeth|bones|eyes|hairs] [does {a_known_beast} have|has {a_known_beast}]?
        How fast can [{a_beast}|{a_known_beast}] run?
        How do I [feed|wash|train|keep] [{a_beast}|{a_known_beast}]?
        """,
        """
        Which food is right for {a_known_beast}?
        Give me the number of {part}.
        """,
    ),
    subject(
        "words that I have never seen",
        """
        What is [a |the |]{x}[?|]
        What does ["{x}"|{x}|the word {x}] mean?
        [Define|Explain|Describe] {x}[.|]
        [Tell me about|Tell me more about|What do you know about] {x}[.|?|]
        {x} {x} {x}[?|.|]
        {x} {x} {x} {x} {x}
        [Do you know|Have you heard of] {x}?
        How [does [a |]{x} work|do I use [a |]{x}]?
        [Where|When|Why|Who] is [the |]{x}?
        How many {x} [are there|does a {x} have|are in a {x}]?
        Is {x} [a word|good|real|a color|an animal]?
        [What is|What's] the {x} of [a |the |]{x}?
        """,
        """
        Give me the meaning of {x}.
        {x}? {x}! {x}.
        Somebody spoke of {x}. What can it be?
        """,
    ),
)
