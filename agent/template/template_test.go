package template_test

import (
	"strings"
	"testing"

	"ayni.example/agent/charter"
	"ayni.example/agent/host"
	"ayni.example/agent/template"
)

const account = "0x00000000000000000000000000000000000000aa"

func given() map[string]map[string]string {
	digest := strings.Repeat("01", 32)
	return map[string]map[string]string{
		"research":   {"pages": "https://example.org/wiki/"},
		"appraisals": {"appraiser": digest, "submitter": account, "payee": account, "per_unit": "0.001"},
		"steward":    {"payees": account + ", 0x00000000000000000000000000000000000000bb"},
	}
}

// TestCharters: each template gives a charter that the ledger would take.
func TestCharters(t *testing.T) {
	for _, name := range template.Names() {
		t.Run(name, func(t *testing.T) {
			values := given()[name]
			values["model"] = "qwen3:4b"
			text, err := template.Charter(name, values)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := charter.Parse(name+".yaml", text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			c, _, err := host.LedgerCharter(plan)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if !c.Caps.Lifetime.IsPositive() || c.Timelock == 0 {
				t.Errorf("no limits: %+v", c)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	for _, test := range []struct {
		name, key, value, want string
	}{
		{"nobody", "", "", "unknown"},
		{"steward", "payee", "x", "no value"},
		{"research", "pages", "https://example.org/", "needs the value model"},
		{"research", "pages", "https://example.org\ntools: []", "one line"},
	} {
		if _, err := template.Charter(test.name, map[string]string{test.key: test.value}); test.key != "" || test.want == "unknown" {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s with %s: %v, want %q", test.name, test.key, err, test.want)
			}
		}
	}
}
