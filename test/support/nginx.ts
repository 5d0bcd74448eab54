import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { absolute } from "./markdown.ts";
import { temporaryDir, until } from "./server.ts";

/** Debian has it where only root's PATH leads. */
export const nginx = Bun.which("nginx", { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` });

/** Why the example cannot be tried here, or null. Prints it. */
export function isWithoutNginx(): boolean {
  if (nginx !== null) return false;
  process.stdout.write("skipping the balancer: nginx is not installed (apt install nginx-light)\n");
  return true;
}

/** nginx with the file of the documents, before these servers instead of those that it names. */
export async function startNginx(
  servers: readonly string[],
): Promise<{ url: string } & AsyncDisposable> {
  const dir = temporaryDir();
  const port = freePort();
  const [config, error, pid] = ["nginx.conf", "error.log", "nginx.pid"].map((name) =>
    join(dir.path, name),
  ) as [string, string, string];
  const shown = readFileSync(absolute("docs/nginx.conf"), "utf8");
  let n = 0;
  const ours = shown
    .replace("listen 80;", `listen 127.0.0.1:${port};`)
    .replace(/server 192\.168\.1\.\d+:11434/g, () => `server ${servers[n++]}`)
    .replace("http {", `http {\n${temporaryPaths(dir.path)}`);
  if (n !== servers.length) throw new Error(`docs/nginx.conf names ${n} servers`);
  writeFileSync(config, ours);
  const main = `daemon off; pid ${pid}; error_log ${error};`;
  const child = Bun.spawn([nginx ?? "", "-c", config, "-e", error, "-g", main], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await child.exited;
    dir[Symbol.dispose]();
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await until("nginx listens", async () => {
      if (child.exitCode !== null) throw new Error(await child.stderr.text());
      return await fetch(`${url}/api/pull`).then(
        () => true,
        () => false,
      );
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, [Symbol.asyncDispose]: stop };
}

/** Folders that Debian's nginx has elsewhere, where only root may write. */
function temporaryPaths(dir: string): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const paths = kinds.map((kind) => `${kind}_temp_path ${join(dir, kind)};`);
  return [...paths, `access_log ${join(dir, "access.log")};`].join("\n");
}

function freePort(): number {
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return listener.port;
}
