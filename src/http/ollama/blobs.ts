import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { requireDigest } from "../../models/blobs.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { object } from "../wire.ts";
import { OllamaError } from "./schema.ts";

const params = object({
  digest: Type.String({
    description: "`sha256:` and 64 hexadecimal digits. The example is that of no content.",
    example: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  }),
});

/** HEAD and POST /api/blobs/:digest. */
export function blobs(gateway: Gateway) {
  const has = ({ params }: { params: { digest: string } }) => {
    const isThere = gateway.store.blobs.size(requireDigest(params.digest)) !== null;
    return new Response(null, { status: isThere ? 200 : 404 });
  };

  const receive = async ({ params, request }: { params: { digest: string }; request: Request }) => {
    const expected = requireDigest(params.digest);
    const { blobs } = gateway.store;
    if (blobs.size(expected) !== null) return new Response(null, { status: 200 });
    await blobs.receive(request.body ?? [], { expected, signal: request.signal });
    return new Response(null, { status: 201 });
  };

  return new Elysia()
    .head("/api/blobs/:digest", has, {
      params,
      detail: {
        tags: ["Ollama"],
        summary: "Ask for a blob",
        description: "Whether the store has the file with this content. The answer has no body.",
        responses: answers({}, OllamaError, [400, 404]),
      },
    })
    .post("/api/blobs/:digest", receive, {
      params,
      parse: "none",
      detail: {
        tags: ["Ollama"],
        summary: "Upload a blob",
        description:
          "Keeps the body, a file of any size, for `/api/create`. 200: it was there before, and " +
          "the body is not read. Nothing is kept of a body with another digest.",
        responses: {
          ...answers({}, OllamaError, [400, 408, 500]),
          201: { description: "It was received." },
        },
      },
    });
}
