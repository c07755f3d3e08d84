package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/web/operator"
)

// proves has the running home prove what is there and what is not, checks it without the home, and takes over its own trail.
func proves(t *testing.T, dir, home string) {
	t.Helper()
	var providers []struct {
		Address string `json:"address"`
	}
	for deadline := time.Now().Add(readyMax); len(providers) == 0; time.Sleep(100 * time.Millisecond) { // it registers soon after its start
		_, stdout, _ := call(t, "provider", "list", "--home", home, "--json")
		if err := json.Unmarshal([]byte(stdout), &providers); err != nil || time.Now().After(deadline) {
			t.Fatalf("providers %s: %v", stdout, err)
		}
	}
	bundle, genesis, elsewhere := filepath.Join(dir, "bundle"), filepath.Join(home, "ledger", "config", "genesis.json"), filepath.Join(dir, "none")
	for _, c := range []struct {
		words, name, says string
	}{
		{"provider " + providers[0].Address, "present", providers[0].Address},
		{"balance " + providers[0].Address, "present", "acredit"},
		{"seat " + providers[0].Address, "present", "STATUS_ACTIVE"},
		{"channel " + strings.Repeat("5a", 32), "absent", "channel 5a5a"},
		{"store credit 00", "present", "store credit 00"},
	} {
		if code, _, stderr := call(t, append([]string{"proof", "--home", home, "-o", bundle}, strings.Fields(c.words)...)...); code != 0 {
			t.Fatalf("proof %s: code %d, %s", c.words, code, stderr)
		}
		var v operator.Verdict
		code, stdout, stderr := call(t, "verify", bundle, "--home", elsewhere, "--genesis", genesis, "--json")
		if err := json.Unmarshal([]byte(stdout), &v); err != nil || code != 0 || v.Kind != "proof" || len(v.Verdicts) != 1 ||
			v.Verdicts[0].Name != c.name || !strings.Contains(v.Verdicts[0].Detail, c.says) {
			t.Errorf("proof %s: code %d, %s%s (%v)", c.words, code, stdout, stderr, err)
		}
	}
	if code, _, stderr := call(t, "verify", bundle, "--home", elsewhere); code != 1 || !strings.Contains(stderr, "nothing to trust") {
		t.Errorf("without a genesis: code %d, %s", code, stderr)
	}
	for _, words := range []string{"provider", "provider nobody", "chair", "store credit zz", "channel 5a"} {
		if code, _, stderr := call(t, append([]string{"proof", "--home", home}, strings.Fields(words)...)...); code != 1 || !strings.Contains(stderr, "not a fact of the ledger") {
			t.Errorf("proof %s: code %d, %s", words, code, stderr)
		}
	}
	trail := filepath.Join(dir, "trail")
	if code, _, stderr := call(t, "proof", "trail", "--home", home, "-o", trail); code != 0 {
		t.Fatalf("trail: code %d, %s", code, stderr)
	}
	if code, _, stderr := call(t, "proof", "trail", "--home", home, "--import", trail); code != 0 {
		t.Errorf("import of its own trail: code %d, %s", code, stderr)
	}
	if err := os.WriteFile(trail, []byte(`{"blocks":[{"header":"","commit":"","validators":[]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, "proof", "trail", "--home", home, "--import", trail); code != 1 || !strings.Contains(stderr, "does not lead on") {
		t.Errorf("import of a bad trail: code %d, %s", code, stderr)
	}
}
