import { type EngineLimits, engineLimits, type RequestLimits, requestLimits } from "../limits.ts";
import { type Row, section, value } from "./flag.ts";
import { bytes, duration, type Reader, whole } from "./readers.ts";

const variableOf = (name: string) => `HUTCH_${name.slice(2).toUpperCase().replaceAll("-", "_")}`;

function limit(name: string, field: keyof RequestLimits, reader: Reader<number>, help: string) {
  return value(name, reader, {
    env: variableOf(name),
    help,
    default: String(requestLimits[field]),
    set: ({ http }, n) => {
      http.limits[field] = n;
    },
  });
}

/** @param unit what 1 of the flag is, in the setting's own unit */
function ofEngine(
  name: string,
  field: keyof EngineLimits,
  reader: Reader<number>,
  help: string,
  unit = 1,
): Row {
  return value(name, reader, {
    env: variableOf(name),
    help,
    default: String(Math.round(engineLimits[field] / unit)),
    set: ({ load }, n) => {
      load.limits = { ...load.limits, [field]: n * unit };
    },
  });
}

const count = whole("N", 1);

/** Bun's timeout of connections has 8 bits. */
const idleSecondsMax = 255;
/** llama.cpp's parsers overflow the stack a little beyond. */
const depthMax = 1000;

const limits: Row[] = [
  limit("--max-body-size", "bodyBytes", bytes, "longest body of a request: 64MiB, 10MB"),
  limit("--max-json-depth", "jsonDepth", whole("N", 1, depthMax), "deepest JSON of a body"),
  limit(
    "--max-connections",
    "nConnections",
    count,
    "requests with a body that are open at once; one more is refused with 503",
  ),
  limit(
    "--idle-timeout",
    "idleSeconds",
    whole("SECONDS", 1, idleSecondsMax),
    "how long a connection may be silent between requests or in a body, or take to send headers",
  ),
  limit(
    "--max-queue-wait",
    "queueSeconds",
    duration,
    "how long a request may wait for its model and a slot, then it is refused with 503; 0: ever",
  ),
  limit("--max-messages", "nMessages", count, "messages of a conversation"),
  limit("--max-images", "nMedia", count, "pictures and sounds of a request"),
  limit(
    "--max-inputs",
    "nInputs",
    count,
    "prompts, inputs to embed, or documents to rank of a request",
  ),
  limit("--max-grammar-size", "grammarChars", count, "characters of a grammar or JSON schema"),
  ofEngine(
    "--max-grammar-depth",
    "grammarDepth",
    whole("N", 1, depthMax),
    "brackets within brackets in a grammar",
  ),
  ofEngine(
    "--max-unread",
    "nUnread",
    count,
    "pieces of an answer that may wait for a client that reads slowly; then it is ended",
  ),
  ofEngine("--max-image-megapixels", "imagePixels", count, "largest picture decoded", 1e6),
  ofEngine(
    "--max-prompt-megapixels",
    "promptPixels",
    count,
    "what the pictures of a prompt may be together",
    1e6,
  ),
  ofEngine(
    "--max-prompt-tokens",
    "nPromptTokens",
    whole("N", 0),
    "tokens of a prompt; 0: what the context holds",
  ),
  ofEngine(
    "--max-request-tokens",
    "nRequestTokens",
    whole("N", 0),
    "tokens of a prompt and its answer together; 0: what the context holds",
  ),
  ofEngine("--max-template-steps", "templateSteps", count, "steps of rendering a Go template"),
  ofEngine(
    "--max-template-time",
    "templateSeconds",
    duration,
    "how long rendering a Go template may take",
  ),
];

export const limitFlags = section("Limits", "server", limits);
