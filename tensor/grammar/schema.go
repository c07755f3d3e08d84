package grammar

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// SchemaError is a part of a schema that cannot be enforced while text is written.
type SchemaError struct {
	Path   string // JSON pointer into the schema
	Reason string
}

func (e *SchemaError) Error() string {
	return fmt.Sprintf("JSON schema, at %q: %s", "#"+e.Path, e.Reason)
}

// annotates reports a keyword that says something about values and restricts none.
func annotates(keyword string) bool {
	switch keyword {
	case "$schema", "$id", "$comment", "$anchor", "$defs", "definitions", "title", "description", "default", "examples",
		"deprecated", "readOnly", "writeOnly", "format", "contentMediaType", "contentEncoding":
		return true
	}
	return false
}

// JSON is the grammar of one JSON object or array, as `response_format: json_object` asks for.
func JSON() (*Grammar, error) {
	b := &schemaBuilder{}
	root := b.reserve()
	b.define(root, b.object(), b.array())
	return b.finish(root)
}

// FromSchema compiles a JSON schema. What the model then writes is valid under it, with
// properties in the order of the schema; a keyword that cannot be enforced is an error.
func FromSchema(schema []byte) (*Grammar, error) {
	if len(schema) > maxSource {
		return nil, fmt.Errorf("JSON schema of %d bytes: %w", len(schema), ErrTooLarge)
	}
	doc, err := decode(schema)
	if err != nil {
		return nil, fmt.Errorf("JSON schema: %w", err)
	}
	b := &schemaBuilder{doc: doc, refs: make(map[string]int)}
	root := b.reserve()
	b.define(root, b.value(doc, "", 0))
	g, err := b.finish(root)
	if err != nil {
		return nil, fmt.Errorf("JSON schema: %w", err)
	}
	return g, nil
}

type schemaBuilder struct {
	builder
	doc  any
	refs map[string]int // rule of each $ref
	memo map[string][]symbol
}

func (b *schemaBuilder) refuse(path, reason string, args ...any) []symbol {
	if b.err == nil {
		b.err = &SchemaError{Path: path, Reason: fmt.Sprintf(reason, args...)}
	}
	return nil
}

// value is the grammar of the values that a schema allows.
func (b *schemaBuilder) value(schema any, path string, depth int) []symbol {
	if b.err != nil {
		return nil
	}
	if depth > maxNesting {
		return b.refuse(path, "nested deeper than %d", maxNesting)
	}
	if yes, ok := schema.(bool); ok && yes {
		return b.any()
	}
	s, ok := schema.(object)
	if !ok {
		return b.refuse(path, "want an object or true")
	}
	for _, key := range []string{"$ref", "const", "enum", "anyOf", "oneOf", "allOf"} {
		v, ok := s.find(key)
		if !ok {
			continue
		}
		b.only(s, path, key, "type")
		return b.composed(key, v, path+"/"+key, depth)
	}
	kinds, ok := types(s)
	if !ok {
		return b.refuse(path+"/type", "want a type name or a list of them")
	}
	var alternatives [][]symbol
	for _, kind := range kinds {
		alternatives = append(alternatives, b.typed(kind, s, path, depth))
	}
	if len(alternatives) == 0 {
		b.only(s, path)
		return b.any()
	}
	if b.err != nil {
		return nil
	}
	return b.choice(alternatives...)
}

// types lists the types of a schema; an object or array may be meant without being said.
func types(s object) ([]string, bool) {
	t, ok := s.find("type")
	if !ok {
		if _, ok = s.find("properties"); ok {
			return []string{"object"}, true
		}
		if _, ok = s.find("items"); ok {
			return []string{"array"}, true
		}
		return nil, true
	}
	switch t := t.(type) {
	case string:
		return []string{t}, true
	case []any:
		var out []string
		for _, v := range t {
			name, ok := v.(string)
			if !ok {
				return nil, false
			}
			out = append(out, name)
		}
		return out, len(out) > 0
	}
	return nil, false
}

// only refuses keywords that neither annotate nor are enforced here.
func (b *schemaBuilder) only(s object, path string, allowed ...string) {
	for _, m := range s {
		if !annotates(m.key) && !slices.Contains(allowed, m.key) {
			b.refuse(path+"/"+m.key, "this keyword cannot be enforced here; leave it out, or check the answer yourself")
		}
	}
}

func (b *schemaBuilder) composed(key string, v any, path string, depth int) []symbol {
	switch key {
	case "$ref":
		return b.pointer(v, path, depth)
	case "const":
		return b.constant(v, path)
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return b.refuse(path, "want a list that is not empty")
	}
	if key == "allOf" && len(list) > 1 {
		return b.refuse(path, "more than one schema at once cannot be enforced; merge them")
	}
	var alternatives [][]symbol
	for i, item := range list {
		at := fmt.Sprintf("%s/%d", path, i)
		if key == "enum" {
			alternatives = append(alternatives, b.constant(item, at))
		} else {
			alternatives = append(alternatives, b.value(item, at, depth+1))
		}
	}
	if b.err != nil {
		return nil
	}
	return b.choice(alternatives...)
}

// constant is the compact JSON text of a value.
func (b *schemaBuilder) constant(v any, path string) []symbol {
	var text bytes.Buffer
	if err := encode(&text, v); err != nil {
		return b.refuse(path, "%v", err)
	}
	return literal(text.String())
}

// pointer follows a reference within the document. One rule for each target, so that a schema
// may refer to itself.
func (b *schemaBuilder) pointer(v any, path string, depth int) []symbol {
	target, ok := v.(string)
	if !ok || (target != "#" && !strings.HasPrefix(target, "#/")) {
		return b.refuse(path, "want a reference within this schema, such as #/$defs/name")
	}
	if id, ok := b.refs[target]; ok {
		return ref(id)
	}
	at := b.doc
	for _, part := range strings.Split(target, "/")[1:] {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		o, ok := at.(object)
		if ok {
			at, ok = o.find(part)
		}
		if !ok {
			return b.refuse(path, "%s leads nowhere", target)
		}
	}
	id := b.reserve()
	b.refs[target] = id
	b.define(id, b.value(at, strings.TrimPrefix(target, "#"), depth+1))
	return ref(id)
}
