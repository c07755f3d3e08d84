package hostile_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"ayni.example/zk/circuit/circuittest"
	"ayni.example/zk/commit"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestGoldenProofs holds the bytes of proofs, one circuit a line, whatever processor makes them: both verifiers accept them.
// A change here is a new profile.
func TestGoldenProofs(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 13))
	list := models(r)
	p := commit.Parameters{
		Weights:  commit.Code{Columns: 10, InverseRate: 4, Queries: 30, Tail: 32},
		Witness:  commit.Code{Columns: 10, InverseRate: 4, Queries: 30, Tail: 32},
		Grinding: 9, Levels: []commit.Level{{Rows: 4, InverseRate: 16, Queries: 12}},
	}
	list = append(list, named{"mnist", circuittest.MNIST(r), p}, named{"wide", circuittest.MLP(r, 3, 200), p}, named{"trees", circuittest.Forest(r, 40, 6, 5, 12), p})
	golden(t, "testdata/proofs.txt", list)
	golden(t, "testdata/proofs-2.txt", second(list))
}

func golden(t *testing.T, path string, list []named) {
	t.Helper()
	var b strings.Builder
	for _, n := range list {
		c := proven(t, n)
		accepted(t, c)
		output := sha256.Sum256(fmt.Append(nil, c.Output))
		circuit := sha256.Sum256(c.Circuit)
		fmt.Fprintf(&b, "%s: circuit %x, root %x, output %x, %d bytes %x\n", n.name, circuit[:8], c.Weights[:8], output[:8], len(c.proof), sha256.Sum256(c.proof))
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
		t.Errorf("proofs are\n%s, want\n%s", b.String(), want)
	}
}
