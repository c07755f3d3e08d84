package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// edit replaces the one place of a file that has the text.
type edit struct{ file, before, after string }

// planted are bugs of the transcript, of the prover and of the verifier, each with the test that finds it. Those of zk/transcript
// and zk/claim are in prover and verifier alike, so that these two still agree.
var planted = []struct {
	bug   string
	edits []edit
	pkg   string
	test  string
	says  string
}{
	{
		"the circuit is not absorbed",
		[]edit{{"zk/verifier/statement.go", `t.Absorb("circuit", digest[:])`, `_ = digest`}},
		"zk/hostile", "TestGoldenProofs", "the naive verifier: section",
	},
	{
		"the binding is not absorbed",
		[]edit{{"zk/verifier/statement.go", `t.Absorb("binding", s.Binding)`, ``}},
		"zk/hostile", "TestReplayed", "the verifier accepts: under binding",
	},
	{
		"the answer is not absorbed",
		[]edit{{"zk/verifier/statement.go", `t.Absorb("output", encode(s.Output))`, ``}},
		"zk/hostile", "TestGoldenProofs", "the naive verifier: section",
	},
	{
		"the statement comes after the first message", []edit{
			{"zk/verifier/statement.go", `t.Absorb("input", encode(s.Input))`, ``},
			{"zk/verifier/statement.go", `digest := s.Circuit.Digest()`, "t.Absorb(\"input\", encode(s.Input))\n\tdigest := s.Circuit.Digest()"},
		}, "zk/hostile", "TestGoldenProofs", "the naive verifier: section",
	},
	{
		"roots are not absorbed before the challenge", []edit{
			{"zk/transcript/writer.go", `w.Absorb(tag, root[:])`, ``},
			{"zk/transcript/reader.go", `r.Absorb(tag, root[:])`, ``},
		}, "zk/hostile", "TestGoldenProofs", "the naive verifier: section",
	},
	{
		"messages are absorbed without their tag",
		[]edit{{"zk/transcript/transcript.go", `t.buf = append(t.buf, tag...)`, ``}},
		"zk/hostile", "TestGoldenProofs", "the naive verifier: section",
	},
	{
		"no nonce is sought", []edit{
			{"zk/transcript/writer.go", `if zeros > 0 {`, `if zeros > 64 {`},
			{"zk/transcript/reader.go", `if zeros == 0 {`, `if zeros <= 64 {`},
		}, "zk/hostile", "TestGoldenProofs", "the naive verifier: section",
	},
	{
		"the zero bits of a nonce are not counted",
		[]edit{{"zk/transcript/reader.go", `if hash.Leading(state) < zeros {`, `if hash.Leading(state) < zeros && zeros > 64 {`}},
		"zk/prover", "TestLazyProver", "without the work of keys: <nil>",
	},
	{
		"the nonces of challenges are forgotten, those of queries are not",
		[]edit{{"zk/transcript/transcript.go", `	return t.nonces[k]`, "	if k != Queries {\n\t\treturn 0\n\t}\n\treturn t.nonces[k]"}},
		"zk/prover", "TestLazyProver", "without the work of none: <nil>; section 2: the nonce before",
	},
	{
		"a challenge that folds has the nonce of a round",
		[]edit{{"zk/transcript/writer.go", `return Folds`, `return Rounds`}},
		"zk/prover", "TestLazyProver", "without the work of none: <nil>; section 2: the nonce before a fold",
	},
	{
		"nodes of profile 2 are made of 24 bytes",
		[]edit{{"zk/commit/parameters.go", `return 32`, `return 24`}},
		"zk/hostile", "TestGoldenProofs", "the naive verifier: section 8",
	},
	{
		"indices come in another order",
		[]edit{{"zk/transcript/transcript.go", `list[i] = int(uint64(word)`, `list[n-1-i] = int(uint64(word)`}},
		"zk/hostile", "TestGoldenProofs", "the naive verifier: section",
	},
	{
		"coefficients of a challenge are equal",
		[]edit{{"zk/transcript/transcript.go", `binary.LittleEndian.Uint64(t.state[8*k:])`, `binary.LittleEndian.Uint64(t.state[:])`}},
		"zk/hostile", "TestGoldenProofs", "the naive verifier: section",
	},
	{
		"coefficients are not compared with the modulus",
		[]edit{{"zk/field/element.go", `if w >= P {`, `if w == P {`}},
		"zk/field", "TestEncoding", "FAIL",
	},
	{
		"what is left of a proof is not looked at",
		[]edit{{"zk/transcript/reader.go", `if len(r.rest) > 0 {`, `if len(r.rest) < 0 {`}},
		"zk/verifier", "TestSectionsRefused", "a byte more",
	},
	{
		"answers are not compared with their range",
		[]edit{{"zk/circuit/public.go", `return -MaxInteger, MaxInteger`, `return -1 << 31, 1<<31 - 1`}},
		"zk/hostile", "TestPublicValuesOutOfRange", "the verifier accepts: output",
	},
	{
		"bits are not checked",
		[]edit{{"zk/verifier/zero.go", `if sumcheck.BitsAt(m, values) != rest {`, `if sumcheck.BitsAt(m, values) != rest && m == (field.E{}) {`}},
		"zk/prover", "TestDishonestWitness/two_as_a_bit", "want section 6: a zero check fails",
	},
	{
		"the sum of the last vector is not checked",
		[]edit{{"zk/commit/verify.go", `return ErrSum`, `return nil`}},
		"zk/prover", "TestDishonestWeights", "want section 8",
	},
	{
		"the prover forgets the offset",
		[]edit{{"zk/claim/linear.go", `off := field.Int(1<<(s+h-1) + 1<<(s-1))`, `off := field.Int(1 << (s + h - 1))`}},
		"zk/hostile", "TestGoldenProofs", "section 5",
	},
}

// TestPlantedBugs builds the tests with one bug at a time in the code, and holds that the named one finds it.
func TestPlantedBugs(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range planted {
		t.Run(p.bug, func(t *testing.T) {
			overlay := overlaid(t, root, p.edits)
			cmd := niced("go", "test", "-overlay", overlay, "-short", "-count=1", "-vet=off", "-run", "^"+p.test+"$", "./"+p.pkg)
			cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: "+p.test) || !strings.Contains(string(out), p.says) {
				t.Errorf("%s does not find it: %v\n%s", p.test, err, tail(string(out)))
			}
		})
	}
}

// overlaid writes the edited files and the overlay that puts them in the place of the true ones.
func overlaid(t *testing.T, root string, edits []edit) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	for _, e := range edits {
		path := filepath.Join(root, e.file)
		from := path
		if edited, ok := replace[path]; ok {
			from = edited
		}
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(b), e.before); n != 1 {
			t.Fatalf("%s has %q %d times, once was expected", e.file, e.before, n)
		}
		to := filepath.Join(dir, strings.ReplaceAll(e.file, "/", "_"))
		if err := os.WriteFile(to, []byte(strings.Replace(string(b), e.before, e.after, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[path] = to
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
