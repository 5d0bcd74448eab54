import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import manifest from "../../package.json";
import type { Component } from "./components.ts";

/** An executable, as its SBOM describes it. */
export interface Described {
  /** "linux-x64" */
  target: string;
  commit: string;
  /** When the commit was made, ISO 8601: an SBOM of the same commit is the same. */
  time: string;
  sha256: string;
  components: Component[];
}

/**
 * A software bill of materials: CycloneDX 1.6, as JSON.
 * @throws Error when it does not fit CycloneDX's schema
 */
export async function sbomOf(described: Described): Promise<string> {
  const text = `${JSON.stringify(document(described), null, 2)}\n`;
  const fault = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  if (fault !== null) throw new Error(`the SBOM does not fit its schema: ${JSON.stringify(fault)}`);
  return text;
}

function document({ target, commit, time, sha256, components }: Described): object {
  const own = "hutch";
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(sha256)}`,
    version: 1,
    metadata: {
      timestamp: time,
      lifecycles: [{ phase: "build" }],
      component: {
        type: "application",
        "bom-ref": own,
        name: `hutch-${target}`,
        version: manifest.version,
        hashes: [{ alg: "SHA-256", content: sha256 }],
        licenses: [{ license: { id: manifest.license } }],
        properties: [{ name: "hutch:commit", value: commit }],
      },
    },
    components: components.map((component) => ({
      type: "library",
      "bom-ref": component.purl,
      name: component.name,
      ...(component.version !== null && { version: component.version }),
      licenses: [{ expression: component.licence }],
      purl: component.purl,
    })),
    dependencies: [{ ref: own, dependsOn: components.map(({ purl }) => purl) }],
  };
}

/** A UUID (version 8: our own choice) that the executable's hash decides. */
function uuidOf(sha256: string): string {
  const digits = `${sha256.slice(0, 12)}8${sha256.slice(13, 16)}8${sha256.slice(17, 32)}`;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
