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
    ),
)


def usage(r: Random, split: Split = "train") -> Asked:
    """How to use Hutch."""
    return r.choice(HELP).ask(r, split)
