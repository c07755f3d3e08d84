package charter

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// fileMax bounds a file of YAML; aliasesMax its anchors and aliases, so that aliases of aliases stay cheap.
const (
	fileMax    = 128 << 10
	aliasesMax = 32
)

// Open reads and checks a file.
func Open(name string) (Plan, error) {
	f, err := os.Open(name)
	if err != nil {
		return Plan{}, unreadable(name, err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, fileMax+1))
	if err != nil {
		return Plan{}, unreadable(name, err)
	}
	return Parse(name, text)
}

func unreadable(name string, err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		err = at.Err // it repeats the name
	}
	return fmt.Errorf("%w: %w", &Error{File: name, Cause: "no charter can be read there", Advice: "name a file; docs/guide/agents.md shows one"}, err)
}

// Parse reads and checks the text of a file; name stands in errors.
func Parse(name string, text []byte) (Plan, error) {
	one := func(cause, advice string) error { return Errors{{File: name, Cause: cause, Advice: advice}} }
	if len(text) > fileMax {
		return Plan{}, one(fmt.Sprintf("it has more than %d bytes", fileMax), "")
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Plan{}, syntax(name, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return Plan{}, one(fmt.Sprintf("want one document, it holds %d", len(tree.Docs)), "write one charter a file")
	}
	body := tree.Docs[0].Body
	n := new(counter)
	if ast.Walk(n, body); n.aliases > aliasesMax {
		return Plan{}, one(fmt.Sprintf("it has more than %d anchors and aliases", aliasesMax), "write the values themselves")
	}
	var in file
	if err := yaml.NodeToValue(body, &in, yaml.Strict()); err != nil {
		return Plan{}, syntax(name, err)
	}
	r := reader{file: &in}
	plan := r.plan(labelOf(name))
	all := slices.Concat(r.faults, plan.Document.check(), plan.Policy.check())
	all.when(!labelForm().MatchString(plan.Label), "label", "such as research-1", "want small letters, digits and -, 48 at most")
	if len(all) == 0 {
		if _, err := Encode(plan.Document); err != nil {
			return Plan{}, one(err.Error(), "shorten the prompt or the tools")
		}
		return plan, nil
	}
	return Plan{}, place(name, body, all)
}

// counter counts what makes a small file large.
type counter struct{ aliases int }

// Visit implements ast.Visitor.
func (c *counter) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.MergeKeyNode:
		c.aliases++
	}
	return c
}

func syntax(name string, err error) error {
	e := &Error{File: name, Cause: err.Error(), Advice: "docs/guide/agents.md lists every field"}
	if at, ok := errors.AsType[yaml.Error](err); ok {
		e.Cause = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			e.Line, e.Column = t.Position.Line, t.Position.Column
		}
	}
	return Errors{e}
}

// place tells faults where their fields stand, or the nearest one around them that the file has.
func place(name string, body ast.Node, all faults) error {
	list := make(Errors, 0, len(all))
	for _, f := range all {
		e := &Error{File: name, Field: f.path, Cause: f.cause, Advice: f.hint}
		for at := f.path; ; {
			if n := find(body, at); n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
				e.Line, e.Column = n.GetToken().Position.Line, n.GetToken().Position.Column
				break
			}
			cut := strings.LastIndexAny(at, ".[")
			if cut < 0 {
				break
			}
			at = at[:cut]
		}
		if !slices.ContainsFunc(list, func(o *Error) bool { return o.Field == e.Field }) { // one fault follows from another
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Field, b.Field))
	})
	return list[:min(len(list), errorsMax)]
}

// find is the node at a path, or nil.
func find(body ast.Node, path string) ast.Node {
	p, err := yaml.PathString("$." + path)
	if err != nil {
		return nil
	}
	n, err := p.FilterNode(body)
	if err != nil {
		return nil
	}
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return m.Values[0].Key
	}
	return n
}

func labelForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,47}$`) }

// labelOf makes a label from the name of a file.
func labelOf(name string) string {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)))
	base = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(base, "-"), "-")
	if !labelForm().MatchString(base) {
		return "agent"
	}
	return base
}
