import { commonSamplerRows } from "./native.ts";
import { elsewhere, engine, type Row, type Rows, refused } from "./row.ts";

const unloads = elsewhere("e2e/openai.test.ts", "keep_alive unloads the model when it is over");

/** Ollama's, on OpenAI's routes. */
export const optionRows = {
  keep_alive: unloads,
  options: engine({ top_k: 3, num_predict: 5 }, { sampling: { topK: 3 }, nPredict: 5 }),
  ...under("options", {
    ...commonSamplerRows,
    num_predict: engine(5, { nPredict: 5 }),
    num_keep: engine(4, { nKeep: 4 }),
    num_ctx: engine(512, { nCtx: 512 }),
    stop: engine(["."], { stop: ["."] }),
    keep_alive: unloads,
    num_batch: refused(64),
    num_gpu: refused(10),
    main_gpu: refused(1),
    use_mmap: refused(false),
    num_thread: refused(2),
  }),
} satisfies Rows;

function under<Name extends string, Nested extends Rows>(name: Name, rows: Nested) {
  const entries = Object.entries(rows).map(([field, row]) => [`${name}.${field}`, row]);
  return Object.fromEntries(entries) as {
    [Field in keyof Nested & string as `${Name}.${Field}`]: Row;
  };
}
