package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"strings"

	"ayni.example/tensor/llama"
)

// room is what a prefix leaves of the context length for the completion, in tokens.
const room = maxTokens + 2

// prefix is one position to complete from: the start of a statement that is the first on its line.
type prefix struct {
	path string
	ids  []int32 // the last tokens before the statement, indentation included
	text string  // all bytes of the file before the statement
	line string  // what the author wrote there, up to the end of the line
}

// choosePrefixes draws count positions from the statements of all functions of the files, without
// replacement. A file is tokenised whole, as in training, and cut between two tokens; statements
// that start inside a token are left out.
func choosePrefixes(m *llama.Model, files []source, count int, seed uint64) ([]prefix, error) {
	var all []prefix
	for _, f := range files {
		offsets, err := statements(f)
		if err != nil {
			return nil, err
		}
		all = append(all, cut(m, f, offsets)...)
	}
	if len(all) < count {
		return nil, fmt.Errorf("%d prefixes wanted, the held-out files have %d", count, len(all))
	}
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:count], nil
}

// statements returns the offsets of statements that are first on their line.
func statements(f source) ([]int, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, f.path, f.text, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", f.path, err)
	}
	var offsets []int
	visit := func(list []ast.Stmt) {
		for _, s := range list {
			switch s.(type) {
			case *ast.CaseClause, *ast.CommClause: // these open statements, they are none
				continue
			}
			at := set.PositionFor(s.Pos(), false).Offset
			line := f.text[strings.LastIndexByte(f.text[:at], '\n')+1 : at]
			if strings.Trim(line, "\t") == "" {
				offsets = append(offsets, at)
			}
		}
	}
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				visit(n.List)
			case *ast.CaseClause:
				visit(n.Body)
			case *ast.CommClause:
				visit(n.Body)
			}
			return true
		})
	}
	return offsets, nil
}

func cut(m *llama.Model, f source, offsets []int) []prefix {
	wanted := make(map[int]bool, len(offsets))
	for _, o := range offsets {
		wanted[o] = true
	}
	ids := m.Tokenizer.Encode(f.text)
	var out []prefix
	at := 0
	for i, id := range ids {
		if i > 0 && wanted[at] {
			line, _, _ := strings.Cut(f.text[at:], "\n")
			from := max(0, i-(m.ContextLength-room))
			out = append(out, prefix{path: f.path, ids: ids[from:i], text: f.text[:at], line: line})
		}
		at += len(m.Tokenizer.Piece(id))
	}
	return out
}
