import { Elysia } from "elysia";
import type { Workshop } from "../../models/create/base.ts";
import { createModel } from "../../models/create/create-model.ts";
import type { Recipe } from "../../models/create/recipe.ts";
import { parseModelfile } from "../../models/modelfile.ts";
import { requireName } from "../../models/name.ts";
import type { Progress } from "../../models/progress.ts";
import { pull } from "../../models/registry/pull.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { bodyHook } from "./body.ts";
import { toRecipe, toRecipeOfModelfile } from "./create-request.ts";
import { CreateRequest } from "./create-schema.ts";
import { ProgressResponse, reported } from "./progress.ts";
import { OllamaError } from "./schema.ts";
import { ServerFiles } from "./server-files.ts";

/** POST /api/create, in its form of today and in that of 2023. */
export function create(gateway: Gateway) {
  const { supervisor, settings } = gateway;

  const recipeOf = (body: CreateRequest): { recipe: Recipe; isParsed: boolean } => {
    const { store } = gateway;
    const { modelfile, path } = body;
    if (!modelfile && !path) return { recipe: toRecipe(body, store), isParsed: false };
    const files = new ServerFiles(store, settings.clientModelDirs, path);
    const bytes = modelfile ? new TextEncoder().encode(modelfile) : files.modelfile(path ?? "");
    return { recipe: toRecipeOfModelfile(body, parseModelfile(bytes), files), isParsed: true };
  };

  const workshop: Workshop = {
    get store() {
      return gateway.store;
    },
    find: (name) => supervisor.catalog.lookUp(name),
    pull: (name, signal) =>
      pull(gateway.registry, gateway.store, requireName(name, "from"), { signal }),
    quantize: gateway.quantize,
  };

  /** The catalog knows the model before the client hears that it is there. */
  async function* steps(body: CreateRequest, signal: AbortSignal): AsyncGenerator<Progress> {
    const { recipe, isParsed } = recipeOf(body);
    let isFirst = isParsed;
    for await (const step of createModel(recipe, workshop, signal)) {
      if (isFirst) yield { status: "parsing modelfile" };
      isFirst = false;
      yield step;
    }
    await supervisor.curator.reload();
    yield { status: "success" };
  }

  const answer = ({ body, request }: { body: CreateRequest; request: Request }) => {
    const work = (signal: AbortSignal) => steps(body, signal);
    return reported(work, { streams: body.stream !== false, signal: request.signal });
  };

  return new Elysia().post("/api/create", answer, {
    ...bodyHook(CreateRequest, gateway),
    detail: {
      tags: ["Ollama"],
      summary: "Create a model",
      description:
        "Makes a model from another one, from GGUF files that were uploaded as blobs, or as a " +
        "Modelfile says; by default with a line for each step. An error after the first line " +
        'comes as a line `{"error": …}`, and then nothing was made.',
      responses: answers(
        { "application/x-ndjson": ProgressResponse, "application/json": ProgressResponse },
        OllamaError,
        [400, 403, 404, 500],
      ),
    },
  });
}
