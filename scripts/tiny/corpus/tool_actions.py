"""Families of tools that do something: messages, light, timers, music, reminders, notes."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from .facts import DAYS
from .phrases import Split, one, phrasing
from .tool_schemas import Family, Param, Values, does, fill
from .words import ANIMALS, FOODS, city, name, new_word, some_words

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
        last="""
        [hey|hi|ok|pls][,|] [text|message|send a text to|write to] {n}[:| and say| saying] "{t}"
        [I'm busy|I can't call now|My hands are full][.|,] [Text|Please write to] {n}[ for me|]: {t}
        {n} [is waiting|has to know|asked me something][.|,] [Write back|Send a message]: {t}
        "{t}"[ -|,|:] [send that to|please send this to|message this to] {n}[.|, please.|]
        [Send|Write] a [quick|short|friendly] [message|email] to {n}[,| please,|] it should say: {t}
        [can u|could you please|would you kindly] [text|email|write to] {n}[ for me|][:| this:] {t}
        [Get back to|Reach out to|Respond to] {n}[, please,|] [and write|with this text]: {t}
        [I owe|I promised] {n} [a message|a reply|a text][.|,] [Send this|Write|Please send]: {t}
        """,
    ),
    _draw_message,
    does("I sent the message to {n}."),
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
        last="""
        [ok|hi|pls|quick][,|] [lights|light] {s} [in|for] the {r}[ please| now| pls|]
        [The |]{r}, please[:|,] [turn|switch] the [light|lights|lamp] {s}[ there| now|][.|]
        [It's|It is] really {dark} in the {r}[.|,] [Please switch|Turn] the [light|lights] {s}[.|]
        [I can't sleep|We have guests][.|,] [Switch|Turn] the light in the {r} {s}[, please|][.|]
        [can u|could you please|will you] [turn|flip] the {r} [lights|lamp] {s}[ for me| now|][?|]
        If [it|the light] isn't {s} in the {r}[ yet|], [turn|switch] it {s}[, please|, thanks|][.|]
        [Get|Have|I want to have] the [lights|light|lamp] {s} in the {r}[, please|, right now|][.|]
        [The kids are|We are] in the {r}[.|,] [Get|Turn] the [light|lights] {s} there[, please|][.|]
        """,
    ),
    _draw_light,
    does("The light in the {r} is now {s}."),
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
        last="""
        [hey|ok|hi|pls][,|] [timer for|set a timer for|start a timer,] {m} {u}s[ please| now| pls|]
        The [coffee|oven] takes {m} more {u}s[.|,] [Timer please|Set a timer|Start a countdown][.|]
        I [am allowed to play|will exercise] {m} {u}s[.|,] [Start|Set|Run] a [timer|countdown][.|]
        {m} {u}s on the [timer|clock|countdown][, please|, go|, starting now|][.|!|]
        [Get a timer going|Run a countdown|Let a timer run] for {m} {u}s[, please|, thanks|][.|]
        [can u|could you please|would you kindly] [start|put on] a {m}[-| ]{u} [timer|countdown][?|]
        [Beep|Buzz|Call out] [after|once] {m} {u}s [have passed|are up|are gone][.|, please.|]
        For [exactly|about] {m} {u}s, [run a timer|start a countdown|let a timer run][, please|][.|]
        """,
    ),
    _draw_minutes,
    does("The timer is set for {m} {u}s."),
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
        last="""
        [hey|hi|pls][,|] [play|put on|start] [|the song |the track ]{s}[ for me| please| now| pls|]
        [I'm cooking|I'm in the car|It's so quiet here][.|,] [Put on|Play] {s}[.|, please.|]
        {s}[, please,| -|,] [play it|play that song|put that on|start that track][.|, please.|]
        [My friends|The guests] want to hear {s}[.|,] [Play it|So play it|Please put it on][.|]
        [can u|could you please|would you kindly] [play|start] [the tune|the track] {s}[ next|][?|]
        I haven't heard [the song |]{s} [in years|today][.|,] [Play it|Put it on][.|, please.|]
        [The first track|Our song for today] [should be|has to be|is] {s}[.|,] [Play|Start] it[.|]
        [How about|It's time for] some music[, please|][.|,] [Start with|Begin with] {s}[.|]
        """,
    ),
    _draw_song,
    does("I am playing {s}."),
    (
        "[Play|Put on] [a song|some music|music|something][.|, please.|]|I want to hear music[.|]",
        "Which song do you mean?",
        "[{s}|The song {s}|Play {s}|I want to hear {s}][.|, please.|]",
    ),
    "[And now|Now|Next] [play |]{s}[.|, please.|]",
    is_open_ended=True,
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
        last="""
        [hey|ok|hi|pls][,|] [remind me|set a reminder|add a reminder] {w} to {x}[ please| pls|]
        {w} I [have to|need to|want to] {x}[.|,] [Remind me|Please remind me|Set a reminder][.|]
        [My memory is bad|It's important][.|,] [Remind me|Set a reminder] to {x} {w}[, please|][.|]
        [could you please|would you kindly] [remind me|set me a reminder] to {x} {w}[ please|][?|]
        I [keep forgetting|always forget] to {x}[.|,] [Remind me|Set a reminder] {w}[, please|][.|]
        I have [something to do|a plan|a job] {w}: {x}. [Remind me|Add it to my calendar][.|]
        [Book|Block|Save|Plan] [some time|a slot|an entry] in my calendar {w} to {x}[, please|][.|]
        [My wife|My boss] wants me to {x} {w}[.|,] [Remind me|Put that in my calendar][, please|.|]
        """,
    ),
    _draw_task,
    does("I will remind you to {x} {w}."),
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
        last="""
        [hey|hi|pls][,|] [note this|write this down|add a note|make a note][ for me| please|]: {x}
        [I just had an idea|My head is full|I'm in a hurry][.|,] [Make a note|Write it down]: {x}
        "{x}"[ -|,|:] [add that to my notes|write that down|save that as a note][.|, please.|]
        [can u|could you please|would you kindly] [make|save] a [quick |short |]note[ for me|]: {x}
        [In|Into] my [notes|notebook|list of notes], [please write|add|put|save] [this: {x}|"{x}"]
        I'd [like|love] to have "{x}" [in my notes|saved as a note|noted down][, please|][.|]
        [I talked to my boss|I just read this][.|,] [Please note|Add to my notes]: {x}
        A [quick|new] [note|memo|entry for my notes][, please|][:| with this text:| that reads:] {x}
        """,
    ),
    _draw_note,
    does("I saved the note: {x}."),
    (
        "[Add|Save|Make|Take|Write] a note[.|, please.|]|I want to [save|make] a note[.|]",
        "What should the note say?",
        '[{x}|It says: {x}|"{x}"|Write: {x}]',
    ),
    "[And|Also] [another one|one more]: {x}",
    is_open_ended=True,
)
