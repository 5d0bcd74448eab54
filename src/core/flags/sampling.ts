import type { Sampling } from "../generate.ts";
import type { Draft, DraftLoad } from "./draft.ts";
import { on, type Row, section, UsageError, value } from "./flag.ts";
import { decimal, fileText, jsonObject, type Reader, text, whole } from "./readers.ts";

/** Names of llama.cpp's samplers by their letters. */
const samplerOfLetter: Readonly<Record<string, string>> = {
  e: "penalties",
  d: "dry",
  s: "top_n_sigma",
  k: "top_k",
  y: "typ_p",
  p: "top_p",
  m: "min_p",
  x: "xtc",
  t: "temperature",
  i: "infill",
  a: "adaptive_p",
};
const samplerNames = Object.values(samplerOfLetter);

/** Other names that llama.cpp knows, beside those without or with other dashes. */
const samplerAliases: Readonly<Record<string, string>> = {
  nucleus: "top_p",
  temp: "temperature",
  typ: "typ_p",
  typical_p: "typ_p",
};

/** A row that sets one field of the sampling. */
function sampler<Key extends keyof Sampling>(
  spellings: string,
  reader: Reader<NonNullable<Sampling[Key]>>,
  key: Key,
  about: { env?: string; help: string; default?: string },
): Row {
  const set = ({ load }: Draft, value: NonNullable<Sampling[Key]>) => {
    load.sampling[key] = value;
  };
  return value(spellings, reader, { ...about, set });
}

const chainFlags: Row[] = [
  value("--samplers", text("NAME;..."), {
    help: "samplers to apply, in this order",
    default: "penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature",
    set: ({ load }, given, source) => {
      load.sampling.samplers = given
        .split(";")
        .filter((name) => name !== "")
        .map((name) => samplerCalled(name, source));
    },
  }),
  value("--sampler-seq, --sampling-seq", text("LETTERS"), {
    help: "the same in letters",
    default: "edskypmxt",
    set: ({ load }, letters, source) => {
      load.sampling.samplers = [...letters].map((letter) => {
        const name = samplerOfLetter[letter];
        if (name) return name;
        const known = Object.keys(samplerOfLetter).join("");
        throw new UsageError(`${source} knows the letters ${known}, not "${letter}"`);
      });
    },
  }),
  value("-s, --seed", whole("N", -1, 0xffff_ffff), {
    help: "same seed, same request: same text; -1: a random one for each request",
    default: "-1",
    set: ({ load }, seed) => {
      load.sampling.seed = seed === -1 ? undefined : seed;
    },
  }),
];

function samplerCalled(name: string, source: string): string {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, "");
  const alias = samplerAliases[name.toLowerCase()];
  const found = alias ?? samplerNames.find((known) => plain(known) === plain(name));
  if (found !== undefined) return found;
  throw new UsageError(`${source} knows ${samplerNames.join(", ")}, not "${name}"`);
}

const fieldFlags: Row[] = [
  sampler("--temp, --temperature", decimal("N"), "temperature", {
    env: "LLAMA_ARG_TEMPERATURE",
    help: "higher is more random; 0 and below: always the likeliest token",
    default: "0.8",
  }),
  sampler("--top-k", whole("N"), "topK", {
    env: "LLAMA_ARG_TOP_K",
    help: "only the k likeliest tokens, 0: all",
    default: "40",
  }),
  sampler("--top-p", decimal("N"), "topP", {
    env: "LLAMA_ARG_TOP_P",
    help: "only the likeliest tokens that make up this probability, 1: all",
    default: "0.95",
  }),
  sampler("--min-p", decimal("N"), "minP", {
    env: "LLAMA_ARG_MIN_P",
    help: "only tokens this likely, relative to the likeliest; 0: all",
    default: "0.05",
  }),
  sampler("--top-nsigma, --top-n-sigma", decimal("N"), "topNSigma", {
    help: "only tokens within so many standard deviations, below 0: all",
    default: "-1",
  }),
  sampler("--xtc-probability", decimal("N"), "xtcProbability", {
    help: "chance of removing the likeliest tokens, 0: never",
    default: "0",
  }),
  sampler("--xtc-threshold", decimal("N"), "xtcThreshold", {
    help: "least probability of a token that XTC removes",
    default: "0.1",
  }),
  sampler("--typical, --typical-p", decimal("N"), "typicalP", {
    help: "locally typical sampling, 1: off",
    default: "1",
  }),
  sampler("--repeat-last-n", whole("N", -1), "repeatLastN", {
    help: "tokens looked at for penalties; 0: off, -1: the whole context",
    default: "64",
  }),
  sampler("--repeat-penalty", decimal("N", 1e-30), "repeatPenalty", {
    env: "LLAMA_ARG_REPEAT_PENALTY",
    help: "divides the chance of tokens already seen, 1: off",
    default: "1",
  }),
  sampler("--presence-penalty", decimal("N"), "presencePenalty", {
    env: "LLAMA_ARG_PRESENCE_PENALTY",
    help: "taken from the logit of every token already seen",
    default: "0",
  }),
  sampler("--frequency-penalty", decimal("N"), "frequencyPenalty", {
    env: "LLAMA_ARG_FREQUENCY_PENALTY",
    help: "taken from a token's logit, once for each time it was seen",
    default: "0",
  }),
  sampler("--dry-multiplier", decimal("N"), "dryMultiplier", {
    help: "strength of the DRY repetition penalty, 0: off",
    default: "0",
  }),
  sampler("--dry-base", decimal("N", 1), "dryBase", {
    help: "how DRY's penalty grows with the repeated length",
    default: "1.75",
  }),
  sampler("--dry-allowed-length", whole("N", 0), "dryAllowedLength", {
    help: "repeated tokens that DRY lets pass",
    default: "2",
  }),
  sampler("--dry-penalty-last-n", whole("N", -1), "dryPenaltyLastN", {
    help: "tokens DRY looks at; 0: off, -1: the whole context",
    default: "64",
  }),
  value("--dry-sequence-breaker", text("TEXT"), {
    repeats: true,
    help: "text that DRY does not look across, in place of the usual ones; repeatable, or none",
    default: String.raw`\n : " *`,
    set: ({ load: { sampling } }, breaker) => {
      const others = sampling.drySequenceBreakers ?? [];
      sampling.drySequenceBreakers = breaker === "none" ? [] : [...others, breaker];
    },
  }),
  sampler("--adaptive-target", decimal("N", -Infinity, 1), "adaptiveTarget", {
    help: "prefer tokens near this probability, below 0: off",
    default: "-1",
  }),
  sampler("--adaptive-decay", decimal("N", 0, 0.99), "adaptiveDecay", {
    help: "how slowly that target adapts",
    default: "0.9",
  }),
  sampler("--dynatemp-range", decimal("N"), "dynatempRange", {
    help: "the temperature varies by this much with the entropy",
    default: "0",
  }),
  sampler("--dynatemp-exp", decimal("N"), "dynatempExponent", {
    help: "how entropy maps to temperature",
    default: "1",
  }),
  value("--mirostat", whole("N", 0, 2), {
    help: "Mirostat's version, in place of the other truncating samplers; 0: off",
    default: "0",
    set: ({ load }, version) => {
      load.sampling.mirostat = version as 0 | 1 | 2;
    },
  }),
  sampler("--mirostat-lr", decimal("N"), "mirostatEta", {
    help: "Mirostat's learning rate",
    default: "0.1",
  }),
  sampler("--mirostat-ent", decimal("N"), "mirostatTau", {
    help: "Mirostat's target entropy",
    default: "5",
  }),
];

/** The last of these options counts. */
function constrain(load: DraftLoad, constraint: DraftLoad["constraint"]): void {
  load.constraint = constraint;
}

const outputFlags: Row[] = [
  value("-l, --logit-bias", text("TOKEN_ID(+/-)BIAS"), {
    repeats: true,
    help: "make a token likelier or less likely: 15043+1, 15043-1; may be repeated",
    set: ({ load: { sampling } }, given, source) => {
      const [, id, sign, size] = /^\s*(\d+)\s*([+-])(.+)$/.exec(given) ?? [];
      const bias = size?.trim() === "inf" ? Infinity : Number(size);
      if (id === undefined || Number.isNaN(bias)) {
        throw new UsageError(`${source} must be like 15043+1, not "${given}"`);
      }
      const added = { token: Number(id), bias: sign === "-" ? -bias : bias };
      sampling.logitBias = [...(sampling.logitBias ?? []), added];
    },
  }),
  on("--ignore-eos", {
    help: "go on where the model would end",
    set: ({ load }) => {
      load.sampling.ignoreEos = true;
    },
  }),
  value("--grammar", text("GBNF"), {
    help: "grammar for answers to requests without one",
    set: ({ load }, grammar) => constrain(load, { grammar }),
  }),
  value("--grammar-file", fileText("FILE"), {
    help: "file with that grammar",
    set: ({ load }, grammar) => constrain(load, { grammar }),
  }),
  value("-j, --json-schema", jsonObject("JSON"), {
    help: "JSON schema for answers to requests without one, {} for any object",
    set: ({ load }, jsonSchema) => constrain(load, { jsonSchema }),
  }),
  value("-jf, --json-schema-file", fileText("FILE"), {
    help: "file with that schema",
    set: ({ load }, json, source) => {
      try {
        constrain(load, { jsonSchema: jsonObject("FILE").read(json) });
      } catch {
        throw new UsageError(`${source} must be a file with a JSON object`);
      }
    },
  }),
  value("-r, --reverse-prompt", text("TEXT"), {
    repeats: true,
    help: "end answers at this text; may be repeated",
    set: ({ load }, stop) => {
      load.stop = [...(load.stop ?? []), stop];
    },
  }),
  on("-sp, --special", {
    help: "show special tokens in answers",
    set: ({ load }) => {
      load.showSpecial = true;
    },
  }),
];

export const samplingFlags = section("Sampling, for requests that do not say", "model", [
  ...chainFlags,
  ...fieldFlags,
  ...outputFlags,
]);
