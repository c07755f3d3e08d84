package fusion_test

import (
	"os"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"ayni.example/tools/fusion"
)

func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), fusion.Analyzer, "a")
}

// TestNoProductCanBeFused holds for all of the exact engine and of training, on each processor that has code of
// its own.
func TestNoProductCanBeFused(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64", "riscv64"} {
		conf := &packages.Config{
			Mode: packages.LoadAllSyntax, Dir: "../..", Env: append(os.Environ(), "GOARCH="+arch),
		}
		pkgs, err := packages.Load(conf, "./tensor/...", "./train", "./train/bpe", "./train/checkpoint", "./train/corpus", "./train/recipe")
		if err != nil || len(pkgs) < 5 || packages.PrintErrors(pkgs) > 0 {
			t.Fatalf("loading %d packages for %s: %v", len(pkgs), arch, err)
		}
		graph, err := checker.Analyze([]*analysis.Analyzer{fusion.Analyzer}, pkgs, nil)
		if err != nil {
			t.Fatal(err)
		}
		for act := range graph.All() {
			for _, d := range act.Diagnostics {
				t.Errorf("%s: %s: %s", arch, act.Package.Fset.Position(d.Pos), d.Message)
			}
		}
	}
}
