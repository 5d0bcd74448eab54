import { root } from "./paths.ts";
import { runMain } from "./program.ts";
import { formatSources } from "./source-checks.ts";
import { Stages } from "./stages.ts";

await runMain(async () => {
  process.chdir(root);
  const stages = new Stages();
  await formatSources(stages);
  return stages.finish();
});
