package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCommittedAssemblyIsGenerated fails when a generated file was edited, or its generator was and "make gen" was not run.
func TestCommittedAssemblyIsGenerated(t *testing.T) {
	const committed = "../../tensor/internal/kernel"
	folder := t.TempDir()
	for name, fill := range sources() {
		a := new(assembly)
		fill(a)
		if err := a.write(folder, name); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 2*len(sources()) {
		t.Fatalf("%d files from %d sources", len(files), len(sources()))
	}
	for _, f := range files {
		want, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(committed, f.Name())); err != nil || string(got) != string(want) {
			t.Errorf("%s is not what its generator writes: run make gen (%v)", f.Name(), err)
		}
	}
}
