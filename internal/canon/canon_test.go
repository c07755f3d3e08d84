package canon_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"ayni.example/internal/canon"
)

type inner struct {
	Name string            `json:"name"`
	Tags []string          `json:"tags,omitempty"`
	Map  map[string]uint32 `json:"map,omitempty"`
}

type outer struct {
	Inner inner           `json:"inner"`
	Raw   json.RawMessage `json:"raw,omitempty"`
	Bytes []byte          `json:"bytes"`
	Next  *outer          `json:"next,omitempty"`
}

var limits = canon.Limits{Bytes: 4096, Depth: 8}

func TestMarshal(t *testing.T) {
	got, err := canon.Marshal(outer{
		Inner: inner{Name: "<a&b>\u2028é", Map: map[string]uint32{"b": 2, "a": 1}}, Bytes: []byte{0xff},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"inner":{"name":"<a&b>\u2028é","map":{"a":1,"b":2}},"bytes":"/w=="}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := canon.Marshal(math.NaN()); err == nil {
		t.Error("NaN has an encoding")
	}
}

func TestUnmarshal(t *testing.T) {
	tests := []struct {
		name, data string
		ok         bool
	}{
		{"canonical", `{"inner":{"name":"a"},"bytes":"AA=="}`, true},
		{"nested", `{"inner":{"name":"a"},"bytes":null,"next":{"inner":{"name":""},"bytes":""}}`, true},
		{"map", `{"inner":{"name":"a","map":{"a":1,"b":2}},"bytes":null}`, true},
		{"unknown field", `{"inner":{"name":"a"},"bytes":null,"x":1}`, false},
		{"duplicate key", `{"inner":{"name":"a"},"bytes":null,"bytes":null}`, false},
		{"duplicate key in a map", `{"inner":{"name":"a","map":{"a":1,"a":1}},"bytes":null}`, false},
		{"map out of order", `{"inner":{"name":"a","map":{"b":2,"a":1}},"bytes":null}`, false},
		{"fields out of order", `{"bytes":null,"inner":{"name":"a"}}`, false},
		{"other case", `{"Inner":{"name":"a"},"bytes":null}`, false},
		{"white space", `{"inner": {"name":"a"},"bytes":null}`, false},
		{"line feed", "{\"inner\":{\"name\":\"a\"},\"bytes\":null}\n", false},
		{"trailing value", `{"inner":{"name":"a"},"bytes":null}{}`, false},
		{"escape", `{"inner":{"name":"\u0061"},"bytes":null}`, false},
		{"HTML escape", `{"inner":{"name":"\u003c"},"bytes":null}`, false},
		{"not UTF-8", "{\"inner\":{\"name\":\"\xff\"},\"bytes\":null}", false},
		{"lone surrogate", `{"inner":{"name":"\ud800"},"bytes":null}`, false},
		{"base64 with line feed", `{"inner":{"name":"a"},"bytes":"AA\n=="}`, false},
		{"base64 with loose bits", `{"inner":{"name":"a"},"bytes":"AB=="}`, false},
		{"empty list", `{"inner":{"name":"a","tags":[]},"bytes":null}`, false},
		{"null pointer", `{"inner":{"name":"a"},"bytes":null,"next":null}`, false},
		{"number as float", `{"inner":{"name":"a","map":{"a":1.0}},"bytes":null}`, false},
		{"missing field", `{"inner":{"name":"a"}}`, false},
		{"too deep", `{"inner":{"name":"a"},"raw":` + strings.Repeat("[", 9) + strings.Repeat("]", 9) + `,"bytes":null}`, false},
		{"too long", `{"inner":{"name":"` + strings.Repeat("a", 5000) + `"},"bytes":null}`, false},
		{"empty", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var v outer
			err := canon.Unmarshal([]byte(test.data), &v, limits)
			if test.ok && err != nil {
				t.Error(err)
			}
			if !test.ok && !errors.Is(err, canon.ErrForm) {
				t.Errorf("got %v, want %v", err, canon.ErrForm)
			}
		})
	}
}

func TestValid(t *testing.T) {
	good := []string{`{}`, `[]`, `null`, `true`, `-1`, `0.5`, `1e+21`, `123456789012345678901234567890`, `{"b":1,"a":[{},"x"]}`, `"\u2028<"`}
	for _, raw := range good {
		if err := canon.Valid([]byte(raw), limits); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	bad := []string{
		``, ` `, `{} `, `{"a":1,}`, `[1,]`, `[1 ]`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":1}}`, `"\u0061"`, `"\/"`, `-0`, `1.0`, `1e2`,
		`1E+21`, `01`, `{}{}`, `[`, `{"a"}`, `]`, `nul`, "\"\xff\"", strings.Repeat("[", 9) + strings.Repeat("]", 9), `{"a":1e999}`,
	}
	for _, raw := range bad {
		if err := canon.Valid([]byte(raw), limits); !errors.Is(err, canon.ErrForm) {
			t.Errorf("%s: got %v, want %v", raw, err, canon.ErrForm)
		}
	}
}

func TestSum(t *testing.T) {
	if got, want := hexSum("d", "a", "bc"), "7fee1368087a4821174e73a45459622a225cebc26af074214fc103de8b5f3fe9"; got != want {
		t.Errorf("the digest changed: %s", got)
	}
	all := map[string]bool{}
	lists := [][]string{{"d"}, {"d", ""}, {"d", "", ""}, {"d", "ab", "c"}, {"d", "a", "bc"}, {"d", "abc"}, {"da", "bc"}, {"d", "a\x00bc"}}
	for _, list := range lists {
		all[hexSum(list[0], list[1:]...)] = true
	}
	if len(all) != len(lists) {
		t.Errorf("%d digests of %d lists", len(all), len(lists))
	}
}

func hexSum(domain string, parts ...string) string {
	list := make([][]byte, len(parts))
	for i, part := range parts {
		list[i] = []byte(part)
	}
	digest := canon.Sum(domain, list...)
	return hex.EncodeToString(digest[:])
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"inner":{"name":"a","tags":["x"],"map":{"a":1}},"raw":{"z":[1,2.5]},"bytes":"AA=="}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v outer
		if err := canon.Unmarshal(data, &v, limits); err != nil {
			if !errors.Is(err, canon.ErrForm) {
				t.Fatal(err)
			}
			return
		}
		again, err := canon.Marshal(v)
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("%q encodes as %q, %v", data, again, err)
		}
	})
}

func FuzzValid(f *testing.F) {
	f.Add([]byte(`{"b":[1,-2,0.5,1e+21,"\u2028"],"a":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := canon.Valid(data, limits); err != nil {
			if !errors.Is(err, canon.ErrForm) {
				t.Fatal(err)
			}
			return
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, data); err != nil || !bytes.Equal(compact.Bytes(), data) {
			t.Fatalf("%q is valid but compacts to %q, %v", data, compact.Bytes(), err)
		}
	})
}
