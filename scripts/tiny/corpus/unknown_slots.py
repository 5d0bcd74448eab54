"""What of the wide world a question beyond the small one is about: persons, cities, dishes."""

from __future__ import annotations

from random import Random

from . import facts, words
from .phrases import TRAINED, Split

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


def slot_value(r: Random, name: str, split: Split) -> str:
    """A value for the slot of a template."""
    match name:
        case "name":
            return words.name(r, split)
        case "surname":
            return words.new_name(r) + r.choice(["", "", "son", "er", "man"])
        case "x":
            return words.new_word(r)
        case "year":
            return str(r.randint(1000, 2030))
        case "any_tongue":
            return r.choice([*facts.TRANSLATIONS, slot_value(r, "tongue", split)])
        case "soon":
            return str(r.randint(2030, 2100))
        case "known_land":
            return r.choice(list(facts.CAPITALS))
        case "a_beast" | "a_known_beast":
            return words.a(slot_value(r, name.removeprefix("a_"), split))
        case "known_beast":
            return r.choice(list(facts.LEGS))
        case "big":
            return str(r.randint(21, 99) if r.random() < 0.3 else r.randint(100, 99999))
        case "factor":
            return str(r.randint(11, 999))
        case _:
            train, held = SLOTS[name]
            return r.choice((train if split in TRAINED else held).split("|"))
