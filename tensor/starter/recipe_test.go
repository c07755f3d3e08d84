package starter_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"ayni.example/train"
	"ayni.example/train/recipe"
)

// TestRecipe makes the first steps of the run that made the weights, with changing numbers of threads, and compares
// the digest of the state with the committed one: vocabulary, order of text, gradients and updates all stand behind it.
func TestRecipe(t *testing.T) {
	root := goroot(t)
	r, err := recipe.Open("recipe.yaml")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("testdata/steps.txt")
	if err != nil {
		t.Fatal(err)
	}
	cfg := train.Config{Recipe: r, Dir: t.TempDir(), Lookup: func(name string) (string, bool) { return root, name == "GOROOT" }}
	compared := 0
	for i, line := range strings.Split(strings.TrimSpace(string(list)), "\n") {
		field := strings.Fields(line)
		if cfg.Steps, err = strconv.Atoi(field[0]); err != nil {
			t.Fatal(err)
		}
		if testing.Short() && cfg.Steps > 8 {
			continue
		}
		cfg.Threads = 1 + i%3
		result, err := train.Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if result.Digest != field[1] {
			t.Errorf("after step %d the state is %s, want %s", result.Step, result.Digest, field[1])
		}
		compared++
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}
