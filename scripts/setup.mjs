// The door to every command: `node scripts/setup.mjs COMMAND [arguments]`, which the scripts of
// package.json call. It needs only Node or Bun: it installs the locked packages when they are
// missing or old, then hands over to the pinned bun with scripts/COMMAND.ts.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bun = join(root, "node_modules", ".bin", "bun");
/** Holds the hash of the package-lock.json that node_modules was installed from. */
const stamp = join(root, "node_modules", ".hutch-lock");

function say(message) {
  process.stderr.write(`hutch: ${message}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}

/** The package manager at hand. Under Bun it is Bun itself: npm would need Node. */
function installCommand() {
  const withBun = (path) => [path, "install", "--frozen-lockfile"];
  if (process.versions.bun) return withBun(process.execPath);
  const answers = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
  // NODE_ENV=production would leave out bun itself; `npm test --silent` must not hide a failure.
  if (answers("npm")) return ["npm", "ci", "--include=dev", "--loglevel=error"];
  if (answers("bun")) return withBun("bun");
  return fail("npm or bun is needed to install the packages (Debian: apt install npm).");
}

function installPackages() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;

  const command = installCommand();
  say(`installing the locked packages (${command.join(" ")}) …`);
  const [program, ...args] = command;
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) fail(`installing the packages failed${error ? `: ${error.message}` : "."}`);
  writeFileSync(stamp, lock);
}

function bunVersion() {
  const { status, stdout } = spawnSync(bun, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "none";
}

/** npm's `bun` gets its executable in a postinstall script, which some set-ups block. */
function checkBun() {
  const pinned = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies.bun;
  if (bunVersion() === pinned) return;

  say(`bun ${pinned} is not in place (its postinstall script did not run?); installing it …`);
  const folder = join(root, "node_modules", "bun");
  spawnSync(process.execPath, ["install.js"], { cwd: folder, stdio: ["ignore", 2, 2] });
  const found = bunVersion();
  if (found === pinned) return;
  fail(`bun ${pinned} is needed, found ${found}: remove node_modules and run this again.`);
}

/** `conformance:llamacpp` is scripts/conformance-llamacpp.ts. */
const fileOf = (command) => `${command.replaceAll(":", "-")}.ts`;

function commandNames() {
  const files = readdirSync(join(root, "scripts"));
  const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
  return Object.keys(scripts).filter((name) => files.includes(fileOf(name)));
}

/** Runs the command as if it were this process: same terminal, same signals, same exit code. */
function handOver(command, args) {
  const script = join(root, "scripts", fileOf(command));
  // Ctrl-C on a terminal reaches the child without us; sent twice it would mean "at once".
  const onTerminal = [0, 1, 2].some((fd) => isatty(fd));
  // Before the child is there: a signal in between would end us alone and leave it behind.
  process.on("SIGINT", () => onTerminal || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  // --no-orphans: what the command started (a build, a test's server) ends with it.
  const child = spawn(bun, ["--no-orphans", script, ...args], { stdio: "inherit" });
  child.on("error", (error) => fail(`cannot start ${bun}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined || !commandNames().includes(command)) {
  fail(`usage: npm run COMMAND, where COMMAND is one of: ${commandNames().join(", ")}`);
}
installPackages();
checkBun();
handOver(command, args);
