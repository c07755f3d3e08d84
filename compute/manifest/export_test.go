package manifest

import "github.com/goccy/go-yaml/ast"

// Fields tells which fields the reader of a file knows, and which of them stand in it.
func Fields(name string, text []byte, o Options) (map[string]bool, *Deployment, error) {
	r := &reader{file: name, options: o, anchors: make(map[string]ast.Node), places: make(map[string]cursor), known: make(map[string]bool)}
	d, err := r.read(text)
	return r.known, d, err
}
