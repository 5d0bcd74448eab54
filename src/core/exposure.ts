import { isLocalOnly } from "./network/listening.ts";
import type { HttpSettings } from "./server.ts";

/** What the user should know about who can reach the server. */
export function exposureNotes(http: HttpSettings): string[] {
  const open = http.hostnames.filter((host) => !isLocalOnly([host]));
  if (open.length === 0 || http.apiKeys.length > 0 || http.apiKeyFiles.length > 0) return [];
  return [
    `everybody who reaches ${open.join(", ")} can use this server and change its models, as it ` +
      "asks for no API key: `hutch key` makes one, --api-key-file and HUTCH_API_KEY take it",
  ];
}
