import { callJson } from "./api.ts";

export interface ListedModel {
  name: string;
  capabilities: ReadonlySet<string>;
}

/** Of a file, as `-m` names models, without its folders. */
export const shortName = (name: string): string => name.replace(/^.*[\\/](?=[^\\/]+\.gguf$)/i, "");

/** Models that can chat, the server's default first. @throws ApiError */
export async function listModels(): Promise<ListedModel[]> {
  const [{ models }, { data }] = await Promise.all([
    callJson<{ models: { model: string; capabilities: string[] }[] }>("api/tags"),
    callJson<{ data: { id: string }[] }>("v1/models"),
  ]);
  const capabilities = new Map(models.map((listed) => [listed.model, listed.capabilities]));
  // Ollama's API names the tag always, OpenAI's leaves `latest` out.
  const able = (id: string) => capabilities.get(id) ?? capabilities.get(`${id}:latest`);
  return data
    .map(({ id }) => ({ name: id, capabilities: new Set(able(id) ?? ["completion"]) }))
    .filter((model) => !model.capabilities.has("embedding"));
}
