package cli_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ayni.example/web/operator"
)

type artifactLine struct {
	Digest string
	Size   int64
	Class  string
	Path   string
	Sealed bool
	Pins   []struct{ Owner, Reason string }
}

// scratch is a file of bytes from a seed.
func scratch(tb testing.TB, seed byte, n int) (string, []byte) {
	tb.Helper()
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	path := filepath.Join(tb.TempDir(), "scratch")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path, b
}

// TestArtifacts puts, lists, pins, reads, checks and collects on a home on which nothing runs.
func TestArtifacts(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	t.Setenv("AYNI_HOME", home)
	path, body := scratch(t, 1, 3<<20+5)
	var put, show artifactLine
	run(t, &put, "artifact", "put", path, "--reason", "kept for a test")
	if put.Size != int64(len(body)) || put.Sealed {
		t.Fatalf("%+v", put)
	}
	if run(t, &show, "artifact", "show", put.Digest); show.Class != "plain" || len(show.Pins) != 1 || show.Pins[0].Reason != "kept for a test" {
		t.Errorf("%+v", show)
	}
	out := filepath.Join(t.TempDir(), "out")
	run(t, nil, "artifact", "get", put.Digest, "--out", out)
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	var freed struct{ Removed []string }
	if run(t, &freed, "artifact", "collect"); len(freed.Removed) != 0 {
		t.Errorf("collected what is pinned: %+v", freed)
	}
	run(t, nil, "artifact", "unpin", put.Digest)
	if run(t, &freed, "artifact", "collect", "--older", "1h"); len(freed.Removed) != 0 {
		t.Errorf("collected what is new: %+v", freed)
	}
	run(t, nil, "artifact", "verify")
	if err := os.WriteFile(show.Path, append([]byte{body[0] ^ 1}, body[1:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := call(t, "artifact", "verify", put.Digest, "--json"); code != 1 || !strings.Contains(stdout, "another digest") &&
		!strings.Contains(stdout, "have the digest") || !strings.Contains(stderr, "hint: look at the disk") {
		t.Errorf("damage: code %d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := call(t, "artifact", "get", put.Digest, "--out", out+"2"); code != 1 || !strings.Contains(stderr, "hint: the disk has damaged it") {
		t.Errorf("damage: code %d, %s", code, stderr)
	}
	if left, err := filepath.Glob(filepath.Dir(out) + "/.*"); err != nil || len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if run(t, &freed, "artifact", "collect"); len(freed.Removed) != 1 {
		t.Errorf("not collected: %+v", freed)
	}
	var list []artifactLine
	if run(t, &list, "artifact", "ls"); len(list) != 0 {
		t.Errorf("left: %+v", list)
	}
}

// TestArtifactSealed stores what only the key opens, and refuses what was cut.
func TestArtifactSealed(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	t.Setenv("AYNI_HOME", home)
	path, body := scratch(t, 2, 1<<20+7)
	dir := t.TempDir()
	key, other, out := filepath.Join(dir, "key"), filepath.Join(dir, "other"), filepath.Join(dir, "out")
	var made struct{ Recipient string }
	run(t, &made, "artifact", "key", key)
	run(t, nil, "artifact", "key", other)
	var put, show artifactLine
	run(t, &put, "artifact", "put", path, "--to", made.Recipient)
	if run(t, &show, "artifact", "show", put.Digest); show.Class != "sealed" {
		t.Errorf("%+v", show)
	}
	raw, err := os.ReadFile(show.Path)
	if err != nil || bytes.Contains(raw, body[:64]) {
		t.Fatalf("the plain text is on the disk, %v", err)
	}
	run(t, nil, "artifact", "get", put.Digest, "--identity", key, "--out", out)
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
	cut := filepath.Join(dir, "cut")
	if err := os.WriteFile(cut, raw[:len(raw)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	var shorter artifactLine
	run(t, &shorter, "artifact", "put", cut)
	for name, c := range map[string][]string{
		"another key": {put.Digest, "--identity", other}, "cut": {shorter.Digest, "--identity", key},
		"no key": {put.Digest, "--identity", path}, "no file": {put.Digest, "--identity", out + "none"},
	} {
		to := filepath.Join(dir, "to")
		code, _, stderr := call(t, append([]string{"artifact", "get", "--out", to}, c...)...)
		if _, err := os.Stat(to); code != 1 || err == nil || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: code %d, %s, file there: %v", name, code, stderr, err == nil)
		}
	}
}

// TestArtifactRefusals tells what to do.
func TestArtifactRefusals(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	t.Setenv("AYNI_HOME", home)
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "config.yaml"), []byte("artifact_quota_mib: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	two, _ := scratch(t, 3, 2<<20)
	more, _ := scratch(t, 4, 2<<20+1)
	huge, _ := scratch(t, 5, 3<<20+1)
	var put artifactLine
	run(t, &put, "artifact", "put", two)
	unknown := "sha256:" + strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		line string
		code int
		says string
	}{
		"digest":       {"artifact get abc", 2, "is no digest"},
		"nothing runs": {"artifact get " + unknown, 3, "--from"},
		"nobody":       {"artifact get " + unknown + " --from /ip4/127.0.0.1/tcp/1/p2p/12D3KooWGyEPeFwKLLLF8WuDKUTaLvgS1mTFgmKAVoYxmXKPJ5vK", 1, "hint: does a machine"},
		"address":      {"artifact get " + unknown + " --from 127.0.0.1:5", 2, "with its id"},
		"address, pin": {"artifact get " + unknown + " --pin --from 127.0.0.1:5", 2, "with its id"},
		"address, had": {"artifact get " + put.Digest + " --from 127.0.0.1:5", 2, "with its id"},
		"nobody, pin":  {"artifact get " + unknown + " --pin --from /ip4/127.0.0.1/tcp/1/p2p/12D3KooWGyEPeFwKLLLF8WuDKUTaLvgS1mTFgmKAVoYxmXKPJ5vK", 1, "hint: does a machine"},
		"absent":       {"artifact show " + unknown, 1, "hint: `ayni artifact ls`"},
		"not pinned":   {"artifact unpin " + unknown, 1, "not pinned"},
		"rm":           {"artifact rm " + unknown, 1, "no such blob"},
		"full":         {"artifact put " + more, 1, "hint: unpin or remove"},
		"too large":    {"artifact put " + huge, 1, "more than the 3145728 bytes"},
		"no key":       {"artifact put " + two + " --to me", 2, "hint: a public key begins with age1"},
		"folder":       {"artifact put " + home, 1, "hint: pack a folder"},
		"key is there": {"artifact key " + two, 1, "hint: name a file that does not exist"},
		"identity":     {"artifact get " + unknown + " --identity x", 2, "name a file"},
	} {
		code, stdout, stderr := call(t, strings.Fields(c.line)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: code %d, want %d, with %q in %q", name, code, c.code, c.says, stderr)
		}
	}
	if code, _, stderr := call(t, "artifact", "unpin", unknown); code != 1 || !strings.Contains(stderr, "not pinned") {
		t.Errorf("a get that brought nothing left a pin: code %d, %s", code, stderr)
	}
	run(t, nil, "artifact", "unpin", put.Digest)
	run(t, nil, "artifact", "put", more) // in place of what nobody has pinned now
	var list []artifactLine
	if run(t, &list, "artifact", "ls"); len(list) != 1 || list[0].Size != 2<<20+1 {
		t.Errorf("%+v", list)
	}
}

// TestArtifactFromMachine fetches from a machine that runs, by a home on which nothing runs, and counts the bytes.
func TestArtifactFromMachine(t *testing.T) {
	giver, taker := filepath.Join(t.TempDir(), "home"), filepath.Join(t.TempDir(), "home")
	path, body := scratch(t, 6, 5<<20)
	url, stop := start(t, giver)
	defer stop()
	var put artifactLine
	run(t, &put, "artifact", "put", path, "--home", giver)
	var machines []operator.Provider
	for end := time.Now().Add(readyMax); len(machines) == 0 && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		run(t, &machines, "provider", "list", "--home", giver)
	}
	if len(machines) != 1 {
		t.Fatal("the machine is not on the ledger")
	}
	from := machines[0].Endpoints[0] + "/p2p/" + machines[0].PeerID
	out := filepath.Join(t.TempDir(), "out")
	var got operator.ArtifactFetch
	run(t, &got, "artifact", "get", put.Digest, "--from", from, "--out", out, "--home", taker)
	if b, err := os.ReadFile(out); err != nil || !bytes.Equal(b, body) || len(got.Peers) != 1 || got.Peers[0].Bytes != int64(len(body)) {
		t.Errorf("%+v, %v", got, err)
	}
	if text := metricsOf(t, url); !strings.Contains(text, `ayni_artifact_bytes_total{direction="out"} 5.24288e+06`) {
		t.Errorf("not counted: %s", text)
	}
	if code, _, stderr := call(t, "artifact", "get", "sha256:"+strings.Repeat("1", 64), "--home", giver); code != 1 || !strings.Contains(stderr, "no peer has the blob") {
		t.Errorf("nobody has it: code %d, %s", code, stderr)
	}
}

// metricsOf are a machine's.
func metricsOf(tb testing.TB, url string) string {
	tb.Helper()
	res, err := http.Get(url + "/metrics")
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
