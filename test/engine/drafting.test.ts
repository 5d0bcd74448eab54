import { describe, expect, test } from "bun:test";
import type { LoadSpec, SpeculationOptions } from "../../src/core/load.ts";
import { draftingFor } from "../../src/engine/drafting.ts";

const drafting = (
  speculation: SpeculationOptions,
  { canCut = true, isWhole = false, ...more }: Partial<LoadSpec> & Record<string, unknown> = {},
) => {
  const spec = { modelPath: "", speculation, ...more };
  const { types, nMax, nSharedMax } = draftingFor(spec, { canCut: !!canCut, isWhole: !!isWhole });
  return { types, nMax, nSharedMax };
};
const none = { types: "none", nMax: 0, nSharedMax: 0 };
const lookingUp = { types: "prompt-lookup", nMax: 31, nSharedMax: 31 };

describe("how a model speculates", () => {
  test("by looking up, unless something else is said", () => {
    expect(drafting({})).toEqual(lookingUp);
    expect(drafting({ types: ["prompt-lookup"] })).toEqual(lookingUp);
    expect(drafting({ ngram_size_n: 4 })).toEqual(lookingUp);
  });

  test("with drafts as long as it is told, within reason", () => {
    expect(drafting({ draft_n_max: 8 })).toMatchObject({ nMax: 8, nSharedMax: 8 });
    expect(drafting({ draft_n_max: 60_000 })).toMatchObject({ nMax: 127 });
    expect(drafting({ draft_n_max: 0 })).toEqual(none);
  });

  test.each([{ canCut: false }, { isWhole: true }, { purpose: "embed" }, { purpose: "rerank" }])(
    "not at all with %p",
    (options) => {
      expect(drafting({}, options as Partial<LoadSpec>)).toEqual(none);
    },
  );

  test("what cannot be is refused where it is asked for", () => {
    const asked = { types: ["prompt-lookup"] };
    expect(() => drafting(asked, { canCut: false })).toThrow("recurrent state");
    expect(() => drafting({ types: ["prompt-lookup", "ngram-mod"] })).toThrow("with other types");
  });
});
