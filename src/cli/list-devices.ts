import { deviceLines } from "../engine/list-devices.ts";
import { findResources } from "./resources.ts";

/** `hutch --list-devices`. It ends right after, so it needs no engine process of its own. */
export async function listDevices(): Promise<void> {
  const { libraryDir } = await findResources(process.env);
  console.log(
    ["Available devices:", ...deviceLines(libraryDir).map((line) => `  ${line}`)].join("\n"),
  );
}
