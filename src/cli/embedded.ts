export interface EmbeddedFile {
  /** Its name on disk once unpacked. */
  name: string;
  /** Where the executable holds its bytes (a `/$bunfs/` path). */
  path: string;
  sizeBytes: number;
  sha256: string;
}

/** What the executable carries; scripts/build.ts puts the real table in this module's place. */
export interface Embedded {
  /** First 16 hex digits of the hash over all files: names the folder that they unpack to. */
  buildId: string;
  libraries: EmbeddedFile[];
  models: EmbeddedFile[];
  /** A text with the licences of all that it carries, of which nothing is unpacked. */
  licences: string;
}

/** null when run from source. */
export const embedded: Embedded | null = null;
