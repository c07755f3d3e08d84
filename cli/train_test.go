package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/cli"
)

const tinyRecipe = `name: test/tiny
seed: 3
model: {layers: 1, width: 32, heads: 2, inner: 48, context: 32}
tokenizer: {vocabulary: 268}
data: {folder: ., include: ["*.txt"], held_out: 3}
batch: {windows: 2, length: 16}
budget: {steps: 12}
checkpoint: {every: 4}
`

func recipeFile(t *testing.T, body string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		if err := os.WriteFile(filepath.Join(dir, name+".txt"), []byte(strings.Repeat("so it goes on and on, "+name+"\n", 40)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "recipe.yaml")
	if err := os.WriteFile(name, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTrainEndsWithOneLineOfJSON(t *testing.T) {
	home := t.TempDir()
	recipe := recipeFile(t, tinyRecipe)
	digests := make([]string, 0, 3)
	for _, args := range [][]string{
		{"--steps", "5", "--threads", "1"}, {"--resume", "--threads", "2", "--name", "test/kept"}, {"--restart"},
	} {
		var out, talk bytes.Buffer
		code := cli.Main(t.Context(), append([]string{"train", recipe, "--local", "--json", "--home", home}, args...), nil, &out, &talk)
		if code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, talk.String())
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		var result struct {
			Digest   string
			Complete bool
			Step     int
			Files    []struct{ Path, Digest string }
		}
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &result); err != nil || len(lines) != 1 {
			t.Fatalf("%v: %d lines, the last is %q: %v", args, len(lines), lines[len(lines)-1], err)
		}
		if result.Complete != (args[0] != "--steps") || !strings.HasPrefix(result.Digest, "sha256:") || len(result.Files) != 4 {
			t.Errorf("%v: %+v", args, result)
		}
		if filepath.Dir(result.Files[0].Path) != filepath.Join(home, "train", "tiny") {
			t.Errorf("written to %s", result.Files[0].Path)
		}
		digests = append(digests, result.Digest)
	}
	if digests[1] != digests[2] || digests[0] == digests[1] {
		t.Errorf("digests %v: want the run in parts and the run in one to be equal, and the first part to differ", digests)
	}
	var out bytes.Buffer
	if code := cli.Main(t.Context(), []string{"models", "ls", "--home", home}, nil, &out, &out); code != 0 || !strings.Contains(out.String(), "test/kept") {
		t.Errorf("models ls: %s", out.String())
	}
}

func TestTrainTellsWhatIsWrong(t *testing.T) {
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		stop bool
		body string
		args []string
		code int
		want []string
	}{
		{"unknown field", false, tinyRecipe + "bugdet: {}\n", nil, 1, []string{"recipe.yaml:9: bugdet: no such field", "hint: did you mean budget?"}},
		{"too many steps", false, tinyRecipe, []string{"--steps", "13"}, 2, []string{"the recipe has 12 steps", "hint: budget:"}},
		{"nothing to resume", false, tinyRecipe, []string{"--resume"}, 1, []string{"no checkpoint", "hint:"}},
		{"both ways", false, tinyRecipe, []string{"--resume", "--restart"}, 1, []string{"resume"}},
		{"a name that is none", false, tinyRecipe, []string{"--name", "A B"}, 2, []string{"A B"}},
		{"stopped", true, tinyRecipe, nil, 1, []string{"the state is saved", "hint: the same command goes on"}},
		{"no folder", false, strings.Replace(tinyRecipe, "folder: .", "folder: gone", 1), nil, 1, []string{"recipe.yaml:5: data.folder: stat", "hint: paths start at"}},
		{"out is a file", false, tinyRecipe, []string{"--out", "/dev/null"}, 1, []string{"/dev/null", "hint: name a folder"}},
		{"too large", false, strings.Replace(tinyRecipe, "layers: 1, width: 32, heads: 2, inner: 48", "layers: 60, width: 4096, heads: 32, inner: 16384", 1), nil, 1, []string{"GiB to spare", "hint: make the model smaller"}},
		{"no text", false, strings.Replace(tinyRecipe, "*.txt", "*.md", 1), nil, 1, []string{"no text to train on", "hint: look at data.folder"}},
	} {
		var out, talk bytes.Buffer
		args := append([]string{"train", recipeFile(t, c.body), "--local", "--home", t.TempDir()}, c.args...)
		ctx := t.Context()
		if c.stop {
			ctx = stopped
		}
		if code := cli.Main(ctx, args, nil, &out, &talk); code != c.code {
			t.Errorf("%s: exit %d, want %d: %s", c.name, code, c.code, talk.String())
		}
		for _, want := range c.want {
			if !strings.Contains(talk.String(), want) {
				t.Errorf("%s: %q lacks %q", c.name, talk.String(), want)
			}
		}
	}
}

// TestTrainElsewhere: without --local a recipe needs the network, and says how to do without.
func TestTrainElsewhere(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, 3, "hint: --local trains on this machine"},
		{[]string{"--local", "--price", "0.1"}, 1, "local"},
	} {
		var out, talk bytes.Buffer
		args := append([]string{"train", recipeFile(t, tinyRecipe), "--home", t.TempDir()}, c.args...)
		if code := cli.Main(t.Context(), args, nil, &out, &talk); code != c.code || !strings.Contains(talk.String(), c.want) {
			t.Errorf("%q: exit %d, want %d: %s", c.args, code, c.code, talk.String())
		}
	}
}
