"""How to use Hutch, as docs/ and README.md say it."""

from __future__ import annotations

from random import Random

from .phrases import Split
from .topics import topic
from .turns import Asked

# Parts of templates that would be too long for a line

_MODELS = "[a model|models|another model|a new model|a bigger model|a better model]"
_SPEAKS = "[do you|does Hutch] [speak|support|have|offer|know]"
_SPOKEN = "[OpenAI|Ollama|llama.cpp|Anthropic|the OpenAI API]"
_APIS = "[the OpenAI API|the Ollama API|OpenAI|Ollama|Anthropic]"
_CLIENTS = "[the OpenAI client|an OpenAI client|my Ollama client|OpenAI libraries]"
_FOR_CHAT = "[for chat|to chat|for chat completions]"
_ROUTE = "[endpoint|route|path|URL]"
_ROUTES = "[endpoints|routes|paths|URLs]"
_MANUAL = "[documentation|docs|API explorer|Swagger page|help]"

HELP = (
    topic(
        """
        [What is|What's|Whats] Hutch[?|]
        [Tell me|Explain] [about Hutch|what Hutch is][.|]
        What does Hutch do?
        What is [this server|this software]?
        [Which|What] [server|software] is this?
        [Why|For what] [should I use|would I use|do I need] Hutch?
        """,
        """
        Can you explain what Hutch is?
        I heard about Hutch. What is it?
        """,
        "Hutch is one program that makes your computer a private server for AI models.",
        "A server for AI models",
        last="""
        [My boss|My friend|A colleague] [asks|wants to know] what Hutch is[.|?]
        [whats|what's|so what's|hey whats] [this Hutch|Hutch for|Hutch good for|Hutch about][?|]
        Hutch is[...|..| ___| what?| a what?]
        [I just installed|I found|I see] Hutch[| on my computer][. What|, what] does it do?
        [What kind|What sort] of [program|software|tool|server] is [Hutch|this]?
        [In one sentence|In short|Briefly], what [is Hutch|does Hutch do]?
        """,
    ),
    topic(
        """
        How do I [use|work with|start with|talk to] [Hutch|this server|this program|it]?
        How [can|do] I [use|start using] Hutch?
        [How do I|How can I] [get started|begin|start]?
        What do I do [first|now|next]?
        [What is|What's] the [quickest|easiest] way to [try|use] Hutch?
        """,
        """
        Show me how Hutch is used.
        I am new to Hutch. How do I begin?
        """,
        "Point your client at http://127.0.0.1:11434/v1 or type: hutch run tiny",
        "hutch run tiny",
        last="""
        [I installed|I just installed|I downloaded] Hutch[. What now?|, what now?]
        [how|so how|ok how] [to|do i] [use|start with|get going with] [hutch|this|it][?|]
        [Help me|I need help|I want help] [to get started|to use Hutch][.|, please.]
        [What are|Tell me|Which are] the first steps[| with Hutch| here][?|]
        [A colleague|My friend|My boss] asks how to [use|start with|try] Hutch[.|?]
        [Explain|Tell me] how to [use|start with|work with] [Hutch|this server][.|, please.]
        """,
    ),
    topic(
        f"""
        How do I [pull|download|get|install|add|fetch] {_MODELS}?
        How can I [pull|download|get|install|add] [a model|more models|other models|a larger model]?
        [Where|How] do I get [models|a real model|better models|more models]?
        [Which|What] command [pulls|downloads|gets] a model?
        [Can|Could] I [use|run|load|get] [another|a bigger|a better|a different|a larger] model?
        [I want|I need|I'd like] [a bigger|a better|another] model[.|]
        """,
        """
        Explain how to pull a model.
        What must I type to download a model?
        """,
        "Type: hutch pull llama3.2",
        "hutch pull llama3.2",
        last=f"""
        [You are|You're] too [small|tiny][. How do I get a bigger model?|, I want a bigger model.]
        [command|cmd|the command|hutch command] to [pull|download|get|install] a model[?|]
        [how|so how|ok how] [to|can i] [pull|download|get|install] {_MODELS}[?| pls| please]
        [I'd like|I want|I need] to [try|use|load] [llama|a better one][.|, how?|. How?]
        [pull|download|install] [a model|models|another model][?|, how?|: how?]
        [My laptop|My PC] can [run|handle] more[. How do I get a bigger model?|, how do I pull one?]
        """,
    ),
    topic(
        """
        How do I [run|start|talk to|chat with] a model?
        [Which|What] command [runs|starts] a model?
        How can I chat [in the terminal|on the command line|in a shell]?
        How do I [run|use] [you|tiny] in the terminal?
        """,
        "What do I type to chat with a model in my terminal?",
        "Type: hutch run tiny",
        "hutch run tiny",
        last="""
        [command|cmd|the command|hutch command] to [run|start|chat with|talk to] a model[?|]
        [how|so how|ok how] [to|can i] [run|start|chat with|talk to] a model[?| pls| please]
        [I want|I'd like|I need] to [chat|talk] in [the|a] [terminal|shell|console][.|, how?|. How?]
        I [like|prefer] the [terminal|console][. How can I chat there?|, how do I chat there?]
        [Which|What] [hutch command|line] [lets me chat|starts a chat|opens a chat|runs tiny]?
        """,
    ),
    topic(
        """
        How do I [list|see|show] [my|all|the|installed] models?
        [Which|What] models [do I have|are installed|are there|can I use]?
        [Which|What] command lists [the models|my models]?
        [Where|How] can I see [my|all] models?
        """,
        "Show me which models are here.",
        "Type: hutch list",
        "hutch list",
        last="""
        [command|cmd|the command|hutch command] to [list|see|show] [my|all|the] models[?|]
        [how|so how|ok how] [to|can i] [list|see|show] [my|all|the|installed] models[?| pls|]
        [I forgot|I don't know] which models I [have|installed|pulled][.|, how do I see them?]
        [list|show] [my|all|the|installed] models[| please| pls|, how?]
        [Which|What] models [did I install|have I pulled|have I downloaded|did I get]?
        [My boss|My friend|A colleague] asks which models [I have|are installed|are there][.|?]
        """,
    ),
    topic(
        """
        How do I [start|run|launch] the server?
        [Which|What] command starts the server?
        How can I [start|serve with] Hutch?
        How do I serve [a model|my own model|a GGUF file|my GGUF]?
        How do I [use|load|open] [a GGUF file|my own GGUF|a local model file]?
        """,
        "What do I type to serve a GGUF file?",
        "Type: hutch serve -m model.gguf",
        "hutch serve -m model.gguf",
        last="""
        [command|cmd|the command|hutch command] to [start|launch|run] the server[?|]
        [how|so how|ok how] [to|can i] [start|launch|run] [the server|hutch as a server][?| pls|]
        [I have|I've got|I downloaded] a GGUF[| file][. How do I use it?|, how do I load it?]
        [I want|I'd like] to [serve|load|use] [my own model|a GGUF file|my GGUF][.|, how?|. How?]
        The server is [down|off|not running][. How do I start it?|, how do I start it?]
        [serve|load|open] [a gguf|my gguf|a gguf file|my own model file][?|, how?|: how?]
        """,
    ),
    topic(
        """
        [Which|What] port [do you|does Hutch|does the server] [use|listen on|have]?
        [What is|What's] [the|your] port[| of Hutch| of the server]?
        On [which|what] port [does Hutch|does the server|do you] [listen|run]?
        [Which|What] address [does Hutch|do you] [use|listen on|have]?
        [Where|At which address] does [Hutch|the server] listen?
        [What is|What's] the [URL|address|base URL] of [Hutch|the server|the API]?
        """,
        """
        Tell me the port of this server.
        At what address can I reach Hutch?
        """,
        "Hutch listens on http://127.0.0.1:11434 if you do not change it.",
        "11434",
        last="""
        [port|which port|what port|address|url|base url][?| pls| please|]
        [I need|I want] the [port|address|base URL] [of Hutch|of the server][.|, please.|]
        My [client|app] [asks for|needs] [the|a] [port|base URL][, which is it?|. What do I enter?]
        [Hutch|The server] [listens|runs] on [port...|port ___|which port?|what port?]
        [Where|To which address] do I [connect|point my client|connect my app]?
        [what's|whats] [ur|the|your|hutch's] [port|address|base url][| again][?|]
        """,
    ),
    topic(
        f"""
        [Which|What] [APIs|API|interfaces|protocols|dialects] {_SPEAKS}?
        [Is Hutch|Are you|Is this] compatible with {_SPOKEN}?
        [Does Hutch|Do you] [speak|support|have] {_APIS}?
        [Can|Could] I use {_CLIENTS}[| with Hutch| with you]?
        """,
        """
        Which clients can talk to Hutch?
        Does this server understand the OpenAI API?
        """,
        "Hutch speaks the APIs of OpenAI, Ollama, llama.cpp, Anthropic and Nitro.",
        "OpenAI, Ollama, llama.cpp, Anthropic, Nitro",
        last=f"""
        My [app|script|tool|program] [uses|needs|is made for] {_SPOKEN}[. Does|, does] that work?
        [which|what] apis [does hutch|do u|do you] [have|support|speak][?|]
        [Will|Would] {_CLIENTS} work[| here| with Hutch]?
        [I have|I wrote] [an app|a script] for {_SPOKEN}[. Can it use Hutch?|, will it work here?]
        [supported|available|compatible] [APIs|protocols|interfaces|dialects][?|, please| of Hutch]
        [Hutch|This server] [speaks|supports|understands] [which|what] [APIs|protocols|interfaces]?
        """,
    ),
    topic(
        f"""
        [Which|What] {_ROUTES} [are there|do you have|does Hutch have|can I call]?
        [Which|What] [endpoint|route|URL|path] [do I use|is there] {_FOR_CHAT}?
        [Where|How] do I [send|post] [a chat request|messages|a request|my requests]?
        [What is|What's] the [chat endpoint|endpoint for chat|path for chat]?
        List [the|your|some] endpoints[.|]
        """,
        """
        To which path do I send a chat?
        Name the endpoints that I can use.
        """,
        "Use /v1/chat/completions, /api/chat or /v1/messages. All are listed at /swagger.",
        "/v1/chat/completions",
        last=f"""
        [I want|I need] to [send a message|chat over HTTP][. Which|, which] {_ROUTE} do I call?
        [chat endpoint|endpoint for chat|chat route|chat url][?| please| pls|]
        [whats|what's] the [route|endpoint|url] for [chat|messages|chat completions][?| again?|]
        My [script|app|code] should [chat|send messages][. Which|, which] {_ROUTE} does it need?
        [all|the|your|available] [endpoints|routes][?|, please| please|]
        [Show|Give] me [the|your|all] [endpoints|routes|paths][.|, please.|]
        """,
    ),
    topic(
        f"""
        [Where|How] [can I find|do I find|is|do I open] the {_MANUAL}?
        [Is|Are] there [documentation|docs|a manual|an API explorer|Swagger]?
        Where can I [explore|try|see] the API?
        [Which|What] page [shows|explains|lists] the API?
        """,
        "Is there a page on which I can try the API?",
        "Open http://127.0.0.1:11434/swagger in a browser.",
        "/swagger",
        last=f"""
        [I need|I want|I'm looking for|I can't find] the {_MANUAL}[.|, please.|, where is it?]
        [documentation|docs|manual|api docs|swagger][?| please| pls|, where?]
        [where are the docs|wheres the manual|where's swagger|where r the api docs][?| pls|]
        [Where|How] can I [read|learn more] about [the API|all endpoints|your API]?
        [Does Hutch have|Has Hutch got] [docs|documentation|a manual|a Swagger page]?
        [I want|I'd like] to [explore|read about|look at] the API[.|, where?|. Where?]
        """,
    ),
    topic(
        """
        [Which|What] [endpoint|route|path] [makes|is for|gives] embeddings?
        How do I [get|make|compute|create] [embeddings|an embedding]?
        [Can|Do] you [make|do|support] embeddings?
        [Does Hutch|Can Hutch] [make|support|do] embeddings?
        """,
        "Where do I get embeddings?",
        "Send a text to /v1/embeddings.",
        "/v1/embeddings",
        last=f"""
        [I need|I want] [embeddings|an embedding] [for|of] [a text|my texts][.|, how?|. How?]
        [embeddings|embedding|embeddings endpoint|embeddings url][?| please|, how?| pls]
        [how|so how|ok how] [to|can i] [get|make|compute] [embeddings|text vectors][?| pls|]
        My [app|search|script] needs [embeddings|text vectors][. Which|, which] {_ROUTE} is it?
        [Is there|Do you have|Has Hutch got] an [endpoint|API] for [embeddings|text vectors]?
        How do I turn [a text|a sentence|texts] into [an embedding|a vector|embeddings]?
        """,
    ),
    topic(
        """
        How do I [set|use|add|give] an API key?
        [Do I need|Is there|Does Hutch need] [an API key|a key|a password]?
        How [can I|do I] [protect|secure|lock] [the server|Hutch|my server]?
        [Which|What] [flag|option] sets [the|an] API key?
        """,
        "Can I put a key on this server?",
        "Start Hutch with --api-key and send the key with each request.",
        "--api-key",
        last="""
        [Others|Strangers] [use|can reach] my server[. How do I protect it?|, how do I lock it?]
        [I want|I'd like|I need] [an API key|to set an API key|to use an API key][.|, how?|. How?]
        [api key|a key|password|auth|authentication][?|, how?| please|: how?]
        [how|so how|ok how] [to|can i] [set|add|use] [an api key|a key|a password][?| pls|]
        [Can I|How do I|Can one] [require|ask for|demand] [a key|an API key][| from clients]?
        [The API|My server] is open to [all|everyone][. How do I lock it?|, how do I protect it?]
        """,
    ),
    topic(
        """
        How do I [send|show|give] [you |]a[n|] [picture|image|photo]?
        How can I [send|show|use|attach] [a picture|an image|pictures|images]?
        [Can|Do] you [see|understand|read|look at] [pictures|images|photos]?
        [Can|Could] I [send|show] [you |][a picture|an image|a photo]?
        """,
        "Are you able to look at a picture?",
        "Yes, attach a picture of shapes to your message and ask me about it.",
        "Yes",
        last="""
        I have a [picture|photo|drawing][. How do I send it?|, can I send it?]
        [can u|do u] [see|read|understand] [pics|pictures|images|photos][?|]
        Do [images|pictures|photos|pics] work [here|with you|too]?
        [My kid|My son] [drew|painted] something[. Can I show you?|. How do I show it to you?]
        [how|so how|ok how] [to|can i] [send|attach|upload|show] [a picture|an image|pics][?| pls|]
        Is it possible to [send|show|attach|upload] [a picture|an image|photos][| here| to you]?
        """,
    ),
    topic(
        """
        How do I [stop|unload|end] a model?
        [Which|What] command [stops|unloads] a model?
        How [can I|do I] free the memory[| of a model]?
        """,
        "What do I type to unload a model?",
        "Type: hutch stop tiny",
        "hutch stop tiny",
        last="""
        [command|cmd|the command|hutch command] to [stop|unload|end] a model[?|]
        [how|so how|ok how] [to|can i] [stop|unload|end] [a model|the model|tiny][?| pls|]
        [My memory|My RAM] is full[. How do I unload a model?|, how do I stop a model?]
        [I want|I'd like|I need] to [stop|unload] [a model|the model|tiny][.|, how?|. How?]
        [stop|unload] [a model|the model|tiny][, how?|: how?| - how?]
        A model is still [running|loaded|in memory][. How do I stop it?|, how do I unload it?]
        """,
    ),
    topic(
        """
        How do I [delete|remove|erase|get rid of] a model?
        [Which|What] command [deletes|removes] a model?
        [How|Where] can I [delete|remove] models?
        """,
        "I want to delete a model. What do I type?",
        "Type: hutch rm and the name of the model.",
        "hutch rm",
        last="""
        [command|cmd|the command|hutch command] to [delete|remove|erase] a model[?|]
        [how|so how|ok how] [to|can i] [delete|remove|erase] [a model|models|an old model][?| pls|]
        [My disk is full|I need space][. How do I delete a model?|, how do I remove a model?]
        I [don't|no longer] need [a|that|one] model[. How do I remove it?|, how do I delete it?]
        [delete|remove|erase] [a model|models|an old model][, how?|: how?| - how?]
        [What|Which command|Which hutch command] gets rid of a model[?|]
        """,
    ),
    topic(
        """
        [Is|Are] my [data|chats|questions|messages] [private|safe|sent anywhere|sent to the cloud]?
        [Do you|Does Hutch] [send|share|upload] [my data|my chats|anything|data]?
        [Who|Who else] can [read|see] [my chats|what I write|this chat|my data]?
        Is this [private|safe|secure|confidential]?
        """,
        "Does anything leave my computer?",
        "Everything stays on your own computer.",
        "Yes",
        last="""
        I'm worried about [my data|my privacy|my chats][. Is it safe?|. Who sees it?]
        My [boss|mom|company] asks if [this is private|my data is safe|my chats are private][.|?]
        [is|so is|hey is] [this|my data|hutch|it] [private|safe|secret][?|, really?| or not?]
        [Where|Where exactly] [does my data go|do my messages go|are my chats stored|is my data]?
        [Does|Will] [OpenAI|Google|the cloud|anyone] [see|get|read|store] [my data|my chats|this]?
        [Can I|May I|Should I] [tell you|write|share] [secrets|private things][| here]?
        """,
    ),
    topic(
        """
        [Is Hutch|Are you|Is this] [free|open source|expensive]?
        [What|How much] does [Hutch|this] cost?
        [Do I|Must I] [pay|have to pay] [for Hutch|for this|for you]?
        """,
        "What is the price of Hutch?",
        "Hutch runs on your own computer and costs nothing.",
        "Nothing",
        last="""
        [My boss|My friend|A colleague] asks [what Hutch costs|if Hutch is free|if we must pay][.|?]
        [is|so is|hey is] [hutch|this|it] [free|for free|free of charge][?|, really?| or not?]
        [Do I need|Is there|Must I buy] [a license|a subscription|a paid plan]?
        how much [is it|is hutch|must i pay|do i pay|for hutch][?|]
        I have no money[. Can I use Hutch?|, can I still use this?|. Is Hutch free?]
        [price|cost|costs|license fee|fees][?| please| of using Hutch?| pls]
        """,
    ),
)


def usage(r: Random, split: Split = "train") -> Asked:
    """How to use Hutch."""
    return r.choice(HELP).ask(r, split)
