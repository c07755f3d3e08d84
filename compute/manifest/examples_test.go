package manifest_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ayni.example/compute/manifest"
)

var update = flag.Bool("update", false, "write the golden files again")

const examples = "../../examples/deploy"

func environment(name string) (string, bool) {
	value, ok := map[string]string{"HF_TOKEN": "hf-secret", "DB_PASSWORD": "db-secret", "REGISTRY_PASSWORD": "registry-secret"}[name]
	return value, ok
}

// exampleFiles are the names of the files in examples/deploy.
func exampleFiles(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(examples, "*.yaml"))
	if err != nil || len(files) < 8 {
		tb.Fatalf("%d examples, %v", len(files), err)
	}
	return files
}

// TestExamples: every file in examples/deploy deploys as written in the golden file, or is refused at the places that stand there.
func TestExamples(t *testing.T) {
	var b strings.Builder
	for _, file := range exampleFiles(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "== %s\n", filepath.Base(file))
		d, err := manifest.Parse(filepath.Base(file), text, manifest.Options{Lookup: environment})
		if err != nil {
			fmt.Fprintf(&b, "refused\n%v\n", err)
			continue
		}
		shown, err := json.MarshalIndent(d.Redacted(), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		total, err := json.Marshal(d.Total())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "deploys, %s\n%s\n", total, shown)
	}
	golden(t, "examples.golden", b.String())
	if strings.Contains(b.String(), "-secret") || strings.Contains(b.String(), "correct-horse") {
		t.Error("a secret is shown")
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-update writes it again):\n%s", name, diff)
	}
}
