/** Variables of today's Ollama that change nothing here, and why. */
const withoutMeaning: Readonly<Record<string, string>> = {
  OLLAMA_SCHED_SPREAD: "models are spread over all GPUs anyway; --split-mode none keeps one whole",
  OLLAMA_LLM_LIBRARY: "the best libraries for this machine are chosen; --device chooses devices",
  OLLAMA_LIBRARY_PATH: "the libraries are part of the program",
  OLLAMA_VULKAN: "a backend is used where there is one; --device chooses devices",
  OLLAMA_IGPU_ENABLE: "every GPU is used that there is; --device chooses devices",
  OLLAMA_DEBUG_LOG_REQUESTS: "prompts are never logged",
  OLLAMA_REMOTES: "no request leaves this machine",
  OLLAMA_CLOUD_BASE_URL: "no request leaves this machine",
  OLLAMA_AUTH: "no request leaves this machine; --api-key guards this server",
  OLLAMA_GO_TEMPLATE:
    "a model's Go template is used, unless its file's Jinja says the same and more",
  OLLAMA_EXPERIMENT: "it switches Ollama's own experiments",
  OLLAMA_LLAMA_CPP_COMPAT: "it switches Ollama's own way of reading models",
  OLLAMA_SKILLS: "there is no agent here",
};

/** What to tell about variables that somebody has set in vain. */
export function ollamaNotes(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(withoutMeaning).flatMap(([name, why]) =>
    env[name] ? [`${name} has no effect: ${why}`] : [],
  );
}
