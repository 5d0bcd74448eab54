/** A chat format, and texts that only its Jinja templates contain together. */
export interface Format {
  name: string;
  marks: string[];
  template: string;
  stop: string[];
}

/** Whether the message of a loop is the last one. */
const last = "{{- $last := eq (len (slice $.Messages $i)) 1 }}";

/**
 * A template for formats whose messages all look alike.
 * @param message how a message is written, its end left out
 * @param end what ends a message, but not the beginning of an answer
 * @param answer what stands before an answer
 */
function uniform(message: string, end: string, answer: string): string {
  return (
    `{{- range $i, $_ := .Messages }}${last}\n{{- "" }}${message}` +
    `{{ if not (and $last (eq .Role "assistant")) }}${end}{{ end }}` +
    `{{- if and $last (ne .Role "assistant") }}${answer}{{ end }}{{ end }}`
  );
}

/** A template for formats without roles of their own for system messages: these come first. */
function turns(parts: { system: string; user: string; assistant: string; end: string }): string {
  const { system, user, assistant, end } = parts;
  return (
    `{{ if .System }}${system}{{ end }}{{ if .Prompt }}${user}{{ end }}` +
    `${assistant}{{ .Response }}${end}`
  );
}

const chatmlTools = `{{- if or .System .Tools }}<|im_start|>system
{{- if .System }}
{{ .System }}
{{- end }}
{{- if .Tools }}

# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{{- range .Tools }}
{{ . }}
{{- end }}
</tools>

For each function call, return a json object with function name and arguments \
within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>
{{- end }}<|im_end|>
{{ end }}
{{- range $i, $_ := .Messages }}${last}
{{- if eq .Role "user" }}<|im_start|>user
{{ .Content }}<|im_end|>
{{ else if eq .Role "assistant" }}<|im_start|>assistant
{{ THOUGHT }}{{ .Content }}
{{- if .ToolCalls }}
{{- range .ToolCalls }}
<tool_call>
{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
</tool_call>
{{- end }}
{{- end }}{{ if not $last }}<|im_end|>
{{ end }}
{{- else if eq .Role "tool" }}<|im_start|>user
<tool_response>
{{ .Content }}
</tool_response><|im_end|>
{{ end }}
{{- if and $last (ne .Role "assistant") }}<|im_start|>assistant
{{ NO_THOUGHT }}{{ end }}
{{- end }}`;

const thought = `{{ if and .Thinking $last }}<think>
{{ .Thinking }}
</think>

{{ end }}`;

const noThought = `{{ if and $.IsThinkSet (not $.Think) }}<think>

</think>

{{ end }}`;

/** ChatML with tools, and with thinking or without it. */
function chatmlWith(isThinking: boolean): string {
  return chatmlTools
    .replace("{{ THOUGHT }}", () => (isThinking ? thought : ""))
    .replace("{{ NO_THOUGHT }}", () => (isThinking ? noThought : ""));
}

const llama3 = uniform(
  "<|start_header_id|>{{ .Role }}<|end_header_id|>\n\n{{ .Content }}",
  "<|eot_id|>",
  "<|start_header_id|>assistant<|end_header_id|>\n\n",
);

const llama3Tools = `{{- if or .System .Tools }}<|start_header_id|>system<|end_header_id|>

{{ .System }}
{{- if .Tools }}

Given the following functions, answer with a JSON object for a function call with its \
proper arguments where that helps: {"name": function name, "parameters": \
dictionary of argument name and its value}. Do not use variables.
{{ range .Tools }}
{{ . }}
{{ end }}
{{- end }}<|eot_id|>
{{- end }}
{{- range $i, $_ := .Messages }}${last}
{{- if eq .Role "user" }}<|start_header_id|>user<|end_header_id|>

{{ .Content }}<|eot_id|>
{{- else if eq .Role "assistant" }}<|start_header_id|>assistant<|end_header_id|>

{{ if .ToolCalls }}
{{- range .ToolCalls }}\
{"name": "{{ .Function.Name }}", "parameters": {{ .Function.Arguments }}}{{ end }}
{{- else }}{{ .Content }}
{{- end }}{{ if not $last }}<|eot_id|>{{ end }}
{{- else if eq .Role "tool" }}<|start_header_id|>ipython<|end_header_id|>

{{ .Content }}<|eot_id|>
{{- end }}
{{- if and $last (ne .Role "assistant") }}<|start_header_id|>assistant<|end_header_id|>

{{ end }}
{{- end }}`;

const gemma = `{{- $system := .System }}
{{- range $i, $_ := .Messages }}${last}
{{- if eq .Role "user" }}<start_of_turn>user
{{ if $system }}{{ $system }}

{{ $system = "" }}{{ end }}{{ .Content }}<end_of_turn>
{{ else if eq .Role "assistant" }}<start_of_turn>model
{{ .Content }}{{ if not $last }}<end_of_turn>
{{ end }}
{{- end }}
{{- if and $last (ne .Role "assistant") }}<start_of_turn>model
{{ end }}
{{- end }}`;

const mistralTools = `{{- range $i, $_ := .Messages }}${last}
{{- if eq .Role "user" }}
{{- if and $.Tools (le (len (slice $.Messages $i)) 2) }}\
[AVAILABLE_TOOLS]{{ $.Tools }}[/AVAILABLE_TOOLS]{{ end }}[INST]
{{- if and $.System $last }} {{ $.System }}

{{ else }} {{ end }}{{ .Content }}[/INST]
{{- else if eq .Role "assistant" }}
{{- if .ToolCalls }}[TOOL_CALLS] [
{{- range $n, $_ := .ToolCalls }}{{ if $n }}, {{ end }}\
{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}{{ end }}]</s>
{{- else }} {{ .Content }}{{ if not $last }}</s>{{ end }}
{{- end }}
{{- else if eq .Role "tool" }}[TOOL_RESULTS]{"content": {{ json .Content }}}[/TOOL_RESULTS]
{{- end }}
{{- end }}`;

const commandR = uniform(
  '<|START_OF_TURN_TOKEN|>{{ if eq .Role "system" }}<|SYSTEM_TOKEN|>' +
    '{{ else if eq .Role "assistant" }}<|CHATBOT_TOKEN|>{{ else }}<|USER_TOKEN|>{{ end }}' +
    "{{ .Content }}",
  "<|END_OF_TURN_TOKEN|>",
  "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
);

const granite = uniform(
  "<|start_of_role|>{{ .Role }}<|end_of_role|>{{ .Content }}",
  "<|end_of_text|>\n",
  "<|start_of_role|>assistant<|end_of_role|>",
);

/** `<|user|>`, text, an end, for each message. */
function bars(end: string): string {
  return uniform("<|{{ .Role }}|>\n{{ .Content }}", end, "<|assistant|>\n");
}

/** In the order in which they are looked for: what is special comes first. */
export const formats: Format[] = [
  {
    name: "llama4-instruct",
    marks: ["<|header_start|>", "<|eot|>"],
    template: uniform(
      "<|header_start|>{{ .Role }}<|header_end|>\n\n{{ .Content }}",
      "<|eot|>",
      "<|header_start|>assistant<|header_end|>\n\n",
    ),
    stop: ["<|eot|>"],
  },
  {
    name: "llama3.1-instruct",
    marks: ["<|start_header_id|>", "<|eot_id|>", "tools"],
    template: llama3Tools,
    stop: ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
  },
  {
    name: "llama3-instruct",
    marks: ["<|start_header_id|>"],
    template: llama3,
    stop: ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
  },
  {
    name: "chatml-thinking",
    marks: ["<|im_start|>", "<tool_call>", "<think>", "enable_thinking"],
    template: chatmlWith(true),
    stop: ["<|im_start|>", "<|im_end|>"],
  },
  {
    name: "chatml-tools",
    marks: ["<|im_start|>", "<tool_call>"],
    template: chatmlWith(false),
    stop: ["<|im_start|>", "<|im_end|>"],
  },
  {
    name: "phi-4",
    marks: ["<|im_start|>", "<|im_sep|>"],
    template: uniform(
      "<|im_start|>{{ .Role }}<|im_sep|>{{ .Content }}",
      "<|im_end|>",
      "<|im_start|>assistant<|im_sep|>",
    ),
    stop: ["<|im_start|>", "<|im_end|>", "<|im_sep|>"],
  },
  {
    name: "chatml",
    marks: ["<|im_start|>"],
    template: uniform(
      "<|im_start|>{{ .Role }}\n{{ .Content }}",
      "<|im_end|>\n",
      "<|im_start|>assistant\n",
    ),
    stop: ["<|im_start|>", "<|im_end|>"],
  },
  { name: "gemma-instruct", marks: ["<start_of_turn>"], template: gemma, stop: ["<end_of_turn>"] },
  {
    name: "command-r",
    marks: ["<|START_OF_TURN_TOKEN|>"],
    template: commandR,
    stop: ["<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>"],
  },
  {
    name: "granite-instruct",
    marks: ["<|start_of_role|>"],
    template: granite,
    stop: ["<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"],
  },
  {
    name: "mistral-tools",
    marks: ["[INST]", "[TOOL_CALLS]"],
    template: mistralTools,
    stop: ["[INST]", "[/INST]"],
  },
  {
    name: "llama2-chat",
    marks: ["[INST]", "<<SYS>>"],
    template: turns({
      system: "[INST] <<SYS>>\n{{ .System }}\n<</SYS>>\n\n{{ else }}[INST] ",
      user: "{{ .Prompt }}",
      assistant: " [/INST] ",
      end: "</s>",
    }),
    stop: ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"],
  },
  {
    name: "mistral-instruct",
    marks: ["[INST]"],
    template: turns({
      system: "[INST] {{ .System }}\n\n{{ else }}[INST] ",
      user: "{{ .Prompt }}",
      assistant: "[/INST] ",
      end: "</s>",
    }),
    stop: ["[INST]", "[/INST]"],
  },
  {
    name: "deepseek-r1",
    marks: ["<｜User｜>", "<｜Assistant｜>", "</think>"],
    template:
      `{{ .System }}{{- range $i, $_ := .Messages }}${last}` +
      `{{- if eq .Role "user" }}<｜User｜>{{ .Content }}` +
      `{{- else if eq .Role "assistant" }}<｜Assistant｜>` +
      `{{- if and .Thinking $last }}<think>\n{{ .Thinking }}\n</think>\n\n{{ end }}{{ .Content }}` +
      `{{- if not $last }}<｜end▁of▁sentence｜>{{ end }}{{ end }}` +
      `{{- if and $last (ne .Role "assistant") }}<｜Assistant｜>{{ end }}{{ end }}`,
    stop: ["<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"],
  },
  {
    name: "phi-3",
    marks: ["<|user|>", "<|assistant|>", "<|end|>"],
    template: bars("<|end|>\n"),
    stop: ["<|end|>", "<|user|>", "<|assistant|>"],
  },
  {
    name: "zephyr",
    marks: ["<|user|>", "<|assistant|>"],
    template: bars("</s>\n"),
    stop: ["<|system|>", "<|user|>", "<|assistant|>", "</s>"],
  },
  {
    name: "openchat",
    marks: ["GPT4 Correct"],
    template: turns({
      system: "GPT4 Correct System: {{ .System }}<|end_of_turn|>",
      user: "GPT4 Correct User: {{ .Prompt }}<|end_of_turn|>",
      assistant: "GPT4 Correct Assistant: ",
      end: "<|end_of_turn|>",
    }),
    stop: ["<|end_of_turn|>"],
  },
  {
    name: "alpaca",
    marks: ["### Instruction:", "### Response:"],
    template: turns({
      system: "{{ .System }}\n\n",
      user: "### Instruction:\n{{ .Prompt }}\n\n",
      assistant: "### Response:\n",
      end: "\n\n",
    }),
    stop: ["### Instruction:", "### Response:"],
  },
  {
    name: "vicuna",
    marks: ["USER:", "ASSISTANT:"],
    template: turns({
      system: "{{ .System }}\n\n",
      user: "USER: {{ .Prompt }}\n",
      assistant: "ASSISTANT: ",
      end: "</s>\n",
    }),
    stop: ["USER:", "ASSISTANT:"],
  },
  {
    name: "falcon-instruct",
    marks: ["User:", "Assistant:"],
    template: turns({
      system: "System: {{ .System }}\n\n",
      user: "User: {{ .Prompt }}\n\n",
      assistant: "Assistant: ",
      end: "\n\n",
    }),
    stop: ["User:", "Assistant:"],
  },
];
