import assert from "node:assert";
import { statfsSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname } from "node:path";
import { NativeError, openNative } from "../../ffi/native.ts";
import { Quantization } from "../../ffi/quantize.ts";
import { AppError } from "../core/errors.ts";
import { toWire } from "../core/protocol.ts";
import {
  type FromQuantizer,
  type QuantizationJob,
  quantizationTypes,
} from "../core/quantization.ts";

/** Time between two looks at how far it is, milliseconds. */
const pollMs = 20;

/** Less room than this means a full disk, bytes: a file system keeps some for itself. */
const roomBytesMin = 1024 * 1024;

/**
 * The process that writes one model anew, or only finds out whether llama.cpp knows it. A server
 * must not do that itself: a bad file can end the process. It ends with its server.
 */
export async function runQuantizer(libraryDir: () => Promise<string>): Promise<void> {
  const received = new Promise<QuantizationJob>((resolve) => process.once("message", resolve));
  process.on("disconnect", () => process.exit(0));
  process.on("SIGINT", () => {}); // the server decides when it ends
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL); // engines come first
  const send = (message: FromQuantizer) => {
    assert(process.send, "a quantizer is started by the server, not by hand");
    process.send(message);
  };
  const job = await received;
  try {
    openNative(await libraryDir());
    await quantize(job, (nDone, nTensors) => send({ type: "progress", nDone, nTensors }));
    send({ type: "done" });
  } catch (error) {
    send({ type: "failed", error: toWire(failure(error, job)) });
  }
}

async function quantize(
  { source, target, type }: QuantizationJob,
  onProgress: (nDone: number, nTensors: number) => void,
): Promise<void> {
  using quantization = new Quantization(source, target ?? "", {
    ...(type !== undefined && { type: quantizationTypes[type] }),
    dry_run: target === null,
  });
  for (let reported = -1; ; ) {
    const { nDone, nTensors, hasEnded } = quantization.poll();
    if (nDone !== reported) onProgress(nDone, nTensors);
    reported = nDone;
    if (hasEnded) return;
    await Bun.sleep(pollMs);
  }
}

/** llama.cpp does not say why it could not write. */
function failure(error: unknown, { target }: QuantizationJob): unknown {
  if (!(error instanceof NativeError)) return error;
  if (target !== null) {
    const { bavail, bsize } = statfsSync(dirname(target));
    if (bavail * bsize < roomBytesMin) {
      return new AppError("internal", `${dirname(target)}: the disk is full`, { cause: error });
    }
  }
  return new AppError("invalid_request", error.message, { cause: error });
}
