import { runQuantizer } from "../engine/quantize.ts";
import { findResources } from "./resources.ts";

/** What the process that writes models anew does; it looks for the libraries by itself. */
export async function quantizer(): Promise<void> {
  await runQuantizer(async () => (await findResources(process.env)).libraryDir);
}
