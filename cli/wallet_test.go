package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBackupUnreadableKey has a key that signs blocks and cannot be read: a backup without it must not pass for one.
func TestBackupUnreadableKey(t *testing.T) {
	home, to := t.TempDir(), filepath.Join(t.TempDir(), "keys.age")
	if code, _, stderr := call(t, "--home", home, "network", "init", "--name", "A", "--address", "127.0.0.1:26656"); code != 0 {
		t.Fatal(stderr)
	}
	key := filepath.Join(home, "ledger", "config", "priv_validator_key.json")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(key, 0o700); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := call(t, "--home", home, "wallet", "backup", to)
	if code == 0 || !strings.Contains(stderr, "the key that signs blocks") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("a backup was written")
	}
}

// TestSeatRequestUnbounded has files without an end where people name one.
func TestSeatRequestUnbounded(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip("no /dev/zero here")
	}
	code, _, stderr := call(t, "--home", t.TempDir(), "network", "add-validator", "/dev/zero")
	if code != 1 || !strings.Contains(stderr, "more than") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
