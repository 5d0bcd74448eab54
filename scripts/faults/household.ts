import { noisyPicture } from "../bench/workloads/image.ts";
import { outcomeOf } from "./answer.ts";
import type { Seeded } from "./seeded.ts";
import { anyTraffic, chats, embeddings, prose, type Traffic } from "./traffic.ts";
import { vanishingClient } from "./vanishing.ts";

/** The models of a soak, by what they can do. */
export const sees = "tiny";
export const talks = "llama-15m";
export const embeds = "bge-small";

/** How often a client leaves before it has its answer. */
const vanishes = 0.2;
/** How often somebody unloads a model, which the next request loads anew. */
const unloads = 0.002;
/** What requests are told that wait for a model which is unloaded then. */
const conflict = 409;
/** How often clients ask again after it: as OpenAI's libraries do. */
const nRepeatsMax = 2;

const nPredict = 60;
/** Pixels. */
const pictureSide = 64;
const nPictures = 500;

/** What has become of the requests so far. */
export interface Tally {
  nAnswered: number;
  nVanished: number;
  nUnloaded: number;
  /** Requests made anew, since somebody had unloaded the model that they waited for. */
  nRepeated: number;
  /** By the request's name and the error. */
  errors: Map<string, number>;
}

/** One request, to its end or not. */
export async function visit(url: string, random: Seeded, tally: Tally): Promise<void> {
  // A few are new to the server, others it has seen.
  const picture = noisyPicture(pictureSide, random.below(nPictures)).replace(/^.*,/, "");
  const options = { model: sees, picture, nPredict };
  if (random.chance(unloads)) {
    await post(url, { name: "unload", path: "/models/unload", body: { model: embeds } });
    tally.nUnloaded++;
  } else if (random.chance(vanishes)) {
    await vanishingClient(url, random, options);
    tally.nVanished++;
  } else {
    const traffic = asked(random, options);
    let { status, error } = await outcomeOf(post(url, traffic));
    for (let i = 0; status === conflict && i < nRepeatsMax; i++) {
      tally.nRepeated++;
      ({ status, error } = await outcomeOf(post(url, traffic)));
    }
    tally.nAnswered++;
    const key = `${traffic.name}: ${error}`;
    if (error !== null) tally.errors.set(key, (tally.errors.get(key) ?? 0) + 1);
  }
}

/** Of all three models, each what it can do. Nitro's routes want a model of their own. */
function asked(random: Seeded, options: { model: string; picture: string; nPredict: number }) {
  const model = random.pick([sees, sees, talks, embeds]);
  if (model === embeds) return random.pick(embeddings(embeds, [prose(random, 30)]));
  const isPossible = ({ name }: Traffic) =>
    !name.startsWith("Nitro") && (model === sees || !name.includes("picture"));
  if (model === sees) {
    for (;;) {
      const traffic = anyTraffic(random, options);
      if (isPossible(traffic)) return traffic;
    }
  }
  return random.pick(chats({ ...options, model }, prose(random, 60)).filter(isPossible));
}

function post(url: string, { path, body }: Traffic): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
}
