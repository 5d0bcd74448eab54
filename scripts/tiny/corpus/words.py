"""The words of the small world, and words that nobody has seen."""

from __future__ import annotations

from random import Random

from .phrases import TRAINED, Split

NAMES = """
Alice Bob Carol Dave Eve Frank Grace Henry Ivy Jack Kate Leo Mia Nina Oscar Paul Quinn Rose Sam
Tom Uma Victor Wendy Xena Yara Zoe Anna Ben Clara Daniel Emma Felix Gina Hugo Ines Jonas Karl Laura
Max Nora Olga Peter Rita Simon Tina Ulrich Vera Walter Yusuf Zack Adam Bella Chris Diana Erik Fiona
George Helen Ian Julia Kevin Lisa Mark Natalie Otto Petra Robert Sara Tim Ursula Viktor Will Amir
Chen Dmitri Fatima Hiro Ivan Jamal Kofi Lena Maria Nadia Omar Pablo Raj Sofia Tariq Yuki Priya Mateo
Luca Elif Aisha Jorge Marta Stefan Ingrid
""".split()
HELD_NAMES = """
Harold Monica Gregor Isabel Tobias Camila Rupert Lorena Edwin Sabine Malik Noemi Barnaby Celeste
Dorian Philippa Anton Greta Ravi Mei
""".split()

CITIES = """
Paris London Berlin Rome Madrid Tokyo Oslo Vienna Dublin Lima Cairo Athens Boston Chicago Seattle
Denver Dallas Miami Toronto Sydney Melbourne Zurich Geneva Hamburg Munich Milan Naples Turin Porto
Seville Lyon Nice Prague Bergen Malmo Riga Vilnius Sofia Kiev Istanbul Dubai Delhi Mumbai Seoul
Osaka Kyoto Manila Jakarta Nairobi Lagos Accra Tunis Havana Bogota Quito Santiago Houston Phoenix
Detroit Leeds Bristol York Glasgow Cardiff
""".split()
HELD_CITIES = """
Stuttgart Valencia Krakow Bordeaux Portland Atlanta Utrecht Antwerp Liverpool Nagoya Montreal
Brisbane Marseille Salzburg
""".split()

ANIMALS = """
dog cat horse cow pig sheep lion tiger bear fox wolf rabbit mouse bird duck owl frog fish bee ant
snake turtle monkey elephant goat chicken spider whale
""".split()
FRUITS = "apple banana cherry lemon orange pear plum peach grape melon mango kiwi".split()
FOODS = FRUITS + "pizza pasta rice soup bread cheese cake salad chicken noodles potatoes".split()
THINGS = """
house tree river mountain table chair window door book lamp car train boat bridge road garden flower
stone cloud rain snow wind fire water light music song dance game ball box bag hat shoe coat ring
key clock phone computer letter paper pencil bread cheese milk butter sugar salt soup cake cookie
robot rocket planet moon star sun ocean island forest desert village city castle king queen knight
dragon wizard
""".split()
QUALITIES = """
happy sad big small fast slow red green blue yellow purple black white old new good cold hot warm
soft hard quiet loud brave smart funny strange simple sunny windy golden silver broken hidden secret
magic little giant tiny lucky
""".split()
WORDS = ANIMALS + FRUITS + THINGS + QUALITIES

COLORS = "red green blue yellow orange purple black white".split()
NUMBER_WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty
""".split()

_SYLLABLES = """
ba be bi bo bu ca co da de di do du fa fe fi fo ga go ha he hi ho ja jo ka ke ki ko la le li lo lu
ma me mi mo mu na ne ni no nu pa pe pi po ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo
wa we ya yo za ze zi zo bra cro dri fle gra plo sta tri
""".split()
_ENDS = ["", "", "n", "r", "s", "l", "t", "m", "k", "x", "nd", "st"]
_HELD = {*HELD_NAMES, *HELD_CITIES}
_HELD_LOWER = {word.lower() for word in _HELD}

LETTERS = """
à á â ã ä å æ ç è é ê ë ì í î ï ñ ò ó ô õ ö ø ù ú û ü ý ß ā ă ą ć č ď đ ē ę ě ğ ī ı ł ń ň ő œ ř ś ş
š ţ ť ū ů ű ź ż ž É Ö Ü Å Ø Č Š Ž Ł İ
α β γ δ ε η θ ι κ λ μ ν ο π ρ σ τ υ φ χ ψ ω
а б в г д е ж з и й к л м н о п р с т у ф х ц ч ш щ ы ь э ю я А И К М С
א ב ל ש ا ب ر س ل म न क त あ い か さ と の は ま カ ト ス 한 국 김 이 사
一 中 人 今 大 好 学 安 小 山 日 明 月 東 水 海 生 田 美 花 € ° ½ 😀 🎉 🌈 🚀 🐶 🍕 ❤ ✓
""".split()
"""Some of what people write that is no ASCII: each is two to four pieces of the tokenizer."""

pieces: list[str] = []
"""Pieces of the tokenizer, once there is one: words made of them teach to copy any of them."""


def new_word(r: Random) -> str:
    """A word that means nothing, and is no held-out name."""
    while True:
        if pieces and r.random() < 0.5:
            word = "".join(r.choice(pieces) for _ in range(r.choice([1, 2, 2, 3])))[:12]
        else:
            syllables = (r.choice(_SYLLABLES) for _ in range(r.choice([1, 2, 2, 2, 3, 3])))
            word = "".join(syllables) + r.choice(_ENDS)
        if word not in _HELD and word not in _HELD_LOWER:
            return word


def new_name(r: Random) -> str:
    """The same, with a capital letter and no other."""
    while True:
        if (found := new_word(r).capitalize()) not in _HELD:
            return found


def name(r: Random, split: Split = "train") -> str:
    """A person's or a pet's name."""
    if split not in TRAINED:
        return r.choice(HELD_NAMES)
    return r.choice(NAMES) if r.random() < 0.5 else new_name(r)


def city(r: Random, split: Split = "train") -> str:
    """A city's name."""
    if split not in TRAINED:
        return r.choice(HELD_CITIES)
    return r.choice(CITIES) if r.random() < 0.55 else new_name(r)


def word(r: Random) -> str:
    """A word of the world, now and then one that means nothing."""
    return r.choice(WORDS) if r.random() < 0.8 else new_word(r)


def some_words(r: Random, least: int, most: int) -> str:
    """A few words after each other."""
    return " ".join(word(r) for _ in range(r.randint(least, most)))


def a(noun: str) -> str:
    """The noun with its article."""
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def first_upper(text: str) -> str:
    """The text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]
