package tensor_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The Go specification lets a compiler fuse x*y+z, even across statements, unless the product
// is explicitly converted. So every float product here is the operand of a conversion, or a
// factor of one that is.
func TestNoProductCanBeFused(t *testing.T) {
	for _, dir := range []string{".", "llama", "sample", "token", "llama/llamatest"} {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no sources in %s: %v", dir, err)
		}
		sources := make(map[string]string)
		for _, p := range paths {
			if strings.HasSuffix(p, "_test.go") {
				continue
			}
			b, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			sources[p] = string(b)
		}
		for _, finding := range inspect(t, sources) {
			t.Error(finding)
		}
	}
}

func TestInspectionFindsWhatItShould(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"rounded":           {"return float32(a*b) + c", 0},
		"factor of rounded": {"return float32(a*b*c) + c", 0},
		"fused":             {"return a*b + c", 1},
		"across statements": {"p := a * b; return p + c", 1},
		"assignment":        {"a *= b; return a + c", 1},
		"in parentheses":    {"return c - (a * b)", 1},
		"integers":          {"return float32(len(s)*2 + 1)", 0},
		"constants":         {"return c + 2*3.5", 0},
		"banned function":   {"return float32(math.Exp(float64(a)))", 1},
	} {
		source := "package p\nimport \"math\"\nfunc f(a, b, c float32, s []int) float32 { _ = math.Pi; " + c.body + " }\n"
		if got := inspect(t, map[string]string{"p.go": source}); len(got) != c.want {
			t.Errorf("%s: findings %q, want %d", name, got, c.want)
		}
	}
}

// exactMath is what package math computes alike on every platform.
var exactMath = []string{
	"Sqrt", "Float32bits", "Float32frombits", "Float64bits", "Float64frombits", "NaN", "Inf",
	"Pi", "Sqrt2", "MaxFloat32", "MaxFloat64", "MaxInt32", "MaxInt64", "MaxUint32",
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not needed") }

func inspect(tb testing.TB, sources map[string]string) (findings []string) {
	tb.Helper()
	set := token.NewFileSet()
	files := make([]*ast.File, 0, len(sources))
	for name, text := range sources {
		f, err := parser.ParseFile(set, name, text, 0)
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, f)
	}
	info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	// Imported packages are unknown; an expression of unknown type counts as a float.
	conf := types.Config{Importer: noImports{}, Error: func(error) {}}
	_, _ = conf.Check("p", set, files, info)
	report := func(n ast.Node, what string) {
		findings = append(findings, fmt.Sprintf("%s: %s", set.Position(n.Pos()), what))
	}
	for _, f := range files {
		var stack []ast.Node
		ast.Inspect(f, func(n ast.Node) bool {
			if n == nil {
				stack = stack[:len(stack)-1]
				return true
			}
			stack = append(stack, n)
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.MUL && float(info, n) && !integer(info, n.X) && !integer(info, n.Y) && !rounded(info, stack) {
					report(n, "float product without an explicit conversion")
				}
			case *ast.AssignStmt:
				if n.Tok == token.MUL_ASSIGN && float(info, n.Lhs[0]) {
					report(n, "float product without an explicit conversion")
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "math" && !slices.Contains(exactMath, n.Sel.Name) {
					report(n, "math."+n.Sel.Name+" differs between platforms")
				}
			}
			return true
		})
	}
	return findings
}

// float reports whether an expression is a float that is computed at run time.
func float(info *types.Info, e ast.Expr) bool {
	tv, ok := info.Types[e]
	if !ok || tv.Type == nil {
		return true
	}
	b, basic := tv.Type.Underlying().(*types.Basic)
	return tv.Value == nil && (!basic || b.Info()&types.IsFloat != 0 || b.Kind() == types.Invalid)
}

// integer reports whether an operand is known to be a typed integer.
func integer(info *types.Info, e ast.Expr) bool {
	tv, ok := info.Types[e]
	if !ok || tv.Type == nil {
		return false
	}
	b, basic := tv.Type.Underlying().(*types.Basic)
	return basic && b.Info()&types.IsInteger != 0 && b.Info()&types.IsUntyped == 0
}

// rounded looks outwards from a product through parentheses and further factors.
func rounded(info *types.Info, stack []ast.Node) bool {
	for i := len(stack) - 2; i >= 0; i-- {
		switch n := stack[i].(type) {
		case *ast.ParenExpr:
		case *ast.UnaryExpr:
		case *ast.BinaryExpr:
			if n.Op == token.QUO {
				return true // a quotient cannot be fused, and its operands are rounded
			}
			if n.Op != token.MUL {
				return false
			}
		case *ast.CallExpr:
			return info.Types[n.Fun].IsType() && len(n.Args) == 1
		default:
			return false
		}
	}
	return false
}
