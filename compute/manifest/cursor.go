package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"ayni.example/internal/suggest"
)

// cursor is a place in the file. Its methods record mistakes and go on with zero values; an absent one gives zero values.
type cursor struct {
	r       *reader
	path    string // such as services.web.expose[0]
	pattern string // the same for all names and numbers: services.*.expose[]
	node    ast.Node
	key     ast.Node // that stands before it
}

func (c cursor) errorf(hint, format string, args ...any) {
	e := &Error{File: c.r.file, Field: c.path, Cause: fmt.Sprintf(format, args...), Advice: hint}
	for _, n := range []ast.Node{c.scalar(), c.key, c.node} {
		if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
			continue
		}
		e.Line, e.Column = n.GetToken().Position.Line, n.GetToken().Position.Column
		break
	}
	c.r.errs = append(c.r.errs, e)
}

// step is a cursor one level further in.
func (c cursor) step(name, pattern string, node, key ast.Node) cursor {
	dot := "."
	if c.path == "" || name == "" || name[0] == '[' {
		dot = ""
	}
	return cursor{c.r, c.path + dot + name, c.pattern + dot + pattern, node, key}
}

// as remembers where a part of the deployment came from.
func (c cursor) as(path string) cursor {
	if c.key != nil || c.node != nil {
		c.r.places[path] = c
	}
	return c
}

func (c cursor) there() bool { return c.value() != nil }

// value is the node without anchors and aliases; nil for null and for what is absent.
func (c cursor) value() ast.Node {
	n := c.node
	for range 8 {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.AliasNode:
			n = c.r.anchors[v.Value.String()]
		case *ast.NullNode, nil:
			return nil
		default:
			return n
		}
	}
	return nil
}

// entry is a named value.
type entry struct {
	name string
	cursor
}

// entries are the fields of a mapping, in the order of the file; their names are the writer's.
func (c cursor) entries() []entry { return c.pairs("*") }

func (c cursor) pairs(pattern string) []entry {
	var pairs []*ast.MappingValueNode
	switch n := c.value().(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		c.errorf("write its fields below it, indented", "want fields, found %s", kind(n))
		return nil
	}
	if !c.visit(len(pairs)) {
		return nil
	}
	list := make([]entry, 0, len(pairs))
	for _, p := range pairs {
		name := p.Key.String()
		switch k := p.Key.(type) {
		case *ast.StringNode:
			name = k.Value
		case *ast.MergeKeyNode, *ast.MappingKeyNode:
			c.step(name, pattern, nil, p.Key).errorf("write the fields themselves", "%s is not supported here", kind(p.Key))
			continue
		}
		named := pattern
		if pattern == "" {
			named = name
		}
		list = append(list, entry{name, c.step(name, named, p.Value, p.Key)})
	}
	return list
}

// object is a mapping with known fields; others are refused.
func (c cursor) object(known ...string) object {
	o := object{c, make(map[string]cursor)}
	if c.r.known != nil {
		for _, name := range known {
			pattern := c.step(name, name, nil, nil).pattern
			if !c.r.known[pattern] {
				c.r.known[pattern] = false
			}
		}
	}
	for _, e := range c.pairs("") {
		if !slices.Contains(known, e.name) {
			e.node = nil
			e.errorf(suggest.Name(e.name, known), "no such field")
			continue
		}
		o.fields[e.name] = e.cursor
		if c.r.known != nil {
			c.r.known[e.pattern] = true
		}
	}
	return o
}

type object struct {
	cursor
	fields map[string]cursor
}

// at is one of the fields, which may be absent.
func (o object) at(name string) cursor {
	if c, ok := o.fields[name]; ok {
		return c
	}
	return o.step(name, name, nil, nil)
}

// ordered are those of the named fields that stand there, even without a value.
func (o object) ordered(names ...string) []entry {
	var list []entry
	for _, name := range names {
		if c, ok := o.fields[name]; ok {
			list = append(list, entry{name, c})
		}
	}
	return list
}

// need is a field that must be there.
func (o object) need(name, hint string) cursor {
	c := o.at(name)
	if !c.there() {
		c.node, c.key = nil, cmp.Or[ast.Node](c.key, o.key)
		c.errorf(hint, "missing")
	}
	return c
}

// list is the values of a sequence.
func (c cursor) list() []cursor {
	n := c.value()
	if n == nil {
		return nil
	}
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		c.errorf("write one value a line, each behind a dash", "want a list, found %s", kind(n))
		return nil
	}
	if !c.visit(len(s.Values)) {
		return nil
	}
	list := make([]cursor, len(s.Values))
	for i, v := range s.Values {
		list[i] = c.step(fmt.Sprintf("[%d]", i), "[]", v, first(v))
	}
	return list
}

// first is the node whose place a list's element is told by.
func first(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return n.Values[0].Key
		}
	case *ast.MappingValueNode:
		return n.Key
	}
	return n
}

func (c cursor) visit(n int) bool {
	if c.r.visits += n + 1; c.r.visits <= maxVisits {
		return true
	}
	if c.r.visits-n-1 <= maxVisits { // told once
		c.errorf("write less with aliases", "the file comes to more than %d values", maxVisits)
	}
	return false
}

func kind(n ast.Node) string { return strings.ToLower(n.Type().String()) }
