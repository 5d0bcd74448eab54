import { expect, spyOn, test } from "bun:test";
import { logEvents } from "../../src/cli/load-log.ts";
import { Log } from "../../src/cli/log.ts";
import { AppError } from "../../src/core/errors.ts";
import { readServerSettings } from "../../src/core/settings.ts";
import { Catalog } from "../../src/models/catalog.ts";
import { type StartEngine, Supervisor } from "../../src/supervisor/supervisor.ts";

test("a model whose file cannot be fetched says so", async () => {
  const lines: string[] = [];
  using _ = spyOn(console, "error").mockImplementation((line) => void lines.push(line));
  const fetchFails = new AppError("model_load_failed", "http://x/a.gguf could not be fetched");
  const start: StartEngine = () => Promise.reject(fetchFails);
  const model = { name: "a", path: "/a.gguf", sizeBytes: 0, modifiedAt: 0 };
  const supervisor = new Supervisor(new Catalog([model]), start, 1);
  logEvents(
    supervisor,
    new Log(readServerSettings(["--no-log-jsonl"], {}, { isServe: true }).log, {}),
  );
  await expect(supervisor.acquire("a", AbortSignal.timeout(5000))).rejects.toThrow("be fetched");
  expect(lines).toEqual(["a could not be loaded: http://x/a.gguf could not be fetched"]);
  await supervisor.stop();
});
