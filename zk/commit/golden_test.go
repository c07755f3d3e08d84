package commit_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"ayni.example/zk/commit"
	"ayni.example/zk/field"
	"ayni.example/zk/transcript"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestGolden holds the bytes of proofs, and the challenge that follows them. A message that is no longer absorbed, or not where
// it was, changes all that is drawn after it, and so the line; a change here is a new profile.
func TestGolden(t *testing.T) {
	golden(t, "testdata/openings.txt", func(p commit.Parameters) commit.Parameters { return p })
	golden(t, "testdata/openings-2.txt", second)
}

func golden(t *testing.T, path string, profile func(commit.Parameters) commit.Parameters) {
	t.Helper()
	names := make([]string, 0, len(shapes()))
	for name := range shapes() {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		c := shapes()[name]
		p := profile(c.p)
		s := newSetting(t, p, c.weights, c.witness, 9)
		w := transcript.NewWriter(bound(p))
		if err := s.scheme.Open(w, s.openings[0], s.openings[1]); err != nil {
			t.Fatal(err)
		}
		roots := append(s.statement[0].Root[:4:4], s.statement[1].Root[:4]...)
		fmt.Fprintf(&b, "%s: roots %x, %d bytes %x, then %x\n", name, roots, len(w.Proof()), sha256.Sum256(w.Proof()), field.Append(nil, w.Challenge()))
	}
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("openings are\n%s, want\n%s", b.String(), want)
	}
}
