package slowdisk_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	dbm "github.com/cosmos/cosmos-db"

	"ayni.example/test/slowdisk"
)

func mount(t *testing.T) (*slowdisk.Disk, string, string) {
	t.Helper()
	if why := slowdisk.Missing(); why != "" {
		t.Skip(why)
	}
	below, above := t.TempDir(), t.TempDir()
	d, err := slowdisk.Mount(below, above)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, below, above
}

// save writes a file, makes it last and tells how long that took.
func save(t *testing.T, path string, data []byte) time.Duration {
	t.Helper()
	began := time.Now()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

func TestSlow(t *testing.T) {
	d, below, above := mount(t)
	want := []byte("what the disk holds")
	fast := save(t, filepath.Join(above, "a"), want)
	d.Slow(50*time.Millisecond, 150*time.Millisecond)
	slow := save(t, filepath.Join(above, "b"), want)
	d.Slow(0, 0)
	again := save(t, filepath.Join(above, "c"), want)
	if slow < 200*time.Millisecond || fast > 200*time.Millisecond || again > 200*time.Millisecond {
		t.Errorf("fast %s, slow %s, fast again %s", fast, slow, again)
	}
	if err := os.Rename(filepath.Join(above, "b"), filepath.Join(above, "a")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(above, "a"), filepath.Join(below, "a"), filepath.Join(below, "c")} {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s holds %q, %v", path, got, err)
		}
	}
}

// TestDatabase: the ledger's database works on it, and a second process would find it locked.
func TestDatabase(t *testing.T) {
	_, _, above := mount(t)
	for i := range 2 {
		db, err := dbm.NewDB("state", dbm.GoLevelDBBackend, above)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dbm.NewDB("state", dbm.GoLevelDBBackend, above); err == nil {
			t.Error("a database that is open was opened again")
		}
		if i == 0 {
			err = db.SetSync([]byte("key"), []byte("value"))
		}
		if got, getErr := db.Get([]byte("key")); err != nil || getErr != nil || string(got) != "value" {
			t.Errorf("got %q, %v, %v", got, err, getErr)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
