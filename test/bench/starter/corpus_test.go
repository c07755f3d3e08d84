package main

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const corpusList = "../../../tensor/starter/corpus.txt"

func TestLoadCorpus(t *testing.T) {
	const train, held = "// Copyright X\n// more\n\npackage a\n", "package b\n"
	tests := []struct {
		name, list, want string
	}{
		{"good", "%[1]x train a.go\n%[2]x held b.go\n", ""},
		{"changed file", "%[2]x train a.go\n%[2]x held b.go\n", "has digest"},
		{"missing file", "%[1]x train c.go\n", "read corpus file"},
		{"outside", "%[1]x train ../a.go\n", "outside GOROOT/src"},
		{"unknown split", "%[1]x test a.go\n", "neither train nor held"},
		{"short line", "%[1]x a.go\n", "has 2 fields"},
		{"no held-out file", "%[1]x train a.go\n", "0 held-out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "src", "a.go"), train)
			write(t, filepath.Join(dir, "src", "b.go"), held)
			list := fmt.Sprintf("# go go1.0\n"+tt.list, sha256.Sum256([]byte(train)), sha256.Sum256([]byte(held)))
			list, _, _ = strings.Cut(list, "%!(EXTRA")
			write(t, filepath.Join(dir, "list"), list)
			c, err := loadCorpus(filepath.Join(dir, "list"), dir)
			switch {
			case tt.want == "" && err != nil:
				t.Fatal(err)
			case tt.want == "" && (c.train[0].text != "package a\n" || c.held[0].text != held):
				t.Errorf("texts are %q and %q", c.train[0].text, c.held[0].text)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error is %v, want %q", err, tt.want)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSplitFollowsItsRule holds the list to the rule in its header: nobody chose the held-out files.
func TestSplitFollowsItsRule(t *testing.T) {
	b, err := os.ReadFile(corpusList)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		field := strings.Fields(line)
		sum := sha256.Sum256([]byte(field[2]))
		want := "train"
		if new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(20)).Sign() == 0 {
			want = "held"
		}
		if field[1] != want {
			t.Errorf("%s is in split %s, want %s", field[2], field[1], want)
		}
		counts[want]++
	}
	if counts["held"] < 100 || counts["train"] < 2000 {
		t.Errorf("the list has %v files", counts)
	}
}
