import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../core/errors.ts";
import type { Model } from "./catalog.ts";
import { localFiles } from "./model-files.ts";
import { isModelfile } from "./modelfile-model.ts";

/** Draft models that belong to the model beside them begin with these words. */
const draftWords = ["mtp-", "dspark-", "dflash-", "eagle3-"];

const isProjector = (file: string) => file.includes("mmproj");
const isDraft = (file: string) => draftWords.some((word) => file.startsWith(word));

/**
 * The models of a folder, served where they lie: a GGUF file is one, and so is a folder with a
 * model (whole or in parts) and what belongs to it: its projector, its draft model.
 * @throws AppError invalid_request when there is no such folder
 */
export function modelsIn(dir: string): Model[] {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new AppError("invalid_request", `--models-dir: no such folder: ${dir}`);
  }
  return readdirSync(dir)
    .sort()
    .flatMap((entry) => {
      const path = join(dir, entry);
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return folderModel(path, entry);
      if (!entry.endsWith(".gguf") || isProjector(entry) || isDraft(entry)) return [];
      return listed(entry.replaceAll(".gguf", ""), path);
    });
}

/** The Modelfiles of a folder and of the folders in it. */
export function modelfilesIn(dir: string): string[] {
  return readdirSync(dir)
    .sort()
    .flatMap((entry) => {
      const path = join(dir, entry);
      if (isModelfile(path)) return [path];
      const inner = join(path, "Modelfile");
      return existsSync(inner) ? [inner] : [];
    });
}

function folderModel(dir: string, name: string): Model[] {
  const files = readdirSync(dir)
    .filter((file) => file.endsWith(".gguf"))
    .sort();
  const models = files.filter((file) => !isProjector(file) && !isDraft(file));
  const model = models.find((file) => file.includes("-00001-of-")) ?? models.at(-1);
  if (model === undefined) return [];
  const [mmproj, draft] = [files.findLast(isProjector), files.find(isDraft)];
  return listed(
    name,
    join(dir, model),
    mmproj === undefined ? undefined : join(dir, mmproj),
    draft === undefined ? undefined : join(dir, draft),
  );
}

/** One bad model, such as a split one that lacks a part, must not hide the others. */
function listed(name: string, path: string, mmprojPath?: string, draftPath?: string): Model[] {
  try {
    const files = localFiles(path);
    const preset = {
      model: path,
      ...(mmprojPath !== undefined && { mmproj: mmprojPath }),
      ...(draftPath !== undefined && { "model-draft": draftPath }),
    };
    const load = draftPath === undefined ? {} : { speculation: { draft_model: draftPath } };
    return [{ name, ...files, mmprojPath, load, preset, origin: "models_dir" }];
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}
