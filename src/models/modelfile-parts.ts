import { AppError } from "../core/errors.ts";
import type { ExampleMessage, ModelfileParts } from "./described.ts";
import type { Command, CommandName } from "./modelfile.ts";
import { isKnownParameter, parameterKind, toLoadOptions } from "./modelfile-parameters.ts";
import type { Parameters } from "./parameters.ts";

/** What a Modelfile says, by what it is about. Of commands that count once, the last one does. */
export function partsOf(commands: readonly Command[]): ModelfileParts {
  const of = (name: CommandName) => commands.filter((command) => command.name === name);
  const all = (name: CommandName) => of(name).map(({ value }) => value);
  const last = (name: CommandName) => all(name).at(-1);
  const messages = of("message").map(
    ({ key, value }) => ({ role: key, content: value }) as ExampleMessage, // the parser knows roles
  );
  return {
    from: all("from"),
    adapters: all("adapter"),
    draft: last("draft"),
    template: last("template"),
    system: last("system"),
    parameters: of("parameter").map(({ key, value }) => [key, typed(key, value)]),
    messages,
    licenses: all("license"),
    renderer: last("renderer"),
    parser: last("parser"),
    requires: last("requires"),
  };
}

/**
 * Parameters as a store keeps them: of the right types, "stop" as a list.
 * @throws AppError invalid_request for a value that the parameter cannot have
 */
export function storedParameters(pairs: NonNullable<ModelfileParts["parameters"]>): Parameters {
  const parameters: Parameters = {};
  for (const [key, value] of pairs) {
    const command = { name: "parameter" as const, key, value: String(value), line: 0 };
    toLoadOptions([command], () => {}); // which refuses what makes no sense
    if (parameterKind(key) !== "texts") parameters[key] = typed(key, String(value));
    else parameters[key] = [...((parameters[key] as string[] | undefined) ?? []), String(value)];
  }
  return parameters;
}

/** @throws AppError invalid_request, as Ollama words it, for a PARAMETER that there is not */
export function expectKnownParameters(commands: readonly Command[]): void {
  const unknown = commands.find(({ name, key }) => name === "parameter" && !isKnownParameter(key));
  if (!unknown) return;
  const problem = `unknown parameter '${unknown.key}'`;
  throw new AppError("invalid_request", `Modelfile (line ${unknown.line}): ${problem}`);
}

function typed(key: string, value: string): string | number | boolean {
  const kind = parameterKind(key);
  if (kind === "number" && value.trim() !== "" && Number.isFinite(Number(value))) {
    return Number(value);
  }
  if (kind === "truth" && /^(true|1|t|false|0|f)$/i.test(value)) return /^(true|1|t)$/i.test(value);
  return value;
}
