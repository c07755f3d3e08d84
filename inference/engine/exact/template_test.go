package exact

import (
	"os"
	"strings"
	"sync"
	"testing"

	"ayni.example/inference/engine"
)

func load(t *testing.T, name string) *template {
	t.Helper()
	source, err := os.ReadFile("testdata/templates/" + name + ".jinja")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := newTemplate(string(source), "<s>", "</s>")
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestTemplates(t *testing.T) {
	talk := []engine.Message{{Role: "user", Content: "Hi <b>"}, {Role: "assistant", Content: "Yes?"}, {Role: "user", Content: " A & B "}}
	system := append([]engine.Message{{Role: "system", Content: " Be brief. "}}, talk...)
	tests := []struct {
		name, template string
		messages       []engine.Message
		want           string
	}{
		{
			"chatml", "chatml", talk,
			"<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nHi <b><|im_end|>\n" +
				"<|im_start|>assistant\nYes?<|im_end|>\n<|im_start|>user\n A & B <|im_end|>\n<|im_start|>assistant\n",
		},
		{
			"chatml with a system message", "chatml", system[:2],
			"<|im_start|>system\n Be brief. <|im_end|>\n<|im_start|>user\nHi <b><|im_end|>\n<|im_start|>assistant\n",
		},
		{
			"headers", "headers", system[:2],
			"<s><|start_header_id|>system<|end_header_id|>\n\nToday Date: 26 Jul 2024\n\nBe brief.<|eot_id|>" +
				"<|start_header_id|>user<|end_header_id|>\n\nHi <b><|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
		},
		{"inst", "inst", talk, "<s>[INST] Hi <b> [/INST]Yes?</s>[INST]  A & B  [/INST]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			have, err := load(t, test.template).render(test.messages, "")
			if err != nil || strings.TrimSuffix(have, "\n") != strings.TrimSuffix(test.want, "\n") {
				t.Errorf("error %v\nhave %q\nwant %q", err, have, test.want)
			}
		})
	}
}

func TestTemplateRefusesMessages(t *testing.T) {
	_, err := load(t, "inst").render([]engine.Message{{Role: "assistant", Content: "a"}}, "")
	if !engine.IsKind(err, engine.Invalid) || !strings.Contains(err.Error(), "must alternate") {
		t.Errorf("error is %v, want the template's own words as Invalid", err)
	}
}

func TestTemplateIsConfined(t *testing.T) {
	messages := []engine.Message{{Role: "user", Content: "a"}}
	tests := map[string]string{
		"includes a file":   `{% include "/etc/hostname" %}`,
		"macro without end": `{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}`,
		"doubles":           `{% set ns = namespace(a="a") %}{% for i in range(64) %}{% set ns.a = ns.a + ns.a %}{% endfor %}`,
		"unknown filter":    `{{ messages | nosuch }}`,
		"unfinished":        `{% for m in messages %}`,
		"raises":            `{{ raise_exception("no") }}`,
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			parsed, err := newTemplate(source, "", "")
			if err != nil {
				return
			}
			text, err := parsed.render(messages, "")
			if err == nil {
				t.Fatalf("it rendered %.80q", text)
			}
			if !engine.IsKind(err, engine.Invalid) {
				t.Errorf("error is %v, want Invalid", err)
			}
		})
	}
}

func TestTemplateIsSharedSafely(t *testing.T) {
	parsed := load(t, "chatml")
	want, err := parsed.render([]engine.Message{{Role: "user", Content: "a"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				have, err := parsed.render([]engine.Message{{Role: "user", Content: "a"}}, "")
				if err != nil || have != want {
					t.Errorf("%v: %q", err, have)
					return
				}
			}
		})
	}
	group.Wait()
}
