import {
  type Contender,
  type RunningServer,
  type ServedModel,
  type ServerName,
  startServer,
} from "./server.ts";

/** One side of the comparison: a server as one process, or as one for each of its models. */
export interface Side {
  readonly name: ServerName;
  readonly processes: readonly [Contender, ...Contender[]];
  /** Values of a request's `model` where one process has several models; empty: it has one. */
  readonly modelNames: readonly string[];
}

/**
 * Starts all processes of a side together and waits until they are healthy. Disposing it ends them.
 * @param logPath takes what the first one prints; the others' logs lie beside it
 */
export async function startSide(
  { name, processes: [first, ...others], modelNames }: Side,
  logPath: string,
  signal: AbortSignal,
): Promise<RunningServer> {
  await using stack = new AsyncDisposableStack(); // ends what was started if another one fails
  const start = async (process: Contender, path: string) =>
    stack.use(await startServer(process, path, signal));
  const [main, ...rest] = await allOrThrow([
    start(first, logPath),
    ...others.map((process, i) => start(process, `${logPath}.${i + 2}`)),
  ]);
  const model: ServedModel = { baseUrl: main.baseUrl, ...named(modelNames[0]) };
  const models =
    modelNames.length > 0
      ? modelNames.map((modelName) => ({ baseUrl: main.baseUrl, name: modelName }))
      : [main, ...rest].map(({ baseUrl }) => ({ baseUrl }));
  const owned = stack.move();
  return { ...main, name, model, models, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const named = (name: string | undefined) => (name === undefined ? {} : { name });

/** All results, once every promise has settled: what was started must be known to be ended. */
async function allOrThrow<T>(
  promises: readonly [Promise<T>, ...Promise<T>[]],
): Promise<[T, ...T[]]> {
  await Promise.allSettled(promises);
  const [first, ...others] = promises;
  return [await first, ...(await Promise.all(others))];
}
