import { AppError } from "../../core/errors.ts";
import {
  type QuantizationType,
  quantizationType,
  quantizationTypes,
} from "../../core/quantization.ts";
import { requireDigest } from "../../models/blobs.ts";
import type { Recipe, SourceFile } from "../../models/create/recipe.ts";
import type { Modelfile } from "../../models/modelfile.ts";
import { expectKnownParameters, partsOf, storedParameters } from "../../models/modelfile-parts.ts";
import { requireName } from "../../models/name.ts";
import type { Store } from "../../models/store.ts";
import { refuse } from "../refusals.ts";
import { type CreateRequest, createRefusals } from "./create-schema.ts";
import type { ServerFiles } from "./server-files.ts";

/** Most files that one request names. */
const nFilesMax = 1024;

/** What today's form of the request asks for. @throws AppError, as Ollama words it */
export function toRecipe(body: CreateRequest, store: Store): Recipe {
  refuse(body, createRefusals);
  const sources = (field: "files" | "adapters" | "draft_files") =>
    sourcesOf(body[field] ?? {}, field, store);
  const recipe = {
    name: requireName(body.model || body.name || ""),
    adapters: sources("adapters"),
    drafts: sources("draft_files"),
    template: body.template,
    system: body.system,
    messages: body.messages?.map(({ role, content }) => ({ role, content })),
    licenses: body.license === undefined ? undefined : [body.license].flat(),
    parameters: body.parameters,
    renderer: body.renderer,
    parser: body.parser,
    requires: toVersion(body.requires),
    quantize: toType(body.quantize || body.quantization, "quantize"),
    quantizeDraft: toType(body.draft_quantize, "draft_quantize"),
    info: body.info,
  };
  if (body.from) return { ...recipe, base: body.from };
  if (body.files) return { ...recipe, base: sources("files") };
  throw new AppError("invalid_request", "neither 'from' or 'files' was specified");
}

/** What the seed's form asks for: a Modelfile, whose lines say it all. @throws AppError */
export function toRecipeOfModelfile(
  body: CreateRequest,
  { commands }: Modelfile,
  files: ServerFiles,
): Recipe {
  refuse(body, createRefusals);
  expectKnownParameters(commands);
  const parts = partsOf(commands);
  const { from, adapters = [], draft, parameters = [], messages, licenses } = parts;
  const [first = ""] = from;
  return {
    name: requireName(body.model || body.name || ""),
    base: from.length === 1 && files.isModelName(first) ? first : files.sources(from, "FROM"),
    adapters: files.sources(adapters, "ADAPTER"),
    drafts: files.sources(draft === undefined ? [] : [draft], "DRAFT"),
    template: parts.template,
    system: parts.system,
    messages: messages?.length ? messages : undefined,
    licenses: licenses?.length ? licenses : undefined,
    parameters: parameters.length > 0 ? storedParameters(parameters) : undefined,
    renderer: parts.renderer,
    parser: parts.parser,
    requires: toVersion(parts.requires),
    quantize: toType(body.quantize || body.quantization, "quantize"),
    quantizeDraft: toType(body.draft_quantize, "draft_quantize"),
    info: body.info,
  };
}

function sourcesOf(files: Record<string, string>, param: string, { blobs }: Store): SourceFile[] {
  const entries = Object.entries(files);
  if (entries.length > nFilesMax) {
    const problem = `too many files: ${entries.length} exceeds maximum ${nFilesMax}`;
    throw new AppError("invalid_request", problem, { param });
  }
  return entries.map(([name, text]) => {
    if (!isRelative(name)) {
      throw new AppError("invalid_request", `file path must be relative: ${name}`, { param });
    }
    const digest = requireDigest(text, `${param}.${name}`);
    if (blobs.size(digest) === null) {
      throw new AppError("not_found", `blob "${digest}" not found`, { param });
    }
    return { name, path: blobs.path(digest), digest };
  });
}

/** Source: Go's io/fs ValidPath. The names are only for messages, but no other is one. */
function isRelative(name: string): boolean {
  const isOdd = (part: string) => part === "" || part === "." || part === "..";
  return !/[\\:\0]/.test(name) && !name.split("/").some(isOdd);
}

/** @throws AppError invalid_request */
function toType(name: string | undefined, param: string): QuantizationType | undefined {
  if (!name) return undefined;
  const type = quantizationType(name);
  if (type) return type;
  const known = Object.keys(quantizationTypes).join(", ");
  const problem = `unsupported quantization type ${name} - supported types are ${known}`;
  throw new AppError("invalid_request", problem, { param });
}

/** A version as semver has it; Go takes "1" and "v1.2", too. @throws AppError invalid_request */
function toVersion(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (/^v?\d+(\.\d+(\.\d+([-+][\w.+-]+)?)?)?$/.test(text)) return text.replace(/^v/, "");
  const problem = "requires must be a valid semver (e.g. 0.14.0)";
  throw new AppError("invalid_request", problem, { param: "requires" });
}
