package recipe

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"ayni.example/internal/suggest"
)

// maxBytes bounds a recipe, maxDepth how deep its values nest.
const (
	maxBytes = 256 << 10
	maxDepth = 8
)

// Open reads and checks a recipe file.
func Open(name string) (*Recipe, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &Error{File: name, Cause: "no recipe can be read there", Advice: "name a recipe file; examples/train has some", err: err}
	}
	defer f.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, &Error{File: name, Cause: "no recipe can be read there", Advice: "name a recipe file, not a folder", err: err}
	}
	r, err := Parse(name, text)
	if err != nil {
		return nil, err
	}
	r.dir = filepath.Dir(name)
	return r, nil
}

// Parse reads and checks the text of a recipe; name stands in errors.
func Parse(name string, text []byte) (*Recipe, error) {
	p := &located{file: name, at: make(map[string]position)}
	if len(text) > maxBytes {
		return nil, p.errorf("", "", "it has more than %d bytes", maxBytes)
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, p.syntax(err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, p.errorf("", "begin with name: and mode:, or copy examples/train", "want one document, it holds %d", len(file.Docs))
	}
	if err := p.walk(file.Docs[0].Body, reflect.TypeFor[Recipe](), "", 0); err != nil {
		return nil, err
	}
	r := &Recipe{located: p, dir: "."}
	if err := yaml.NodeToValue(file.Docs[0].Body, r, yaml.Strict()); err != nil {
		return nil, p.syntax(err)
	}
	r.fill(p)
	return r, r.check(p)
}

// located remembers where every field is, and makes errors that name the place.
type located struct {
	file string
	at   map[string]position
}

type position struct{ line, column int }

func (p *located) errorf(field, hint, format string, args ...any) *Error {
	if p == nil {
		p = &located{} // a recipe that was not parsed
	}
	return &Error{File: p.file, Line: p.at[field].line, Field: field, Cause: fmt.Sprintf(format, args...), Advice: hint}
}

// has tells whether the recipe says something about a field.
func (p *located) has(field string) bool { return p.at[field].line > 0 }

func (p *located) syntax(err error) error {
	e := &Error{File: p.file, Cause: err.Error(), Advice: "docs/guide/train.md lists every field with its kind of value"}
	if at, ok := errors.AsType[yaml.Error](err); ok {
		e.Cause = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			e.Line = t.Position.Line
			column := 0
			for field, at := range p.at { // the last one before the mistake
				if at.line == e.Line && at.column <= t.Position.Column && at.column > column {
					e.Field, column = field, at.column
				}
			}
		}
	}
	return e
}

// walk refuses fields that the Go type lacks and kinds of nodes that a recipe does not need.
func (p *located) walk(n ast.Node, t reflect.Type, path string, depth int) error {
	if depth > maxDepth {
		return p.errorf(path, "", "values nest deeper than %d", maxDepth)
	}
	if t.Kind() != reflect.Struct {
		return p.plain(n, path, depth)
	}
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	case *ast.NullNode:
		return nil
	default:
		return p.errorf(path, "write its fields below it, indented", "want fields, found %s", n.Type())
	}
	for _, pair := range pairs {
		key := pair.Key.String()
		field := key
		if path != "" {
			field = path + "." + key
		}
		if at := pair.Key.GetToken(); at != nil && at.Position != nil {
			p.at[field] = position{at.Position.Line, at.Position.Column}
		}
		to, ok := fields(t)[key]
		if !ok {
			return p.errorf(field, suggest.Name(key, slices.Collect(maps.Keys(fields(t)))), "no such field")
		}
		if err := p.walk(pair.Value, to, field, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// plain refuses anchors, aliases and tags in a value.
func (p *located) plain(n ast.Node, path string, depth int) error {
	if depth > maxDepth {
		return p.errorf(path, "", "values nest deeper than %d", maxDepth)
	}
	switch n := n.(type) {
	case *ast.SequenceNode:
		for _, v := range n.Values {
			if err := p.plain(v, path, depth+1); err != nil {
				return err
			}
		}
		return nil
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.LiteralNode, *ast.NullNode:
		return nil
	default:
		return p.errorf(path, "write the value itself", "%s is not supported here", n.Type())
	}
}

// fields maps the names of a struct's fields in YAML to their types.
func fields(t reflect.Type) map[string]reflect.Type {
	out := make(map[string]reflect.Type)
	for f := range t.Fields() {
		if name := f.Tag.Get("yaml"); name != "" {
			out[name] = f.Type
		}
	}
	return out
}
