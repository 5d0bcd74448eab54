import { expect, test } from "bun:test";
import { Context } from "../../ffi/context.ts";
import { NativeRunner } from "../../src/engine/native-runner.ts";
import { proveRows } from "../../src/engine/row-proof.ts";
import { MediaKeys, TokenList } from "../../src/engine/tokens.ts";
import { decodeTokens, loadModel, tinyContext } from "../support/tiny-native.ts";

test("llama.cpp itself is asked what the rows hold", () => {
  using model = loadModel();
  using context = new Context(model, tinyContext);
  using draft = new Context(model, tinyContext);
  using _ = context.leadsCellsOf(draft.ptr);
  const runner = new NativeRunner(model, context, {
    nBatch: tinyContext.n_batch,
    nOutputsMax: tinyContext.n_outputs_max,
    nSeqMax: tinyContext.n_seq_max,
    media: null,
    mediaKeys: new MediaKeys(),
    hasWindow: false,
    adapters: [],
    drafter: null,
  });
  const tokens = TokenList.fromTokens([1, 2, 3, 4, 5, 6]);
  const rows = [
    { seqId: 0, tokens, nCached: 6 },
    { seqId: 2, tokens, nCached: 4 },
  ];
  const prove = () => proveRows(runner, rows);
  const refill = () => {
    context.clear();
    decodeTokens(context, tokens.keys);
    runner.shareCells(0, 2, 4);
  };

  proveRows(runner, []);
  refill();
  prove();
  decodeTokens(context, [7], { from: 6 });
  expect(prove).toThrow("row 0 holds positions 0 to 6, and should hold 0 to 5");
  refill();
  runner.removeCells(2, 0);
  expect(prove).toThrow("row 2 has lost its 4 cells");
  refill();
  runner.removeCells(0, 0, 1);
  expect(prove).toThrow("row 0 holds positions 1 to 5, and should hold 0 to 5");
  refill();
  decodeTokens(context, [1], { seqId: 3 });
  expect(prove).toThrow("row 3 holds cells that belong to nobody");
  refill();
  decodeTokens(draft, [1], { seqId: 3 });
  expect(prove).toThrow("row 3 holds cells that belong to nobody");
  runner.removeCells(3, 0);
  prove();
});
