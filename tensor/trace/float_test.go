package trace_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Neither this package nor the soft-float below it has a number of the processor's, which ledgers must not compute with.
func TestNoFloats(t *testing.T) {
	files := token.NewFileSet()
	for _, dir := range []string{".", "../softfloat"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(names) < 5 {
			t.Fatalf("%s has %d files: %v", dir, len(names), err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(files, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.Ident:
					if x.Name == "float32" || x.Name == "float64" || strings.HasPrefix(x.Name, "complex") {
						t.Errorf("%s: %s", files.Position(x.Pos()), x.Name)
					}
				case *ast.BasicLit:
					if x.Kind == token.FLOAT || x.Kind == token.IMAG {
						t.Errorf("%s: %s", files.Position(x.Pos()), x.Value)
					}
				case *ast.ImportSpec:
					if x.Path.Value == `"math"` {
						t.Errorf("%s imports math", name)
					}
				}
				return true
			})
		}
	}
}
