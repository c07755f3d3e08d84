package onnx_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ayni.example/zkml/onnx"
)

var update = flag.Bool("update", false, "write docs/conformance-onnx.md")

const (
	debian = "/usr/share/libonnx-testdata/data"
	report = "../../docs/conformance-onnx.md"
)

// verdict is what became of one test of the ONNX project.
type verdict struct {
	name      string
	operators []string
	refused   error
	failed    error
}

// TestConformance runs every test of the ONNX project that Debian packages. Nothing that is not refused may fail.
func TestConformance(t *testing.T) {
	if _, err := os.Stat(debian); err != nil {
		t.Skipf("the ONNX project's tests are not installed (Debian: libonnx-testdata): %v", err)
	}
	var verdicts []verdict
	for _, suite := range []string{"node", "pytorch-converted", "pytorch-operator", "simple"} {
		dirs, err := filepath.Glob(filepath.Join(debian, suite, "test_*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range dirs {
			v := judge(t, dir)
			v.name = suite + "/" + strings.TrimPrefix(filepath.Base(dir), "test_")
			if v.failed != nil {
				t.Errorf("%s: %v", v.name, v.failed)
			}
			verdicts = append(verdicts, v)
		}
	}
	text := table(verdicts)
	if *update {
		if err := os.WriteFile(report, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(report)
	if err != nil || string(have) != text {
		t.Errorf("%s differs from what was measured (%v): go test ./zkml/onnx -run TestConformance -update", report, err)
	}
}

// judge runs one test directory: a model and sets of inputs with what must come out.
func judge(t *testing.T, dir string) (v verdict) {
	t.Helper()
	g, err := onnx.Read(read(t, filepath.Join(dir, "model.onnx")))
	if err != nil {
		return verdict{refused: err}
	}
	for _, n := range g.Nodes {
		name := n.Op
		if n.Domain != "" {
			name = n.Domain + "." + n.Op
		}
		if !slices.Contains(v.operators, name) {
			v.operators = append(v.operators, name)
		}
	}
	e, err := onnx.New(g)
	if err != nil {
		v.refused = err
		return v
	}
	sets, err := filepath.Glob(filepath.Join(dir, "test_data_set_*"))
	if err != nil || len(sets) == 0 {
		v.failed = fmt.Errorf("no data: %w", err)
		return v
	}
	for _, set := range sets {
		err := try(t, g, e, set)
		switch {
		case errors.Is(err, onnx.ErrUnsupported):
			v.refused = err
		case err != nil:
			v.failed = err
		}
	}
	return v
}

func try(t *testing.T, g *onnx.Graph, e *onnx.Executor, set string) error {
	t.Helper()
	inputs := map[string]*onnx.Tensor{}
	for i, v := range g.Inputs {
		_, x, err := onnx.ReadTensor(read(t, filepath.Join(set, fmt.Sprintf("input_%d.pb", i))))
		if err != nil {
			return fmt.Errorf("%w: %w", onnx.ErrUnsupported, err)
		}
		inputs[v.Name] = x
	}
	got, err := e.Run(inputs)
	if err != nil {
		return err
	}
	for i, v := range g.Outputs {
		_, want, err := onnx.ReadTensor(read(t, filepath.Join(set, fmt.Sprintf("output_%d.pb", i))))
		if err != nil {
			return fmt.Errorf("%w: %w", onnx.ErrUnsupported, err)
		}
		if err := near(got[v.Name], want); err != nil {
			return fmt.Errorf("output %s: %w", v.Name, err)
		}
	}
	return nil
}

// near compares as the ONNX project does: 1e-3 relative, 1e-7 absolute, and float32's own rounding of sums.
func near(got, want *onnx.Tensor) error {
	if got.Type != want.Type || !slices.Equal(got.Shape, want.Shape) {
		return fmt.Errorf("%s %v in place of %s %v", got.Type, got.Shape, want.Type, want.Shape)
	}
	if !slices.Equal(got.Ints, want.Ints) {
		return fmt.Errorf("%v in place of %v", got.Ints, want.Ints)
	}
	for i, w := range want.Floats {
		g := got.Floats[i]
		if same := g == w || math.IsNaN(g) && math.IsNaN(w); !same && !(math.Abs(g-w) <= 1e-6+1e-3*math.Abs(w)) {
			return fmt.Errorf("element %d is %v in place of %v", i, g, w)
		}
	}
	return nil
}

func read(tb testing.TB, file string) []byte {
	tb.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// table is the report: what is supported operator by operator, and how much stands outside.
func table(verdicts []verdict) string {
	var b strings.Builder
	passed, refused, failed := 0, 0, 0
	outside, unread := map[string]int{}, map[string]int{}
	type line struct {
		passed, refused, failed int
		why                     []string
	}
	lines := map[string]*line{}
	for _, op := range onnx.Operators() {
		lines[op] = &line{}
	}
	for _, v := range verdicts {
		known := true
		for _, op := range v.operators {
			if lines[op] == nil {
				known = false
				outside[op]++
			}
		}
		for _, op := range v.operators {
			l := lines[op]
			switch {
			case l == nil || v.refused != nil && !known:
			case v.refused != nil:
				l.refused++
				if why := reason(v.refused); !slices.Contains(l.why, why) {
					l.why = append(l.why, why)
				}
			case v.failed != nil:
				l.failed++
			default:
				l.passed++
			}
		}
		switch {
		case v.refused != nil:
			refused++
			if v.operators == nil {
				unread[reason(v.refused)]++
			}
		case v.failed != nil:
			failed++
		default:
			passed++
		}
	}
	b.WriteString("# ONNX: what the float executor runs\n\nMeasured with the ONNX project's own tests, as Debian's `libonnx-testdata` 1.12 packages them (suites node, pytorch-converted,\n" +
		"pytorch-operator, simple), by `go test ./zkml/onnx -run TestConformance -update`. A test counts once for each operator that its\nmodel has. " +
		"Results agree within 1e-3 relative and 1e-6 absolute.\n\n")
	fmt.Fprintf(&b, "**%d tests: %d passed, %d refused by name, %d failed.**\n\n", len(verdicts), passed, refused, failed)
	b.WriteString("| operator | passed | refused | failed | why refused |\n| --- | --- | --- | --- | --- |\n")
	for _, op := range onnx.Operators() {
		l := lines[op]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %s |\n", op, l.passed, l.refused, l.failed, strings.Join(l.why, "; "))
	}
	b.WriteString("\nThe tree ensembles have no test in that package: `zkml/onnx` tests them against the predictions of scikit-learn.\n\n## Refused for an operator\n\n")
	b.WriteString(list(outside))
	b.WriteString("\n## Refused on reading\n\n")
	b.WriteString(list(unread))
	return b.String()
}

// list is what was counted, sorted, in lines of eight.
func list(counts map[string]int) string {
	var b strings.Builder
	for i, name := range slices.Sorted(maps.Keys(counts)) {
		switch {
		case i > 0 && i%8 == 0:
			b.WriteString(",\n")
		case i > 0:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %d", name, counts[name])
	}
	b.WriteString(".\n")
	return b.String()
}

// reason is the last part of an error: what is not supported.
func reason(err error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, onnx.ErrUnsupported.Error()+": "); ok {
		return after
	}
	if _, after, ok := strings.Cut(text, "read onnx: "); ok {
		return after
	}
	return text
}
