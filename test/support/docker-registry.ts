import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Debian's package of this name; null: it is not installed. */
export const dockerRegistry = Bun.which("docker-registry");

export interface DockerRegistry extends AsyncDisposable {
  /** As it stands in names of models. */
  host: string;
}

/** Starts Docker's own registry on loopback, with nothing in it. @throws when it ends instead */
export async function startDockerRegistry(): Promise<DockerRegistry> {
  const dir = mkdtempSync(join(tmpdir(), "hutch-docker-registry-"));
  const host = `127.0.0.1:${freePort()}`;
  const config = {
    version: "0.1",
    storage: { filesystem: { rootdirectory: join(dir, "data") }, delete: { enabled: true } },
    http: { addr: host, secret: "for tests" },
    log: { level: "error" },
  };
  const path = join(dir, "config.yml");
  writeFileSync(path, JSON.stringify(config)); // JSON is YAML
  const child = Bun.spawn([dockerRegistry ?? "", "serve", path], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const stop = async () => {
    child.kill();
    await child.exited;
    rmSync(dir, { recursive: true, force: true });
  };
  const isUp = () =>
    fetch(`http://${host}/v2/`, { proxy: false }).then(
      () => true,
      () => false,
    );
  while (!(await isUp())) {
    if (child.exitCode !== null) {
      await stop();
      throw new Error(`docker-registry ended with ${child.exitCode}`);
    }
    await Bun.sleep(20);
  }
  return { host, [Symbol.asyncDispose]: stop };
}

function freePort(): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port } = server;
  void server.stop(true);
  return port ?? 0;
}
