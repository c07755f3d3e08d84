package jinja_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"ayni.example/inference/engine/jinja"
)

type reference struct {
	Values map[string]any `json:"values"`
	Cases  []struct {
		Template string `json:"template"`
		Want     string `json:"want"`
		Fails    bool   `json:"fails"`
	} `json:"cases"`
}

// readReference reads what Python's jinja2 3.1.6 makes of each template, with trim_blocks and lstrip_blocks on.
func readReference(tb testing.TB) reference {
	tb.Helper()
	raw, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		tb.Fatal(err)
	}
	var out reference
	if err := json.Unmarshal(raw, &out); err != nil {
		tb.Fatal(err)
	}
	out.Values = whole(out.Values).(map[string]any)
	return out
}

// whole makes ints of JSON's numbers that are whole.
func whole(value any) any {
	switch v := value.(type) {
	case float64:
		if v == float64(int(v)) {
			return int(v)
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = whole(v[key])
		}
	}
	return value
}

func TestReference(t *testing.T) {
	ref := readReference(t)
	for _, test := range ref.Cases {
		t.Run(test.Template, func(t *testing.T) {
			parsed, err := jinja.Parse(test.Template)
			have := ""
			if err == nil {
				have, err = parsed.Render(ref.Values)
			}
			if (err != nil) != test.Fails {
				t.Fatalf("error is %v, wanted one: %v", err, test.Fails)
			}
			if have != test.Want {
				t.Errorf("\nhave %q\nwant %q", have, test.Want)
			}
		})
	}
}

func TestRaise(t *testing.T) {
	parsed, err := jinja.Parse(`{{ raise_exception("roles must alternate") }}`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = parsed.Render(nil)
	if raised, ok := errors.AsType[*jinja.RaisedError](err); !ok || raised.Message != "roles must alternate" {
		t.Errorf("error is %v", err)
	}
}

func TestBounds(t *testing.T) {
	tests := map[string]string{
		"long loop":    `{% for i in range(1000000000) %}{% endfor %}`,
		"inner loops":  `{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}`,
		"much output":  `{% for i in range(100000) %}{{ "a" * 10000 }}{% endfor %}`,
		"repetition":   `{{ "a" * 9000000000000000000 }}`,
		"doubling":     `{% set n = namespace(a="a") %}{% for i in range(64) %}{% set n.a = n.a + n.a %}{% endfor %}`,
		"doubled list": `{% set n = namespace(a=[1]) %}{% for i in range(64) %}{% set n.a = n.a + n.a %}{% endfor %}`,
		"replacement":  `{% set n = namespace(a="aa") %}{% for i in range(64) %}{% set n.a = n.a.replace("a", "aaaa") %}{% endfor %}`,
		"shared list":  `{% set n = namespace(a=[1]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a }}`,
		"shared JSON":  `{% set n = namespace(a=[1]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a | tojson }}`,
		"compared":     `{% set n = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% set n.b = [n.b, n.b] %}{% endfor %}{{ n.a == n.b }}`,
		"deep value":   `{% set n = namespace(a=[1]) %}{% for i in range(1000) %}{% set n.a = [n.a] %}{% endfor %}{{ n.a }}`,
		"recursion":    `{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}`,
		"brackets":     "{{ " + strings.Repeat("(", 50_000) + "1" + strings.Repeat(")", 50_000) + " }}",
		"blocks":       strings.Repeat("{% if 1 %}", 20_000),
		"long sum":     "{{ 1" + strings.Repeat("+1", 50_000) + " }}",
		"long path":    "{{ a" + strings.Repeat(".a", 50_000) + " }}",
		"size":         strings.Repeat(" ", 1<<20),
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			parsed, err := jinja.Parse(source)
			if err == nil {
				_, err = parsed.Render(nil)
			}
			if err == nil {
				t.Error("there is no bound")
			} else if !errors.Is(err, jinja.ErrBound) && name != "size" && name != "blocks" {
				t.Errorf("error is %.200v, want ErrBound", err)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestFilesAreOutOfReach(t *testing.T) {
	for _, source := range []string{
		`{% include "/etc/hostname" %}`, `{% extends "/etc/hostname" %}`, `{% import "/etc/hostname" as m %}`,
		`{% from "/etc/hostname" import m %}`, `{{ open("/etc/hostname") }}`, `{{ ''.__class__.__mro__ }}`,
	} {
		parsed, err := jinja.Parse(source)
		if err == nil {
			_, err = parsed.Render(nil)
		}
		if err == nil {
			t.Errorf("%s was rendered", source)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	ref := readReference(f)
	for _, test := range ref.Cases {
		f.Add(test.Template)
	}
	f.Fuzz(func(t *testing.T, source string) {
		parsed, err := jinja.Parse(source)
		if err != nil {
			return
		}
		first, err := parsed.Render(ref.Values)
		if err != nil {
			return
		}
		if again, err := parsed.Render(ref.Values); err != nil || again != first {
			t.Fatalf("%q and then %q, %v", first, again, err)
		}
	})
}
