package starter_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ayni.example/tensor/starter"
)

// goroot is the folder of the toolchain that runs the test, if its sources are those of the list.
func goroot(t *testing.T) string {
	t.Helper()
	list, err := os.ReadFile("corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(list), "\n# go ")
	want, _, _ := strings.Cut(rest, "\n")
	have, _, _ := strings.Cut(runtime.Version(), "-X:") // experiments do not change the sources
	if have != want {
		t.Skipf("the corpus is the standard library of %s, this is %s", want, have)
	}
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Skipf("no go command to ask for GOROOT: %v", err)
	}
	return strings.TrimSpace(string(root))
}

// TestCorpus compares the list with the sources of the toolchain that runs the test.
func TestCorpus(t *testing.T) {
	dir := filepath.Join(goroot(t), "src")
	list, err := os.ReadFile("corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for line := range strings.Lines(string(list)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		field := strings.Fields(line)
		if len(field) != 3 {
			t.Fatalf("line %q has %d fields, want digest, split and path", line, len(field))
		}
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(field[2])))
		if err != nil {
			t.Fatal(err)
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256(b)); sum != field[0] {
			t.Errorf("%s has digest %s, want %s", field[2], sum, field[0])
		}
		files++
	}
	if files < 2000 {
		t.Errorf("the list has %d files", files)
	}
}

// TestReadme holds the description to the weights that it describes.
func TestReadme(t *testing.T) {
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), starter.Digest) {
		t.Errorf("README.md does not name the digest %s", starter.Digest)
	}
}
