import { constraintRows, samplerRows } from "./native.ts";
import { elsewhere, engine, type Row, type Rows } from "./row.ts";

const unloads = elsewhere("e2e/openai.test.ts", "keep_alive unloads the model when it is over");

const loads = elsewhere("http/openai-options.test.ts", "options have Ollama's words for loading");

/** Ollama's, on OpenAI's routes. */
export const optionRows = {
  keep_alive: unloads,
  options: engine({ top_k: 3, num_predict: 5 }, { sampling: { topK: 3 }, nPredict: 5 }),
  ...under("options", {
    ...samplerRows,
    num_predict: engine(5, { nPredict: 5 }),
    num_keep: engine(4, { nKeep: 4 }),
    num_ctx: engine(512, { nCtx: 512 }),
    stop: engine(["."], { stop: ["."] }),
    keep_alive: unloads,
    grammar: constraintRows.grammar,
    num_batch: loads,
    num_gpu: loads,
    main_gpu: loads,
    use_mmap: loads,
    use_mlock: loads,
    numa: loads,
    num_thread: loads,
    rope_frequency_base: loads,
    rope_frequency_scale: loads,
    draft_num_predict: loads,
  }),
} satisfies Rows;

function under<Name extends string, Nested extends Rows>(name: Name, rows: Nested) {
  const entries = Object.entries(rows).map(([field, row]) => [`${name}.${field}`, row]);
  return Object.fromEntries(entries) as {
    [Field in keyof Nested & string as `${Name}.${Field}`]: Row;
  };
}
