// What Go's own text/template makes of templates, for test/chat/go-template-golden.test.ts to
// compare our interpreter with. Reads {templates, conversations, data, tools, cases} as JSON from
// its input and writes {templates, cases}; regenerate.ts runs it. The types print themselves as
// Ollama's do.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

type propertyType []string

func (p *propertyType) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*p = propertyType{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(p))
}

func (p propertyType) MarshalJSON() ([]byte, error) {
	if len(p) == 1 {
		return json.Marshal(p[0])
	}
	return json.Marshal([]string(p))
}

func (p propertyType) String() string {
	if len(p) == 0 {
		return ""
	}
	if len(p) == 1 {
		return p[0]
	}
	return fmt.Sprint([]string(p))
}

type property struct {
	AnyOf       []property   `json:"anyOf,omitempty"`
	Type        propertyType `json:"type,omitempty"`
	Items       any          `json:"items,omitempty"`
	Description string       `json:"description,omitempty"`
	Enum        []any        `json:"enum,omitempty"`
	Properties  *properties  `json:"properties,omitempty"`
	Required    []string     `json:"required,omitempty"`
}

var inTypeScript = map[string]string{
	"string": "string", "number": "number", "integer": "number", "boolean": "boolean",
	"array": "any[]", "object": "Record<string, any>", "null": "null",
}

func (p property) ToTypeScriptType() string {
	var names []string
	for _, one := range p.AnyOf {
		names = append(names, one.ToTypeScriptType())
	}
	if len(p.AnyOf) == 0 {
		for _, name := range p.Type {
			names = append(names, inTypeScript[name])
		}
	}
	if len(names) == 0 {
		return "any"
	}
	return strings.Join(names, " | ")
}

type properties map[string]property

func (p properties) String() string { return text(p) }

type parameters struct {
	Type       string     `json:"type"`
	Defs       any        `json:"$defs,omitempty"`
	Items      any        `json:"items,omitempty"`
	Required   []string   `json:"required,omitempty"`
	Properties properties `json:"properties"`
}

func (p parameters) String() string { return text(p) }

type function struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Parameters  parameters `json:"parameters"`
}

func (f function) String() string { return text(f) }

type tool struct {
	Type     string   `json:"type"`
	Items    any      `json:"items,omitempty"`
	Function function `json:"function"`
}

func (t tool) String() string { return text(t) }

type tools []tool

func (t tools) String() string { return text(t) }

type arguments map[string]any

func (a arguments) String() string { return text(a) }

type calledFunction struct {
	Index     int
	Name      string
	Arguments arguments
}

type call struct {
	ID       string
	Function calledFunction
}

type message struct {
	Role       string
	Content    string
	Thinking   string
	Images     [][]byte
	ToolCalls  []call `json:"tool_calls"`
	ToolName   string `json:"tool_name"`
	ToolCallID string `json:"tool_call_id"`
}

type conversation struct {
	Name     string
	Messages []message
	Tools    tools
	Suffix   string
	Think    *bool
	Level    string
}

// The day on which all of this happens.
var today = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var functions = template.FuncMap{
	"json":        text,
	"currentDate": func(...string) string { return today.Format("2006-01-02") },
	"yesterdayDate": func(...string) string {
		return today.AddDate(0, 0, -1).Format("2006-01-02")
	},
	"toTypeScriptType": func(v any) string {
		if p, ok := v.(property); ok {
			return p.ToTypeScriptType()
		}
		return "any"
	},
}

func parsed(source string) (*template.Template, error) {
	return template.New("").Option("missingkey=zero").Funcs(functions).Parse(source)
}

// Whether any of the template's fields, in its branches too, has this name.
func uses(t *template.Template, name string) bool {
	return strings.Contains(strings.ToLower(t.Tree.Root.String()), "."+name)
}

// Removes what follows the first action that prints .Response.
func cut(list *parse.ListNode) bool {
	for i, node := range list.Nodes {
		var found bool
		switch n := node.(type) {
		case *parse.ActionNode:
			found = strings.Contains(n.String(), ".Response")
		case *parse.IfNode:
			found = cut(n.List)
			if n.ElseList != nil {
				found = cut(n.ElseList) || found
			}
		case *parse.RangeNode:
			found = cut(n.List)
		case *parse.WithNode:
			found = cut(n.List)
		}
		if found {
			list.Nodes = list.Nodes[:i+1]
			return true
		}
	}
	return false
}

func render(t *template.Template, data map[string]any) string {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return "error: " + err.Error()
	}
	return b.String()
}

func collated(given []message) (string, []*message) {
	var system []string
	var result []*message
	for i := range given {
		m := given[i]
		for i := range m.ToolCalls {
			m.ToolCalls[i].Function.Index = i
		}
		if m.Role == "system" {
			system = append(system, m.Content)
		}
		if n := len(result); n > 0 && result[n-1].Role == m.Role && m.Role != "tool" {
			result[n-1].Content += "\n\n" + m.Content
		} else {
			result = append(result, &m)
		}
	}
	return strings.Join(system, "\n\n"), result
}

func converse(source string, c conversation) string {
	t, err := parsed(source)
	if err != nil {
		return "error: " + err.Error()
	}
	if !uses(t, "messages") && !uses(t, "response") {
		t = template.Must(parsed(source + "{{ .Response }}"))
	}
	data := func(more map[string]any) map[string]any {
		more["Think"] = c.Think != nil && *c.Think
		more["ThinkLevel"] = c.Level
		more["IsThinkSet"] = c.Think != nil
		return more
	}
	system, messages := collated(c.Messages)
	if c.Suffix != "" {
		prompt := messages[len(messages)-1].Content
		return render(t, data(map[string]any{"Prompt": prompt, "Suffix": c.Suffix, "Response": ""}))
	}
	if uses(t, "messages") {
		return render(t, data(map[string]any{
			"System": system, "Messages": messages, "Tools": c.Tools, "Response": "",
		}))
	}
	var result, s, p, r string
	turn := func() map[string]any {
		return data(map[string]any{"System": s, "Prompt": p, "Response": r})
	}
	flush := func(when bool) {
		if when {
			result += render(t, turn())
			s, p, r = "", "", ""
		}
	}
	for _, m := range messages {
		switch m.Role {
		case "system":
			flush(p != "" || r != "")
			s = m.Content
		case "user":
			flush(r != "")
			p = m.Content
		case "assistant":
			r = m.Content
		}
	}
	cut(t.Tree.Root)
	return result + render(t, turn())
}

// {"$int": 1} stands for an int; other numbers are floats.
func value(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = value(v[i])
		}
	case map[string]any:
		if n, ok := v["$int"]; ok {
			return int(n.(float64))
		}
		for key := range v {
			v[key] = value(v[key])
		}
	}
	return v
}

func main() {
	var input struct {
		Templates     map[string]string
		Conversations []conversation
		Cases         []struct{ Template string }
		Data          map[string]any
		Tools         tools
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		panic(err)
	}
	templates := map[string]map[string]string{}
	for name, source := range input.Templates {
		templates[name] = map[string]string{}
		for _, c := range input.Conversations {
			templates[name][c.Name] = converse(source, c)
		}
	}
	data := value(input.Data).(map[string]any)
	data["Tools"] = input.Tools
	cases := []string{}
	for _, c := range input.Cases {
		t, err := parsed(c.Template)
		if err != nil {
			cases = append(cases, "error: "+err.Error())
			continue
		}
		cases = append(cases, render(t, data))
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	if err := out.Encode(map[string]any{"templates": templates, "cases": cases}); err != nil {
		panic(err)
	}
}
