// Package fusion is a vet analyzer for exact arithmetic: it reports float expressions whose
// bits depend on the processor. The Go specification lets a compiler fuse x*y+z, even across
// statements, unless the product is explicitly converted; some functions of package math have
// an assembly of their own on some processors.
package fusion

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// Analyzer reports products that may be fused and functions that differ between platforms.
var Analyzer = &analysis.Analyzer{ //nolint:gochecknoglobals // the form that vet drivers expect
	Name:     "fusion",
	Doc:      "report float expressions that a compiler may fuse, or that differ between processors",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      run,
}

// exactMath reports what package math computes alike on every platform.
func exactMath(name string) bool {
	return slices.Contains([]string{
		"Abs", "Sqrt", "Float32bits", "Float32frombits", "Float64bits", "Float64frombits", "NaN", "Inf", "IsNaN", "IsInf",
	}, name)
}

func run(pass *analysis.Pass) (any, error) {
	nodes := []ast.Node{(*ast.BinaryExpr)(nil), (*ast.AssignStmt)(nil), (*ast.SelectorExpr)(nil)}
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	in.WithStack(nodes, func(n ast.Node, push bool, stack []ast.Node) bool {
		if push {
			check(pass, n, stack)
		}
		return true
	})
	return nil, nil
}

func check(pass *analysis.Pass, n ast.Node, stack []ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if n.Op == token.MUL && float(pass.TypesInfo, n) && !rounded(pass.TypesInfo, stack) {
			pass.Reportf(n.Pos(), "float product without an explicit conversion: a compiler may fuse it with a sum")
		}
	case *ast.AssignStmt:
		if n.Tok == token.MUL_ASSIGN && float(pass.TypesInfo, n.Lhs[0]) {
			pass.Reportf(n.Pos(), "float product without an explicit conversion: a compiler may fuse it with a sum")
		}
	case *ast.SelectorExpr:
		f, ok := pass.TypesInfo.Uses[n.Sel].(*types.Func)
		if ok && f.Pkg() != nil && f.Pkg().Path() == "math" && !exactMath(f.Name()) {
			pass.Reportf(n.Pos(), "math.%s differs between processors, or rounds twice", f.Name())
		}
	}
}

// float reports whether an expression may be a float, or hold one, that is computed at run time.
func float(info *types.Info, e ast.Expr) bool {
	tv := info.Types[e]
	if tv.Type == nil || tv.Value != nil {
		return false
	}
	b, basic := tv.Type.Underlying().(*types.Basic)
	return !basic || b.Info()&(types.IsFloat|types.IsComplex) != 0
}

// rounded looks outwards from a product through parentheses and further factors for the
// conversion that rounds it.
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
