package keystore_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"ayni.example/credit/keystore"
)

func random() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{1}) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// wantHint wants a named error that tells a person the file and what to do.
func wantHint(tb testing.TB, err, want error, path string) {
	tb.Helper()
	var hinted *keystore.Error
	if !errors.Is(err, want) || !errors.As(err, &hinted) || hinted.Hint == "" || !strings.Contains(err.Error(), path) {
		tb.Fatalf("got %v, want %v with a hint about %s", err, want, path)
	}
}

func TestWallet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "home", "wallet.age")
	_, err := keystore.Open(path, "secret", random())
	wantHint(t, err, keystore.ErrAbsent, path)
	created, err := keystore.Create(path, "secret", random())
	must(t, err)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	opened, err := keystore.Open(path, "secret", random())
	must(t, err)
	if opened.Wallet() != created.Wallet() {
		t.Error("another wallet came back")
	}
	_, err = keystore.Open(path, "Secret", random())
	wantHint(t, err, keystore.ErrPassphrase, path)
	_, err = keystore.Open(path, "", random())
	wantHint(t, err, keystore.ErrEmpty, path)
	_, err = keystore.Create(path, "secret", random())
	wantHint(t, err, keystore.ErrExists, path)
	if _, err := keystore.Create(path+"2", "", random()); !errors.Is(err, keystore.ErrEmpty) {
		t.Errorf("created without a passphrase: %v", err)
	}

	must(t, opened.ChangePassphrase("better"))
	_, err = keystore.Open(path, "secret", random())
	wantHint(t, err, keystore.ErrPassphrase, path)
	_, err = keystore.Open(path, "better", random())
	must(t, err)
	if err := opened.ChangePassphrase(""); !errors.Is(err, keystore.ErrEmpty) {
		t.Errorf("passphrase removed: %v", err)
	}
	noLeftovers(t, filepath.Dir(path), "wallet.age")
}

func TestRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wallet.age")
	k, err := keystore.Create(path, "secret", random())
	must(t, err)
	for _, key := range []keystore.Key{keystore.SessionKey, keystore.ReceiptKey, keystore.P2PKey, keystore.ArtifactKey} {
		before := parts(k.Wallet())
		must(t, k.Rotate(key))
		reopened, err := keystore.Open(path, "secret", random())
		must(t, err)
		after := parts(reopened.Wallet())
		for name := range before {
			if changed := before[name] != after[name]; changed != (name == string(key)) {
				t.Errorf("rotate %s: %s changed: %v", key, name, changed)
			}
		}
	}
	if err := k.Rotate("account"); !errors.Is(err, keystore.ErrKey) {
		t.Errorf("account key rotated: %v", err)
	}
}

// TestOlderWallet holds that a wallet of before the artifact key gets one when it is opened, and keeps it.
func TestOlderWallet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wallet.age")
	digits := strings.Repeat("07", 32)
	sealed(t, path, `{"version":1,"account":"`+digits+`","session":"`+digits+`","receipt":"`+digits+`","p2p":"`+digits+`"}`)
	first, err := keystore.Open(path, "secret", random())
	must(t, err)
	again, err := keystore.Open(path, "secret", random())
	must(t, err)
	if first.Wallet() != again.Wallet() {
		t.Error("the key was drawn twice")
	}
	key, err := again.Wallet().ArtifactKey()
	must(t, err)
	if key.Curve != elliptic.P256() {
		t.Error("the key is on", key.Curve.Params().Name)
	}
	sealed(t, path, `{"version":1,"account":"`+digits+`","session":"`+digits+`","receipt":"`+digits+`","p2p":"`+digits+`","artifact":"`+strings.Repeat("ff", 32)+`"}`)
	_, err = keystore.Open(path, "secret", random())
	wantHint(t, err, keystore.ErrDamaged, path)
}

// sealed writes a wallet file with the stock library.
func sealed(t *testing.T, path, plain string) {
	t.Helper()
	recipient, err := age.NewScryptRecipient("secret")
	must(t, err)
	recipient.SetWorkFactor(10)
	var b bytes.Buffer
	w, err := age.Encrypt(&b, recipient)
	must(t, err)
	_, err = w.Write([]byte(plain))
	must(t, errors.Join(err, w.Close(), os.WriteFile(path, b.Bytes(), 0o600)))
}

func TestBackup(t *testing.T) {
	folder := t.TempDir()
	path, backup := filepath.Join(folder, "wallet.age"), filepath.Join(folder, "backup.age")
	k, err := keystore.Create(path, "secret", random())
	must(t, err)
	extra := map[string][]byte{"config/consensus_key.json": []byte(`{"key":1}`), "notes": {0, 255}}
	must(t, k.Backup(backup, "paper", extra))
	wantHint(t, k.Backup(backup, "paper", nil), keystore.ErrExists, backup)

	restored, files, err := keystore.Restore(backup, "paper", filepath.Join(folder, "new", "wallet.age"), "other", random())
	must(t, err)
	if diff := cmp.Diff(extra, files); diff != "" || restored.Wallet() != k.Wallet() {
		t.Error("the backup differs", diff)
	}
	_, err = keystore.Open(restored.Path(), "other", random())
	must(t, err)

	_, _, err = keystore.Restore(backup, "secret", filepath.Join(folder, "x"), "other", random())
	wantHint(t, err, keystore.ErrPassphrase, backup)
	_, _, err = keystore.Restore(backup, "paper", path, "other", random())
	wantHint(t, err, keystore.ErrExists, path)
	_, _, err = keystore.Restore(path, "secret", filepath.Join(folder, "x"), "other", random())
	wantHint(t, err, keystore.ErrDamaged, path)
	_, _, err = keystore.Restore(backup+"none", "paper", filepath.Join(folder, "x"), "other", random())
	wantHint(t, err, keystore.ErrAbsent, backup+"none")
	_, err = keystore.Open(backup, "paper", random())
	wantHint(t, err, keystore.ErrDamaged, backup)
	for _, name := range []string{"../escape", "/etc/passwd", "a/../../b", "", ".", "a//b"} {
		if err := k.Backup(filepath.Join(folder, "bad.age"), "paper", map[string][]byte{name: nil}); err == nil {
			t.Errorf("backed up %q", name)
		}
	}
}

// TestDamagedWallet holds that a damaged file is refused with a typed error, whichever part of it is hit.
func TestDamagedWallet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wallet.age")
	_, err := keystore.Create(path, "secret", random())
	must(t, err)
	whole, err := os.ReadFile(path)
	must(t, err)
	step := 16 // each attempt pays for scrypt
	if testing.Short() {
		step = 64
	}
	for i := 0; i < len(whole); i += step {
		damaged := append([]byte(nil), whole...)
		damaged[i] ^= 1
		refused(t, path, damaged, fmt.Sprintf("byte %d", i))
	}
	for _, n := range []int{0, 1, len(whole) / 2, len(whole) - 1} {
		refused(t, path, whole[:n], fmt.Sprintf("cut to %d", n))
	}
	refused(t, path, append(slices.Clip(whole), 0), "longer")
}

func refused(t *testing.T, path string, data []byte, what string) {
	t.Helper()
	must(t, os.WriteFile(path, data, 0o600))
	_, err := keystore.Open(path, "secret", random())
	if !errors.Is(err, keystore.ErrDamaged) && !errors.Is(err, keystore.ErrPassphrase) {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestSecretsHidden(t *testing.T) {
	k, err := keystore.Create(filepath.Join(t.TempDir(), "w"), "secret", random())
	must(t, err)
	w := k.Wallet()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		shown := fmt.Sprintf(format, w)
		if strings.Contains(shown, fmt.Sprintf("%x", w.Account[:8])) || strings.Contains(shown, fmt.Sprintf("%d", w.Account[:3])[1:8]) {
			t.Errorf("%s shows a key: %s", format, shown)
		}
	}
	if len(w.SessionKey()) != ed25519.PrivateKeySize || w.SessionKey().Equal(w.ReceiptKey()) || w.ReceiptKey().Equal(w.P2PKey()) {
		t.Error("keys are missing or the same")
	}
}

// parts are the secrets by name.
func parts(w keystore.Wallet) map[string][32]byte {
	return map[string][32]byte{"account": w.Account, "session": w.Session, "receipt": w.Receipt, "p2p": w.P2P, "artifact": w.Artifact}
}

func noLeftovers(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	must(t, err)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}
