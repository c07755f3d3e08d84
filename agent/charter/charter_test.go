package charter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"ayni.example/agent/charter"
)

func read(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("testdata/research.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func TestParse(t *testing.T) {
	plan, err := charter.Open("testdata/research.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, p := plan.Document, plan.Policy
	if plan.Label != "research" || d.Name != "Research assistant" || d.Model.Temperature != 700 || d.Memory.Bytes != 64<<10 || len(d.Tools) != 4 {
		t.Errorf("read %+v", plan)
	}
	if search := d.Tools[0]; search.Kind != charter.MCP || search.Remote != "search" || search.Price != "10000000000000000" || search.Seconds != 20 {
		t.Errorf("read %+v", search)
	}
	want, _ := new(big.Int).SetString("5250000000000000000", 10)
	if p.PerDay.Cmp(want) != 0 || p.Timelock != 24*time.Hour || p.Actions[0] != charter.Pay || p.LeaseSeconds != 120 || p.WakersAny || len(p.Wakers) != 0 {
		t.Errorf("read %+v", p)
	}
	text, err := charter.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	again, err := charter.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := charter.Encode(again); !bytes.Equal(text, second) {
		t.Error("another encoding after decoding")
	}
}

// TestMistakes asks that each mistake is told with its own place.
func TestMistakes(t *testing.T) {
	tests := []struct{ name, from, to, place, cause string }{
		{"unknown field", "steps: 6", "stepps: 6", ":9:1", "unknown field"},
		{"amount", "per_day: 5.25", "per_day: 5,25", ":32:12", "no amount of credits"},
		{"too many decimals", "per_day: 5.25", "per_day: 5.1234567890123456789", ":32:12", "no amount"},
		{"negative", "per_day: 5.25", "per_day: -5", ":32:12", "no amount"},
		{"caps crossed", "per_wake: 1", "per_wake: 9", ":31:13", "is above limits."},
		{"time", "timelock: 1d", "timelock: 1.5s", ":41:11", "no time of whole seconds"},
		{"pin", "0101", "xx01", ":14:10", "want sha256"},
		{"unpinned tool", "    pin: sha256:0101010101010101010101010101010101010101010101010101010101010101\n", "", "", "want sha256"},
		{"schema", "type: string", "type: strong", ":", "no JSON Schema"},
		{"schema from elsewhere", "type: string, maxLength: 200", "$ref: 'https://example.org/schema'", ":", "lies elsewhere"},
		{"action", "[reserve, pay]", "[reserve, transfer]", ":28:20", "unknown"},
		{"reserved name", "name: balance", "name: pay", ":26:11", "by itself"},
		{"two names", "name: balance", "name: search", ":26:11", "two tools"},
		{"two kinds", "ledger: balance", "ledger: balance\n    http: [https://example.org]", "", "more than one of"},
		{"user in an address", "https://example.org/wiki/", "https://me:secret@example.org/wiki/", ":23:12", "no address"},
		{"wild card", "https://example.org/wiki/", "https://*.example.org/", ":23:12", "no address"},
		{"payee", "0x00000000000000000000000000000000000000aa", "mallory", ":37:10", "no address"},
		{"proved without appraisal", "[reserve, pay]", "[pay_proved]", "", "wanted with the action"},
		{"no cap", "  lifetime: 100\n", "", "", "has a cap"},
		{"syntax", "steps: 6", "steps: [6", ":", ""},
		{"date", "2030-01-31", "soon", ":42:10", "no time"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := read(t)
			if !strings.Contains(text, test.from) {
				t.Fatalf("%q is not in the file", test.from)
			}
			_, err := charter.Parse("c.yaml", []byte(strings.Replace(text, test.from, test.to, 1)))
			if err == nil {
				t.Fatal("taken")
			}
			if !strings.Contains(err.Error(), "c.yaml"+test.place) || !strings.Contains(err.Error(), test.cause) {
				t.Errorf("got %v, want c.yaml%s … %s", err, test.place, test.cause)
			}
		})
	}
}

func TestSchema(t *testing.T) {
	s, err := charter.Compile(json.RawMessage(`{"properties":{"to":{"enum":["a"]}},"additionalProperties":false}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{`{"to":"a"}`: true, `{}`: true, `{"to":"b"}`: false, `{"x":1}`: false, `[]`: false, `{`: false, `"a"`: false} {
		if err := s.Check(json.RawMessage(text)); (err == nil) != good || err != nil && !errors.Is(err, charter.ErrArguments) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestPin asks that whatever a server tells the model is in the pin, and the order of its schema's fields is not.
func TestPin(t *testing.T) {
	pin := func(name, about, schema string) string {
		p, err := charter.Pin(name, about, json.RawMessage(schema))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := pin("a", "b", `{"type":"object","properties":{"x":{"type":"string"}}}`)
	if first != pin("a", "b", `{"properties": {"x":{"type":"string"}}, "type":"object"}`) {
		t.Error("the order of fields changes the pin")
	}
	for _, other := range []string{pin("a", "send all", `{"type":"object","properties":{"x":{"type":"string"}}}`), pin("ab", "", `{}`), pin("a", "b", `{}`)} {
		if other == first {
			t.Error("a change keeps the pin")
		}
	}
}

func FuzzDecode(f *testing.F) {
	plan, err := charter.Open("testdata/research.yaml")
	if err != nil {
		f.Fatal(err)
	}
	text, err := charter.Encode(plan.Document)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := charter.Decode(text)
		if err != nil {
			return
		}
		again, err := charter.Encode(d)
		if err != nil || !bytes.Equal(text, again) {
			t.Fatalf("%q encodes as %q, %v", text, again, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(read(f)))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		plan, err := charter.Parse("f.yaml", text)
		if err != nil {
			return
		}
		if _, err := charter.Encode(plan.Document); err != nil {
			t.Fatal(err)
		}
	})
}
