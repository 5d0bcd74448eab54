import type { Seeded } from "./seeded.ts";

/** A request of a client that means well. */
export interface Traffic {
  name: string;
  path: string;
  body: object;
}

export interface TrafficOptions {
  model: string;
  /** A picture's file in base64. */
  picture: string;
  /** Tokens of an answer at most. */
  nPredict: number;
}

const ask = "Tell me about the ship, the sea and the harbour.";

/** Chats of every dialect, as streams and whole, some with a picture; the order is fixed. */
export function chats({ model, picture, nPredict }: TrafficOptions, prompt = ask): Traffic[] {
  const plain = { model, messages: [{ role: "user", content: prompt }] };
  const openAi = { ...plain, max_tokens: nPredict, ignore_eos: true };
  const url = `data:image/png;base64,${picture}`;
  const seen = { type: "image_url", image_url: { url } };
  const seeing = [{ role: "user", content: [seen, { type: "text", text: prompt }] }];
  const ollama = { model, options: { num_predict: nPredict } };
  const anthropic = { ...plain, max_tokens: nPredict };
  const native = { model, prompt, n_predict: nPredict, ignore_eos: true };
  const whole = [
    { name: "OpenAI chat", path: "/v1/chat/completions", body: openAi },
    { name: "OpenAI picture", path: "/v1/chat/completions", body: { ...openAi, messages: seeing } },
    {
      name: "OpenAI completion",
      path: "/v1/completions",
      body: { model, prompt, max_tokens: nPredict, ignore_eos: true },
    },
    {
      name: "OpenAI response",
      path: "/v1/responses",
      body: { model, input: prompt, max_output_tokens: nPredict, store: false },
    },
    { name: "Anthropic", path: "/v1/messages", body: anthropic },
    { name: "Ollama chat", path: "/api/chat", body: { ...plain, ...ollama } },
    {
      name: "Ollama picture",
      path: "/api/generate",
      body: { ...ollama, prompt, images: [picture] },
    },
    { name: "llama-server", path: "/completion", body: native },
    { name: "Nitro", path: "/inferences/llamacpp/chat_completion", body: openAi },
  ];
  return whole.flatMap(({ name, path, body }) => [
    { name, path, body: { ...body, stream: false } },
    { name: `${name}, streamed`, path, body: { ...body, stream: true } },
  ]);
}

/** Embeddings of every dialect. */
export function embeddings(model: string, inputs: readonly string[]): Traffic[] {
  return [
    { name: "OpenAI embeddings", path: "/v1/embeddings", body: { model, input: inputs } },
    { name: "Ollama embeddings", path: "/api/embed", body: { model, input: inputs } },
    { name: "llama-server embeddings", path: "/embedding", body: { model, input: inputs } },
  ];
}

/** Words that differ from prompt to prompt, so that no cache has them. */
export function prose(random: Seeded, nWords: number): string {
  const words = [
    "ship",
    "sea",
    "harbour",
    "lamp",
    "rope",
    "gull",
    "storm",
    "map",
    "captain",
    "sail",
  ];
  return Array.from({ length: nWords }, () => random.pick(words)).join(" ");
}

/** Any one of them, with a prompt of its own. */
export function anyTraffic(random: Seeded, options: TrafficOptions): Traffic {
  if (random.chance(0.2)) {
    const inputs = Array.from({ length: 1 + random.below(4) }, () => prose(random, 20));
    return random.pick(embeddings(options.model, inputs));
  }
  return random.pick(chats(options, prose(random, 1 + random.below(120))));
}
