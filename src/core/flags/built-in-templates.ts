/** llama.cpp's own chat templates, but for chatml: that one it also has for Jinja. */
const names = `
  llama2 llama2-sys llama2-sys-bos llama2-sys-strip mistral-v1 mistral-v3 mistral-v3-tekken
  mistral-v7 mistral-v7-tekken phi3 phi4 falcon3 zephyr monarch gemma orion openchat vicuna
  vicuna-orca deepseek deepseek2 deepseek3 deepseek-ocr command-r llama3 chatglm3 chatglm4
  glmedge minicpm exaone3 exaone4 exaone-moe rwkv-world granite granite-4.0 granite-4.1 gigachat
  megrez yandex bailing bailing-think bailing2 llama4 smolvlm hunyuan-moe gpt-oss hunyuan-dense
  hunyuan-vl kimi-k2 seed_oss grok-2 pangu-embedded solar-open
`;

/** Names that `--chat-template` takes for templates that work without Jinja only. */
export const builtInTemplates: ReadonlySet<string> = new Set(names.trim().split(/\s+/));
