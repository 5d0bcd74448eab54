export {}; // a module: only those may await

const argv = process.argv.slice(2);

// Processes that compute, which ours start, need nothing of what the commands are made of.
if (argv[0] === "engine") {
  const { runEngine } = await import("./engine/main.ts");
  await runEngine(argv[1], argv.slice(2));
} else if (argv[0] === "rpc-server") {
  const { runRpcServer } = await import("./engine/rpc-server.ts");
  runRpcServer(argv[1] ?? "");
} else {
  const { runCommand } = await import("./cli/main.ts");
  await runCommand(argv);
}
