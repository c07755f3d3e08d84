package grammar_test

import (
	"encoding/json"
	"errors"
	"math/rand"
	"regexp"
	"testing"
	"time"
	"unicode/utf8"

	"ayni.example/tensor/grammar"
)

const person = `{
  "type": "object", "title": "Person",
  "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 8},
    "age": {"type": "integer"},
    "id": {"type": "string", "pattern": "^[A-Z]{2}-\\d{3}\"?$"},
    "tags": {"type": "array", "items": {"enum": ["a", "b", 3, null]}, "minItems": 1, "maxItems": 3},
    "boss": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
    "score": {"type": ["number", "boolean"]}
  },
  "required": ["name", "tags"], "additionalProperties": false
}`

// TestWhatIsWrittenIsValid lets chance write under the schema and checks each text with
// encoding/json and rules of its own.
func TestWhatIsWrittenIsValid(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewSource(seed))
	g, err := grammar.FromSchema([]byte(person))
	if err != nil {
		t.Fatal(err)
	}
	complete := 0
	for range 60 {
		text, done := write(t, r, g, 1500)
		if !done {
			continue // chance went too deep
		}
		complete++
		var p map[string]any
		if err := json.Unmarshal([]byte(text), &p); err != nil || !utf8.ValidString(text) {
			t.Fatalf("%q: %v", text, err)
		}
		checkPerson(t, p, text)
	}
	if complete < 20 {
		t.Fatalf("only %d of 60 texts came to an end", complete)
	}
}

// write draws tokens among the allowed, the end and closing brackets more often.
func write(t *testing.T, r *rand.Rand, g *grammar.Grammar, limit int) (string, bool) {
	t.Helper()
	v, pieces, end := vocabulary()
	m, err := g.Start(v)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for range limit {
		mask, err := m.Allowed()
		if err != nil {
			t.Fatal(err)
		}
		var ids []int32
		for id := range int32(len(pieces)) {
			if mask[id/64]>>(id%64)&1 != 0 {
				ids = append(ids, id)
				if id == end || id == '"' || id == '}' || id == ']' || id == 'n' {
					for range 40 {
						ids = append(ids, id)
					}
				}
			}
		}
		if len(ids) == 0 {
			t.Fatalf("nothing may follow %q", text)
		}
		id := ids[r.Intn(len(ids))]
		if err := m.Accept(id); err != nil {
			t.Fatalf("%q, then %q: %v", text, pieces[id], err)
		}
		if id == end {
			return text, true
		}
		text += string(pieces[id])
	}
	return text, false
}

func checkPerson(t *testing.T, p map[string]any, text string) {
	t.Helper()
	name, ok := p["name"].(string)
	if n := utf8.RuneCountInString(name); !ok || n < 1 || n > 8 {
		t.Fatalf("%s: name %q", text, name)
	}
	tags, ok := p["tags"].([]any)
	if !ok || len(tags) < 1 || len(tags) > 3 {
		t.Fatalf("%s: tags %v", text, tags)
	}
	for key, v := range p {
		switch v := v.(type) {
		case map[string]any:
			if key != "boss" {
				t.Fatalf("%s: %s is an object", text, key)
			}
			checkPerson(t, v, text)
		case string:
			if key == "id" && !regexp.MustCompile(`^[A-Z]{2}-\d{3}"?$`).MatchString(v) {
				t.Fatalf("%s: id %q", text, v)
			}
		}
	}
	if len(p) > 6 {
		t.Fatalf("%s: %d properties", text, len(p))
	}
}

func TestSchemas(t *testing.T) {
	for _, c := range []struct {
		schema  string
		yes, no []string
	}{
		{`{"type":"object"}`, []string{`{}`, `{"a": [1, {"b": null}]}`}, []string{`[]`, `{"a"}`, `{,}`}},
		{`{"type":"object","additionalProperties":{"type":"integer"}}`, []string{`{"a":1}`}, []string{`{"a":"b"}`}},
		{`{"type":"object","additionalProperties":false}`, []string{`{}`}, []string{`{"a":1}`}},
		{
			`{"properties":{"a":{"const":1},"b":{"const":2}}}`,
			[]string{`{}`, `{"a":1}`, `{"b":2}`, `{"a":1, "b":2}`},
			[]string{`{"b":2,"a":1}`, `{"a":1,}`, `{,"b":2}`, `{"a":1"b":2}`, `{"c":1}`},
		},
		{`{"properties":{"a":{"const":1},"b":{"const":2}},"required":["b"]}`, []string{`{"b":2}`, `{"a":1,"b":2}`}, []string{`{}`, `{"a":1}`}},
		{`{"type":"array","maxItems":0}`, []string{`[]`, `[ ]`}, []string{`[1]`}},
		{`{"type":"array","minItems":2,"items":{"type":"boolean"}}`, []string{`[true,false]`, "[\n  true, true, true\n]"}, []string{`[true]`, `[]`}},
		{`{"type":"number"}`, []string{`-1`, `0.5`, `12e-3`}, []string{`01`, `1.`, `.5`, `+1`, `-`}},
		{`{"type":"string"}`, []string{`"é\n\u00e9"`}, []string{"\"\n\"", `"\ud800"`, `"\x"`, `"`}},
		{`{"enum":["x<y",{"k":[1,2.50]},null]}`, []string{`"x<y"`, `{"k":[1,2.50]}`, `null`}, []string{`"x"`, `{"k":[1,2.5]}`}},
		{`true`, []string{`1`, `"a"`, `{}`}, []string{``, `a`}},
	} {
		g, err := grammar.FromSchema([]byte(c.schema))
		if err != nil {
			t.Errorf("%s: %v", c.schema, err)
			continue
		}
		for _, text := range c.yes {
			if !matches(t, g, text) {
				t.Errorf("%s: %s does not match", c.schema, text)
			}
		}
		for _, text := range c.no {
			if matches(t, g, text) {
				t.Errorf("%s: %s matches", c.schema, text)
			}
		}
	}
}

func TestAnyJSON(t *testing.T) {
	g, err := grammar.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !matches(t, g, `{"a": [1, "b"]}`) || !matches(t, g, `[]`) || matches(t, g, `1`) {
		t.Error("JSON mode writes an object or an array")
	}
}

func TestSchemaRefuses(t *testing.T) {
	for schema, path := range map[string]string{
		`{"type":"integer","multipleOf":3}`:                                   "/multipleOf",
		`{"type":"object","properties":{"a":{"type":"integer","minimum":1}}}`: "/properties/a/minimum",
		`{"type":"thing"}`:                                                    "/type",
		`{"type":7}`:                                                          "/type",
		`{"$ref":"http://example.com/x"}`:                                     "/$ref",
		`{"$ref":"#/$defs/none"}`:                                             "/$ref",
		`{"allOf":[{"type":"object"},{"type":"object"}]}`:                     "/allOf",
		`{"anyOf":[]}`:                                                        "/anyOf",
		`{"not":{}}`:                                                          "/not",
		`{"type":"string","pattern":"abc"}`:                                   "/pattern",
		`{"type":"string","pattern":"^a\\bz$"}`:                               "/pattern",
		`{"type":"string","pattern":"^(?i)a$"}`:                               "/pattern",
		`{"type":"string","minLength":-1}`:                                    "/minLength",
		`{"type":"string","minLength":5,"maxLength":2}`:                       "/maxLength",
		`{"properties":{"a":true},"required":["b"]}`:                          "/required",
		`{"properties":{"a":true},"additionalProperties":{"type":"integer"}}`: "/additionalProperties",
		`{"type":"array","prefixItems":[true]}`:                               "/prefixItems",
		`7`:                                                                   "",
	} {
		_, err := grammar.FromSchema([]byte(schema))
		e, ok := errors.AsType[*grammar.SchemaError](err)
		if !ok || e.Path != path {
			t.Errorf("%s: %v, want an error at %s", schema, err, path)
		}
	}
	for _, schema := range []string{``, `{`, `{"a":1,"a":2}`, `{} {}`, `{"$defs":{"a":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}`} {
		if _, err := grammar.FromSchema([]byte(schema)); err == nil {
			t.Errorf("%q: no error", schema)
		}
	}
}

func FuzzSchema(f *testing.F) {
	f.Add(person, `{"name":"a"`)
	f.Add(`{"type":"string","pattern":"^a[b-d]*(x|y)?$"}`, `"abcx"`)
	f.Fuzz(func(t *testing.T, schema, text string) {
		g, err := grammar.FromSchema([]byte(schema))
		if err != nil {
			return
		}
		follow(t, g, text)
	})
}
