"""Questions beyond the small world, so that the model learns where its border is.

Most are about the wide world. Some look just like the facts that it knows and ask about something
else: the capital of a country, the color of a thing that is not in its tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from . import facts, verses, words
from .phrases import Phrasing, Split, phrasing
from .turns import Asked

ANSWER = "Sorry, I am only a tiny model and I do not know that."
SHORT = "I do not know."


@dataclass(frozen=True)
class Subject:
    """A part of the wide world, and what is asked about it."""

    name: str
    asked: Phrasing


def _subject(name: str, train: str, held: str) -> Subject:
    return Subject(name, phrasing(train, held))


SLOTS: dict[str, tuple[str, str]] = {
    "person": (
        "Napoleon|Albert Einstein|Mozart|Shakespeare|Julius Caesar|Cleopatra|Marie Curie|Picasso|"
        "Isaac Newton|Gandhi|Abraham Lincoln|Beethoven|Leonardo da Vinci|Queen Victoria|Darwin|"
        "Alexander the Great|Aristotle|Columbus|Galileo|Elvis|Charlie Chaplin|Ada Lovelace|Plato",
        "Rembrandt|Johann Sebastian Bach|Nikola Tesla|Marco Polo|Socrates",
    ),
    "event": (
        "the French Revolution|World War II|World War I|the Roman Empire|the Cold War|the Middle "
        "Ages|the moon landing|the Stone Age|the Black Death|the Renaissance|the Vikings|"
        "the American Civil War|the Ottoman Empire|the Industrial Revolution|the fall of Rome",
        "the Bronze Age|the Boston Tea Party|the Thirty Years' War|the Inca Empire",
    ),
    "science": (
        "quantum physics|gravity|photosynthesis|relativity|a black hole|an atom|DNA|evolution|"
        "electricity|magnetism|the big bang|string theory|nuclear fusion|an electron|entropy|"
        "a vaccine|machine learning|a neural network|a blockchain|inflation|osmosis|radiation",
        "dark matter|plate tectonics|a photon|thermodynamics|a transistor",
    ),
    "dish": (
        "lasagna|pancakes|a pizza|tomato soup|sushi|fried rice|a chocolate cake|pasta|bread|an "
        "omelette|curry|tacos|apple pie|risotto|mashed potatoes|a burger|scrambled eggs",
        "dumplings|paella|a cheesecake|goulash",
    ),
    "illness": (
        "a headache|the flu|a cold|a fever|back pain|a cough|diabetes|asthma|a broken arm|a rash|"
        "high blood pressure|a toothache|stomach pain|insomnia|an allergy",
        "migraine|a sore throat|anemia|a sprained ankle",
    ),
    "law": (
        "a contract|a divorce|copyright|taxes|a speeding ticket|a will|my rights as a tenant|"
        "a patent|a visa|the constitution|a lawsuit|parking fines|the minimum wage",
        "a work permit|bankruptcy|a trademark",
    ),
    "product": (
        "an iPhone|a new car|a laptop|a bicycle|a house|a television|a ticket to the cinema|gold|"
        "a cup of coffee|a sofa|a camera|a plane ticket|a guitar|a washing machine|a dishwasher",
        "a motorcycle|a tent|a smartwatch|an electric scooter",
    ),
    "sport": (
        "football|tennis|basketball|chess|golf|hockey|cricket|baseball|volleyball|handball",
        "badminton|rugby|curling",
    ),
    "work": (
        "Hamlet|the Mona Lisa|Harry Potter|Star Wars|the Bible|Don Quixote|Titanic|the Odyssey|"
        "Moby Dick|Faust|The Lord of the Rings|Romeo and Juliet|Bohemian Rhapsody|Casablanca",
        "War and Peace|The Magic Flute|Jurassic Park",
    ),
    "company": (
        "Apple|Toyota|Siemens|Amazon|Coca-Cola|Nokia|Samsung|BMW|Tesla|Lego|Nintendo|Intel|Ikea",
        "Volkswagen|Philips|Sony",
    ),
    "topic": (
        "climate change|space travel|democracy|the history of trains|globalization|social media|"
        "renewable energy|artificial intelligence|school uniforms|the French kings|modern art|"
        "world hunger|the stock market|education|online shopping|ancient Greece|tourism",
        "space debris|public transport|the silk road|urban gardening",
    ),
    "device": (
        "washing machine|printer|car|phone|laptop|bicycle|dishwasher|television|router|camera|"
        "coffee machine|boiler|heater|door lock|sink|fridge|window",
        "lawn mower|hair dryer|scanner|toaster",
    ),
    "city": (
        "Boston|Chicago|Seattle|Denver|Dallas|Miami|Toronto|Sydney|Melbourne|Zurich|Geneva|Hamburg|"
        "Munich|Milan|Naples|Turin|Porto|Seville|Lyon|Nice|Prague|Bergen|Malmo|Riga|Vilnius|Kiev|"
        "Istanbul|Dubai|Mumbai|Seoul|Osaka|Kyoto|Manila|Jakarta|Lagos|Accra|Tunis|Bogota|Quito|"
        "Santiago|Houston|Phoenix|Detroit|Leeds|Bristol|York|Glasgow|Cardiff|New York|Barcelona",
        "|".join(words.HELD_CITIES),
    ),
    "land": (
        "the Netherlands|South Korea|Iceland|Romania|Bulgaria|Croatia|Serbia|"
        "Ukraine|Colombia|Chile|Venezuela|Bolivia|Ecuador|Uruguay|Paraguay|Morocco|Algeria|Nigeria|"
        "Ghana|Ethiopia|Tanzania|South Africa|Israel|Iran|Iraq|Pakistan|Nepal|Vietnam|Malaysia|"
        "Indonesia|the Philippines|Mongolia|Scotland|Slovakia|Slovenia|Estonia|Latvia|Lithuania|"
        "Luxembourg|Malta|Jamaica|Panama|Costa Rica|New Zealand|Saudi Arabia|Uganda",
        "Belarus|Honduras|Cambodia|Senegal|Qatar|Albania|Laos|Zambia|the Congo",
    ),
    "beast": (
        "tiger|bear|fox|rabbit|elephant|monkey|turtle|goat|zebra|kangaroo|penguin|shark|squirrel|"
        "dolphin|hamster|eagle|parrot|crab|hedgehog|seal|swan|turkey|gorilla",
        "camel|panda|beaver|donkey|lizard|crocodile",
    ),
    "thing": (
        "an elephant|a strawberry|a plum|a kiwi|a house|a car|a wolf|a mouse|gold|blood|an emerald|"
        "a book|a door|a flower|a tiger|rust|sand|a hat|a blueberry|a zebra|mustard|a fox|a boat|"
        "a pencil|a horse|honey|a bus|a cloud|an eggplant|cinnamon|silver|a penguin|a peach|wine",
        "a camel|a raspberry|a walnut|copper|a canoe|lavender|a sofa",
    ),
    "lone": (
        "apple|music|strong|early|thick|sweet|brave|clean|table|river|expensive|deep|heavy|wide|"
        "summer|king|north|love|war|true|always|begin|laugh|smooth|modern|alive|easy|sharp",
        "narrow|guilty|ancient|often|cheap|arrive|polite|husband",
    ),
    "foreign": (
        "apple|tree|moon|computer|love|mother|school|green|blue|book|street|friend|goodbye|please|"
        "milk|horse|seven|window|car|river|happy|to sleep|the weather|I am hungry|good luck",
        "butterfly|chair|cheese|yesterday|garden|to swim|lamp",
    ),
    "tongue": (
        "Italian|Polish|Latin|Japanese|Turkish|Dutch|Swedish|Chinese|Arabic|Greek|Russian|Hindi|"
        "Korean|Portuguese|Hungarian|Finnish|Czech|Welsh|Irish|Hebrew|Swahili",
        "Danish|Vietnamese|Icelandic|Ukrainian|Basque",
    ),
    "script": (
        "Rust|C++|Java|Haskell|SQL|Go|Perl|Ruby|PHP|Swift|Delphi|Kotlin|Bash|Prolog|Fortran",
        "Scala|Lua|Cobol|Pascal",
    ),
    "part": (
        "strings on a guitar|teeth in a shark|bones in a human|keys on a piano|stars in the sky|"
        "players in a football team|cards in a deck|planets in the solar system|countries in the "
        "world|islands in Greece|states in the USA|people on Earth|grams in a pound|bytes in a "
        "gigabyte|feet in a mile|days in February|weeks in a year|cents in a dollar|days in May|"
        "chapters in the Bible|languages in the world|holes on a golf course|eyes on a spider",
        "hearts in an octopus|pawns in chess|muscles in the body|inches in a foot",
    ),
    "maker": (
        "the telephone|the light bulb|the wheel|the airplane|the computer|the piano|the bicycle|"
        "paper|the telescope|the steam engine|the internet|dynamite|the zipper|chess|the radio",
        "the microscope|the elevator|the typewriter",
    ),
    "feast": (
        "Christmas|Easter|my birthday|New Year|summer|the weekend|Ramadan|Halloween|the holidays",
        "Thanksgiving|Carnival|Hanukkah",
    ),
    "unit": ("miles|feet|inches|pounds|gallons|Fahrenheit|ounces|yards", "acres|stones|pints"),
    "metal": ("iron|gold|silver|lead|copper|glass|chocolate|wax|steel", "tin|butter|aluminium"),
    "job": (
        "a doctor|a pilot|a lawyer|a teacher|a chef|a programmer|a nurse|a plumber|an astronaut",
        "a dentist|a baker|a judge",
    ),
    "skill": (
        "to swim|the guitar|to dance|to drive|the piano|to juggle|to draw|Spanish|to cook|to knit",
        "the violin|to ski|to sew",
    ),
}
"""Values of slots between bars: those that are trained, and those that are not."""


def _slot(r: Random, name: str, split: Split) -> str:
    """A value for the slot of a template."""
    match name:
        case "name":
            return words.name(r, split)
        case "surname":
            return words.new_word(r).capitalize() + r.choice(["", "", "son", "er", "man"])
        case "x":
            return words.new_word(r)
        case "year":
            return str(r.randint(1000, 2030))
        case "any_tongue":
            return r.choice([*facts.TRANSLATIONS, _slot(r, "tongue", split)])
        case "soon":
            return str(r.randint(2030, 2100))
        case "known_land":
            return r.choice(list(facts.CAPITALS))
        case "a_beast" | "a_known_beast":
            return words.a(_slot(r, name.removeprefix("a_"), split))
        case "known_beast":
            return r.choice(list(facts.LEGS))
        case "big":
            return str(r.randint(21, 99) if r.random() < 0.3 else r.randint(100, 99999))
        case "factor":
            return str(r.randint(11, 999))
        case _:
            train, held = SLOTS[name]
            return r.choice((train if split == "train" else held).split("|"))


SUBJECTS = (
    _subject(
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
    ),
    _subject(
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
    _subject(
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
    ),
    _subject(
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
    _subject(
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
    _subject(
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
    ),
    _subject(
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
    _subject(
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
    _subject(
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
    _subject(
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
    _subject(
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
    _subject(
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
    _subject(
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
    _subject(
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
    _subject(
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
    _subject(
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
    _subject(
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
    _subject(
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
LIVE = (
    _subject(
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
    _subject(
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
    _subject(
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


def _border(r: Random, split: Split) -> tuple[str, str]:
    """A question as for a fact, about what is in no table; and what is missing."""
    known_words = facts.TRANSLATIONS["French"]
    match r.choices(range(9), [22, 8, 14, 9, 9, 9, 12, 17, 6])[0]:
        case 0:
            land = _outside(r, "land", split, facts.CAPITALS)
            return facts.CAPITAL.pick(r, split, c=land), f"the capital of {land}"
        case 1:
            city = _outside(r, "city", split, facts.CAPITALS.values())
            return facts.COUNTRY.pick(r, split, x=city), f"the country of {city}"
        case 2:
            thing = _outside(r, "thing", split, facts.COLORS)
            return facts.COLOR.pick(r, split, n=thing), f"the color of {thing}"
        case 3:
            beast = _beast(r, split, facts.SOUNDS)
            slots = {"n": words.a(beast), "ns": _plural(beast), "s": beast}
            return facts.SOUND.pick(r, split, **slots), f"the sound of {words.a(beast)}"
        case 4:
            beast = _beast(r, split, facts.LEGS)
            question = facts.LEG_COUNT.pick(r, split, n=words.a(beast), ns=_plural(beast))
            return question, f"the legs of {words.a(beast)}"
        case 5:
            beast = _beast(r, split, facts.YOUNG)
            question = facts.YOUNG_NAME.pick(r, split, c=beast, n=words.a(beast))
            return question, f"the young of {words.a(beast)}"
        case 6:
            opposites = [*facts.OPPOSITES, *facts.OPPOSITES.values()]
            word = _outside(r, "lone", split, opposites)
            return facts.OPPOSITE.pick(r, split, w=word), f"the opposite of {word}"
        case 7:
            word = _outside(r, "lone", split, [*verses.RHYMES, *verses.RHYMES.values()])
            return verses.RHYME.pick(r, split, w=word), f"a rhyme for {word}"
        case _:
            if r.random() < 0.5:
                word = _outside(r, "foreign", split, known_words)
                tongue = r.choice(list(facts.TRANSLATIONS))
            else:
                word = r.choice(list(known_words))
                tongue = _outside(r, "tongue", split, facts.TRANSLATIONS)
            question = facts.TRANSLATION.pick(r, split, c=word, l=tongue)
            return question, f"the {tongue} word for {word}"


def _outside(r: Random, slot: str, split: Split, known: object) -> str:
    """A value of the slot, or a word that nobody has seen, that the tables do not have."""
    while True:
        found = _slot(r, slot, split)
        if slot in ("land", "city") and split == "train" and r.random() < 0.25:
            found = words.new_word(r).capitalize()
        if found not in known and re.sub("^(a|an|the) ", "", found) not in known:
            return found


def _beast(r: Random, split: Split, known: dict[str, object]) -> str:
    """An animal without an entry in the table."""
    if split == "train" and r.random() < 0.5:
        return r.choice([animal for animal in words.ANIMALS if animal not in known])
    return _outside(r, "beast", split, known)


_PLURALS = {"wolf": "wolves", "mouse": "mice", "fish": "fish", "sheep": "sheep", "fox": "foxes"}


def _plural(noun: str) -> str:
    return _PLURALS.get(noun, noun + "s")


def unknown(r: Random, split: Split = "train", live: bool = True) -> Asked:
    """A question that the model can not answer; `live`: also what a tool might answer."""
    if r.random() < 0.4:
        question, missing = _border(r, split)
        thought = f"The user asks for {missing}. I do not know it."
    else:
        subject = r.choice(SUBJECTS * 2 + LIVE if live else SUBJECTS)
        template = subject.asked.pick(r, split)
        question = re.sub(r"\{(\w+)\}", lambda slot: _slot(r, slot[1], split), template)
        thought = f"This is about {subject.name}. I do not know it."
    question = words.first_upper(question)
    return Asked("unknown", question, ANSWER, SHORT, {"answer": None}, thought)
