package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCommittedAssemblyIsGenerated fails when a generated file was edited, or its generator was and "make gen" was not run.
func TestCommittedAssemblyIsGenerated(t *testing.T) {
	root, folders := t.TempDir(), map[string]int{}
	for _, s := range sources() {
		folders[s.folder] += 2
		if err := os.MkdirAll(filepath.Join(root, s.folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := s.write(root); err != nil {
			t.Fatal(err)
		}
	}
	for folder, files := range folders {
		compare(t, filepath.Join(root, folder), filepath.Join("..", "..", folder), files)
	}
}

func compare(t *testing.T, generated, committed string, n int) {
	t.Helper()
	files, err := os.ReadDir(generated)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != n {
		t.Fatalf("%d files in %s, not %d", len(files), committed, n)
	}
	for _, f := range files {
		want, err := os.ReadFile(filepath.Join(generated, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(committed, f.Name())); err != nil || string(got) != string(want) {
			t.Errorf("%s is not what its generator writes: run make gen (%v)", f.Name(), err)
		}
	}
}
