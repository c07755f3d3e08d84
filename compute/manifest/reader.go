package manifest

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile bounds a file; maxVisits how often its nodes are looked at, so that aliases of aliases stay cheap.
const (
	maxFile   = 256 << 10
	maxVisits = 1 << 16
)

// reader holds one file while it is read: the mistakes so far, and where the parts of the deployment came from.
type reader struct {
	file    string
	options Options
	anchors map[string]ast.Node
	visits  int
	errs    Errors
	places  map[string]cursor // by path in the deployment
	known   map[string]bool   // every field that could stand there, such as services.*.expose[].port, and whether it does; nil unless a test wants it
}

// parse returns the cursor at the root.
func (r *reader) parse(text []byte) (cursor, bool) {
	root := cursor{r: r}
	if len(text) > maxFile {
		root.errorf("", "it has more than %d bytes", maxFile)
		return root, false
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		r.syntax(err)
		return root, false
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		root.errorf("write one deployment a file; examples/deploy has some", "want one document, it holds %d", len(file.Docs))
		return root, false
	}
	root.node = file.Docs[0].Body
	ast.Walk(&names{r}, root.node)
	return root, len(r.errs) == 0
}

func (r *reader) syntax(err error) {
	e := &Error{File: r.file, Cause: err.Error(), Advice: "docs/guide/deploy.md lists every field"}
	if at, ok := errors.AsType[yaml.Error](err); ok {
		e.Cause = at.GetMessage()
		if t := at.GetToken(); t != nil && t.Position != nil {
			e.Line, e.Column = t.Position.Line, t.Position.Column
		}
	}
	r.errs = append(r.errs, e)
}

// names gathers the nodes that aliases stand for, which come before them.
type names struct{ r *reader }

// Visit implements ast.Visitor.
func (a *names) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.AnchorNode:
		name := n.Name.String()
		if a.r.anchors[name] != nil {
			(cursor{r: a.r, path: "&" + name, key: n.Name}).errorf("give one of them another name", "two values have this name")
		}
		a.r.anchors[name] = n.Value
	case *ast.AliasNode:
		if name := n.Value.String(); a.r.anchors[name] == nil {
			(cursor{r: a.r, path: "*" + name, node: n.Value, key: n.Value}).errorf("write &"+name+" before the value", "nothing is named so before")
		}
	}
	return a
}

// failed returns the mistakes in the order of the file.
func (r *reader) failed() error {
	if len(r.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Cause, b.Cause))
	})
	r.errs = slices.CompactFunc(r.errs, func(a, b *Error) bool { return *a == *b }) // two services with one profile tell the same
	return r.errs[:min(len(r.errs), maxErrors)]
}

// explain tells the faults of the deployment at the places that its parts came from.
func (r *reader) explain(faults []fault) {
	for _, f := range faults {
		at, rest := f.path, ""
		for {
			if c, ok := r.places[at]; ok {
				if rest != "" { // the file says nothing about this part
					c = c.step(rest, rest, nil, c.key)
				}
				c.errorf(f.hint, "%s", f.cause)
				break
			}
			cut := strings.LastIndexByte(at, '.')
			if cut < 0 {
				(cursor{r: r, path: f.path}).errorf(f.hint, "%s", f.cause)
				break
			}
			at, rest = at[:cut], strings.TrimSuffix(at[cut+1:]+"."+rest, ".")
		}
	}
}
