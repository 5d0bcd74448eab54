import type { Exceptions } from "./report.ts";

const agentTools = "tools that llama-server runs for its own web page's agent: not what Hutch is";
const greps = "looks for lines in llama-server's own log";

/** Tests of llama-server's suite that hutch is not meant to pass, and why. */
export const exceptions: Exceptions = {
  "test_tools_builtin::": agentTools,
  "test_mcp_servers::": agentTools,
  "test_proxy::": "a proxy for llama-server's web page to reach tool servers: not what Hutch is",
  "test_security::test_cors_proxy": "the same proxy",
  "test_security::test_cors_origins_defaults_to_localhost_with_tools_enabled": agentTools,
  "test_security::test_access_static_assets": "asks for the files of llama-server's web page",
  "test_kv_keep_only_active::": greps,
};
