"""All families of tools: those that everybody knows, and made-up ones that nobody has seen."""

from __future__ import annotations

from random import Random
from typing import Any

from .phrases import Split, one, phrasing
from .tool_actions import LIGHT, LIGHT_SWITCH, MESSAGE, MUSIC, NOTE, REMINDER, SECONDS_TIMER, TIMER
from .tool_lookups import SEARCH, TIME, TIME_HERE, TRANSLATE, WEATHER, WEATHER_IN_UNITS
from .tool_numbers import CALCULATOR, CONVERT, PRODUCT, SUM
from .tool_schemas import Family, Param, Told, Values, done, fill, value_of
from .words import COLORS, a, city, first_upper, name, new_word, some_words

FAMILIES: tuple[tuple[Family, int], ...] = (
    (WEATHER, 14), (WEATHER_IN_UNITS, 3), (TIME, 8), (TIME_HERE, 3), (SUM, 7), (PRODUCT, 5),
    (CALCULATOR, 5), (SEARCH, 8), (MESSAGE, 8), (LIGHT, 6), (LIGHT_SWITCH, 2), (TIMER, 6),
    (SECONDS_TIMER, 2), (MUSIC, 6), (CONVERT, 6), (REMINDER, 6), (NOTE, 5), (TRANSLATE, 6),
)  # fmt: skip
"""The families, and how often each is drawn."""

# Tools that nobody has seen: only the schema tells what they are called with

_VERBS = "get find create delete open check update book buy show list start stop count load".split()
_MORE_VERBS = """
accept add approve arrange ask assign block borrow bring build cancel change charge check choose
clean clear close collect compare confirm connect copy cut deliver describe draw edit email enter
estimate export fetch fill fix follow format hide hire import invite join keep label lend lock look
mail make mark match measure mend merge move mute name order pack paint park pause pay pick plan
plant post print pull push rate read receive refill refund register reject release remove rename
repair repeat replace report request reserve reset resize restart return review save scan schedule
sell share ship sign skip sort split store submit subscribe switch sync tag teach test track trade
unlock upload verify visit vote wash watch weigh wrap
""".split()
_HELD_VERBS = "archive rent inspect".split()
_NOUNS = """
user file ticket product recipe account price hotel flight table record customer invoice report
project package page score job device ship team
""".split()
_MORE_NOUNS = """
address album alarm animal appointment article bag basket battery bill bike board boat book booking
bottle box branch bridge budget bus button cable camera campaign card cart case chair channel chart
class client code comment computer contact container course coupon cup device disk document dog
domain door drink drive engine event exam farm field film flag flower folder form game garage gift
group guest house image item job key lamp lesson letter license list loan locker log machine map
match meal meeting member menu message meter model movie network note offer order paper parking
payment person phone photo pipe plan plant plate player playlist pool post printer prize profile
program question quote radio receipt refund region request ring robot room route rule salary sample
school screen seat sensor server shelf shirt shop sign song station stock story student task tax
teacher theme ticket tire token tool toy train tree trip truck video visa visitor wallet window
""".split()
_HELD_NOUNS = "parcel contract patient vehicle".split()
_WORDS: dict[Split, tuple[list[str], list[str]]] = {
    "train": (_VERBS, _NOUNS),
    "practice": (_VERBS + _MORE_VERBS, _NOUNS + _MORE_NOUNS),
    "drill": (_VERBS + _MORE_VERBS, _NOUNS + _MORE_NOUNS),
}
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
_MADE_UP_MORE = """
[Next|First|Then|Today|Quick|Again], {verb} [the {noun}|{a_noun}] with {p}[.|, please.|]
[We|They|You] [have to|must|should|ought to] {verb} [the {noun}|{a_noun}] with {p}[.|]
[Someone|Anna|The customer|My friend] [asks|wants] [us|you|me] to {verb} the {noun} with {p}[.|]
[Here is|Here are|Take] {p}[.|:|,] {verb} the {noun} with [it|that|them][.|]
[How about|What if] you {verb} the {noun} with {p}?
[It is necessary|It would be good|It is time] to {verb} [the {noun}|{a_noun}] with {p}[.|]
[The {noun} is|It is about the {noun}:] {verb} it with {p}[.|]
{p}: {verb} [the {noun}|{a_noun}][.|]
"""
_MADE_UP_HELD = """
The moment has come to {verb} {a_noun} with {p}.
Do you mind? I have to {verb} the {noun} with {p}.
My boss says: {verb} the {noun} with {p}.
"""
_MADE_UP_WAYS = (_MADE_UP_ASKED, _MADE_UP_HELD, _MADE_UP_MORE)


def made_up(r: Random, split: Split) -> Family:
    """A family of one tool, with a name and parameters of its own."""
    verbs, nouns = _WORDS.get(split, (_HELD_VERBS, _HELD_NOUNS))
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
        phrasing(*(fill(asked, words) for asked in _MADE_UP_WAYS)),
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
