package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestDeployCheck: a file is told as what it orders, with no secret in it; a mistake is told at its place.
func TestDeployCheck(t *testing.T) {
	t.Setenv("HF_TOKEN", "hf-secret")
	code, out, stderr := call(t, "deploy", "../examples/deploy/finetune.yaml", "--check", "--json")
	var c struct {
		Deployment map[string]any
		Order      map[string]any
		HourMost   string `json:"hour_most"`
	}
	if err := json.Unmarshal([]byte(out), &c); code != 0 || err != nil || c.Deployment["name"] != "finetune" || !strings.HasPrefix(c.HourMost, "1.49999") {
		t.Errorf("code %d, %v, %s%s", code, err, out, stderr)
	}
	if strings.Contains(out+stderr, "hf-secret") {
		t.Error("a secret is shown")
	}
	for line, says := range map[string][]string{
		"deploy ../examples/deploy/sdl-full.yaml --check": {"model: registry.example/vllm:0.9@sha256:", "region is eu-north", "credits an hour"},
		"deploy ../examples/deploy/sdl-gpu.yaml --check":  {"2 cards of nvidia a100 or nvidia h100"},
		"deploy ../examples/deploy/sweep.yaml --check":    {"6 tasks, at most 0.6 credits"},
	} {
		code, out, stderr := call(t, strings.Fields(line)...)
		for _, want := range says {
			if code != 0 || !strings.Contains(out, want) {
				t.Errorf("%s: code %d, want %q in %s%s", line, code, want, out, stderr)
			}
		}
	}
	for line, says := range map[string]string{
		"deploy ../examples/deploy/mistakes.yaml --check":    "mistakes.yaml:4:1: comand: no such field (did you mean command?)",
		"deploy ../examples/deploy/sdl-refused.yaml --check": "sdl-refused.yaml:9:12: services.web.params.tee: not offered here",
		"deploy none.yaml --check":                           "hint: name a file",
		"deploy ../examples/deploy/web.yaml":                 "hint: start it with `ayni up`",
	} {
		code, _, stderr := call(t, strings.Fields(line)...)
		if code == 0 || !strings.Contains(stderr, says) {
			t.Errorf("%s: code %d, %s", line, code, stderr)
		}
	}
}
