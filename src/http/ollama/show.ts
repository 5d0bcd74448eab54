import { Elysia } from "elysia";
import { AppError } from "../../core/errors.ts";
import { capabilitiesOf } from "../../models/capabilities.ts";
import type { Model } from "../../models/catalog.ts";
import { describedParts } from "../../models/described-model.ts";
import { ggufFactsIfAny } from "../../models/gguf-facts.ts";
import { requireName, shortName } from "../../models/name.ts";
import { answers } from "../docs/answers.ts";
import type { Gateway } from "../gateway.ts";
import { bodyHook } from "./body.ts";
import { toDetails, toRemote } from "./listed-model.ts";
import { modelFor } from "./lookup.ts";
import { parametersText, shownFiles, shownModelfile } from "./model-info.ts";
import { ShowRequest, ShowResponse } from "./model-schema.ts";
import { OllamaError } from "./schema.ts";

/** POST /api/show. */
export function show(gateway: Gateway) {
  const answer = ({ body, request }: { body: ShowRequest; request: Request }): ShowResponse => {
    const name = body.model || body.name;
    if (!name) throw new AppError("invalid_request", "model is required", { param: "model" });
    const missing = () => `model '${shortName(requireName(name))}' not found`;
    const model = modelFor(gateway, name, request.url, missing);
    const shown = toShown(gateway, model, body.verbose ?? false);
    // VS Code's Copilot takes this for the name that its user knows.
    const isCopilot = request.headers.get("user-agent")?.startsWith("GitHubCopilotChat/");
    if (isCopilot) shown.model_info["general.basename"] = name;
    return shown;
  };
  return new Elysia().post("/api/show", answer, {
    ...bodyHook(ShowRequest, gateway),
    response: ShowResponse,
    detail: {
      tags: ["Ollama"],
      summary: "Show a model",
      description: "What a model consists of and can do. It is not loaded for it.",
      responses: answers({ "application/json": ShowResponse }, OllamaError, [400, 404, 500]),
    },
  });
}

/** @throws AppError model_load_failed when the model's files cannot be read */
function toShown(gateway: Gateway, model: Model, isVerbose: boolean): ShowResponse {
  const parts = describedParts(model, gateway.hasStore ? gateway.store : null);
  const { system, renderer, parser, requires, messages = [], licenses = [] } = parts;
  const parameters = parametersText(parts);
  const template = usedTemplate(model);
  const remote = toRemote(model);
  // Models of other formats, and those that run elsewhere, have no GGUF file to look into.
  const hasFile = model.path !== "" && !remote.remote_host;
  return {
    ...(licenses.length > 0 && { license: licenses.join("\n") }),
    modelfile: shownModelfile(model, parts),
    ...(parameters && { parameters }),
    ...(template && { template }),
    ...(system && { system }),
    ...(renderer && { renderer }),
    ...(parser && { parser }),
    details: toDetails(model),
    ...(messages.length > 0 && { messages }),
    ...remote,
    ...(hasFile ? shownFiles(model, isVerbose) : { model_info: {} }),
    capabilities: capabilitiesOf(model),
    modified_at: new Date(model.modifiedAt).toISOString(),
    ...(requires && { requires }),
  };
}

function usedTemplate({ load, path }: Model): string | undefined {
  const { goTemplate, template } = load?.chat ?? {};
  return goTemplate ?? template ?? ggufFactsIfAny(path)?.chatTemplate;
}
