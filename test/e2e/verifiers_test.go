package e2e_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/web/operator"
)

// tinyRecipe trains for a second.
const tinyRecipe = `
name: test/traced
mode: pretrain
seed: 5
model: {layers: 1, width: 32, heads: 1, kv_heads: 1, head_size: 32, inner: 64, context: 32}
tokenizer: {vocabulary: 280}
data: {folder: text, held_out: 4}
schedule: {rate: 5e-3, warm_up: 3}
batch: {windows: 4, length: 32}
budget: {steps: 8}
evaluate: {every: 8, windows: 2}
checkpoint: {every: 8}
export: {types: [F32]}
`

// alone is a command in a namespace without a network, without a home and without this machine's environment.
func alone(tb testing.TB, line ...string) *exec.Cmd {
	tb.Helper()
	cmd := exec.Command("unshare", append([]string{"--net"}, line...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"}
	return cmd
}

// TestStockVerifiers: what a job writes beside its result by itself is accepted, and each change of it refused, by Sigstore's and
// CycloneDX's own verifiers, by cosign where COSIGN_BIN names one, and by this program, on a machine that never saw the network.
func TestStockVerifiers(t *testing.T) {
	t.Parallel()
	installed := install(t, "verifiers", "--ignore-scripts", "--omit=optional")
	m := newMachine(t, "--listen", "127.0.0.1:0", "--ollama", "off")
	m.start()
	model := trainedHere(t, m)
	key := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(key, m.run("provenance", "key"), 0o600); err != nil {
		t.Fatal(err)
	}
	installed()
	out, err := alone(t, "node", "verifiers/verify.mjs", model, key).CombinedOutput()
	var seen struct{ Files, Model, Inputs, Job, Bill, BillByValidator int }
	if json.Unmarshal(out, &seen) != nil || err != nil {
		t.Fatalf("stock verifiers: %v\n%s", err, out)
	}
	if seen.Files == 0 || seen.Inputs == 0 || seen.Model < 40 || seen.Job < 60 || seen.Bill < 60 || seen.BillByValidator < 30 {
		t.Errorf("too little was tried: %s", out)
	}
	t.Logf("changes refused: %s", out)
	cosign(t, model, key)
	registered(t, m, model)
}

// trainedHere trains a model and gives its file, beside which the job has written where it comes from.
func trainedHere(tb testing.TB, m *node) string {
	tb.Helper()
	dir := tb.TempDir()
	recipe, result := filepath.Join(dir, "recipe.yaml"), filepath.Join(dir, "out")
	text := strings.Repeat("the quick brown fox jumps over the lazy dog\n", 200)
	if err := os.MkdirAll(filepath.Join(dir, "text"), 0o700); err != nil {
		tb.Fatal(err)
	}
	for name, content := range map[string]string{recipe: tinyRecipe, filepath.Join(dir, "text", "a.txt"): text, filepath.Join(dir, "text", "b.txt"): text[1:]} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	m.run("train", recipe, "--local", "--out", result, "--json")
	signed, err := filepath.Glob(filepath.Join(result, "*.gguf.sigstore.json"))
	if err != nil || len(signed) == 0 {
		entries, _ := os.ReadDir(result)
		tb.Fatalf("nothing is signed in %v", entries)
	}
	return strings.TrimSuffix(signed[0], ".sigstore.json")
}

// cosign has the stock command line check both bundles, and refuse another key and another kind of statement.
func cosign(tb testing.TB, model, key string) {
	tb.Helper()
	bin := os.Getenv("COSIGN_BIN")
	if bin == "" {
		return // its build takes long: CI has the two libraries' verifiers
	}
	other := filepath.Join(tb.TempDir(), "other")
	if out, err := exec.Command("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", other).CombinedOutput(); err != nil {
		tb.Fatalf("openssl: %v %s", err, out)
	}
	if out, err := exec.Command("openssl", "ec", "-in", other, "-pubout", "-out", other+".pem").CombinedOutput(); err != nil {
		tb.Fatalf("openssl: %v %s", err, out)
	}
	check := func(bundle, kind, key string) ([]byte, error) {
		return alone(tb, bin, "verify-blob-attestation", "--key", key, "--bundle", bundle, "--type", kind, "--check-claims=false", "--insecure-ignore-tlog=true").CombinedOutput()
	}
	for suffix, kind := range map[string]string{".sigstore.json": "https://model_signing/signature/v1.0", ".slsa.json": "https://slsa.dev/provenance/v1"} {
		if out, err := check(model+suffix, kind, key); err != nil || !bytes.Contains(out, []byte("Verified OK")) {
			tb.Errorf("cosign %s: %v %s", suffix, err, out)
		}
		if out, err := check(model+suffix, kind, other+".pem"); err == nil {
			tb.Errorf("cosign takes another key: %s", out)
		}
		if out, err := check(model+suffix, "https://example.org/other", key); err == nil {
			tb.Errorf("cosign takes another kind: %s", out)
		}
		raw, err := os.ReadFile(model + suffix)
		if err != nil {
			tb.Fatal(err)
		}
		changed := filepath.Join(tb.TempDir(), "changed.json")
		if err := os.WriteFile(changed, bytes.Replace(raw, []byte(`"payload":"`), []byte(`"payload":"ey`), 1), 0o600); err != nil {
			tb.Fatal(err)
		}
		if out, err := check(changed, kind, key); err == nil {
			tb.Errorf("cosign takes a changed statement: %s", out)
		}
	}
}

// registered waits until the model stands on the ledger, and has this program verify it with light proofs, apart from all that.
func registered(tb testing.TB, m *node, model string) {
	tb.Helper()
	m.run("models", "create", "test/traced", "--from", model)
	var asset operator.Asset
	wait(tb, time.Minute, "the asset on the ledger", func() error {
		out, err := m.try("provenance", "show", model, "--json")
		if err == nil {
			err = json.Unmarshal(out, &asset)
		}
		return err
	})
	out := tb.TempDir()
	m.run("provenance", "export", model, "--out", out, "--proof")
	copyFile(tb, model, filepath.Join(out, filepath.Base(model)))
	genesis := filepath.Join(tb.TempDir(), "genesis.json")
	copyFile(tb, filepath.Join(m.home, "ledger", "config", "genesis.json"), genesis)
	text, err := alone(tb, binary(tb), "provenance", "verify", out, "--genesis", genesis, "--json").Output()
	var v operator.Verdict
	if err != nil || json.Unmarshal(text, &v) != nil || !v.OK {
		tb.Fatalf("verify: %v\n%s", err, text)
	}
	names := make([]string, 0, len(v.Verdicts))
	for _, f := range v.Verdicts {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); !strings.HasPrefix(got, "files made bill asset registered bound") {
		tb.Errorf("established: %s\n%s", got, text)
	}
	raw, err := os.ReadFile(filepath.Join(out, filepath.Base(model)))
	if err != nil {
		tb.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	if err := os.WriteFile(filepath.Join(out, filepath.Base(model)), raw, 0o600); err != nil {
		tb.Fatal(err)
	}
	if text, err := alone(tb, binary(tb), "provenance", "verify", out, "--genesis", genesis).CombinedOutput(); err == nil || !bytes.Contains(text, []byte("differs from what was signed")) {
		tb.Errorf("changed weights pass: %s", text)
	}
}

func copyFile(tb testing.TB, from, to string) {
	tb.Helper()
	raw, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, raw, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}
