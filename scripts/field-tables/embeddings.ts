import type { EmbeddingCreateParams } from "openai/resources/embeddings";
import { EmbeddingsRequest } from "../../src/http/openai/embeddings-schema.ts";
import {
  answer,
  elsewhere,
  type FieldOf,
  type FieldTable,
  inapplicable,
  type Row,
  type Rows,
} from "./row.ts";

type Documented = FieldOf<EmbeddingCreateParams>;

const embeds = (sends: unknown, gets: object): Row => ({ kind: "engine", sends, gets });
const picture = { id: 1, data: "aGVsbG8=" };

const documented: Rows<Documented> = {
  input: embeds("Why?", { inputs: [{ parts: ["Why?"] }] }),
  model: answer("tiny", /"model":"tiny"/),
  dimensions: answer(1, /"embedding":\[1\]/),
  encoding_format: answer("base64", /"embedding":"AA/),
  user: inapplicable("a"),
};

const extras: Rows<Exclude<FieldOf<EmbeddingsRequest>, Documented>> = {
  content: elsewhere(
    "http/openai-embeddings.test.ts",
    "content in place of input is answered as llama-server's own route does",
  ),
  image_data: {
    kind: "engine",
    sends: [picture],
    beside: { input: "[img-1]" },
    gets: { inputs: [{ parts: [new TextEncoder().encode("hello")] }] },
  },
  embd_normalize: embeds(-1, { normalize: -1 }),
};

export const embeddings: FieldTable = {
  route: "POST /v1/embeddings",
  source: "EmbeddingCreateParams",
  schema: EmbeddingsRequest,
  base: { input: "Hello!" },
  documented,
  extras,
};
