import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import { readServerSettings } from "../src/core/settings.ts";
import { version } from "../src/core/version.ts";
import { createApp } from "../src/http/app.ts";
import { Catalog } from "../src/models/catalog.ts";
import { Supervisor } from "../src/supervisor/supervisor.ts";

const header = "# Generated from the routes by `npm run openapi`; do not edit.\n";

/** The text of openapi.yaml. Needs no model: the document is about routes. */
export async function openApiYaml(): Promise<string> {
  const none = { name: "none", path: "", sizeBytes: 0, modifiedAt: 0 };
  const start = () => Promise.reject(new Error("this app only describes itself"));
  const { http: settings } = readServerSettings([], {}, { isServe: true });
  const app = createApp(new Supervisor(new Catalog([none]), start, 1), {
    version,
    settings,
    store: null,
  });
  const response = await app.handle(new Request("http://localhost/swagger/json"));
  const document: unknown = await response.json();
  return header + stringify(document, { aliasDuplicateObjects: false, lineWidth: 100 });
}

if (import.meta.main) {
  const path = new URL("../openapi.yaml", import.meta.url);
  await writeFile(path, await openApiYaml());
  console.log("wrote openapi.yaml");
}
