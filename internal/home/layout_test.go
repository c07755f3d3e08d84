package home

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// laid is a home of layout 1, as builds from before layouts left it.
func laid(t *testing.T) *Home {
	t.Helper()
	h, err := At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Create(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"wallet.age": "keys", "data/peers": "id@host:1\n"} {
		if err := WriteFile(filepath.Join(h.dir, name), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func content(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// settled fails unless the home has the last layout with what was in it before, and a copy of that.
func settled(t *testing.T, h *Home) {
	t.Helper()
	if got := content(t, h.Peers()); got != "id@host:1\n" {
		t.Errorf("peers %q", got)
	}
	if got := content(t, filepath.Join(h.dir, "backup", "layout-1", "data_peers")); got != "id@host:1\n" {
		t.Errorf("copy of peers %q", got)
	}
	if got := content(t, h.layoutFile()); got != "2\n" {
		t.Errorf("layout %q", got)
	}
	if _, err := os.Stat(filepath.Join(h.dir, "data", "peers")); err == nil {
		t.Error("the old file is there still")
	}
}

func TestLayout(t *testing.T) {
	h := laid(t)
	for range 2 {
		if err := h.Lock(); err != nil {
			t.Fatal(err)
		}
		settled(t, h)
		if err := h.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLayoutCut cuts the migration off before and after each of its steps; the next start finishes it.
func TestLayoutCut(t *testing.T) {
	cut := errors.New("cut")
	for name, steps := range map[string][]migration{
		"before": {{changes: migrations()[0].changes, run: func(string) error { return cut }}},
		"after":  {{changes: migrations()[0].changes, run: func(dir string) error { return errors.Join(exposePeers(dir), cut) }}},
	} {
		t.Run(name, func(t *testing.T) {
			h := laid(t)
			if err := h.settle(steps); !errors.Is(err, cut) {
				t.Fatal(err)
			}
			if err := h.Lock(); err != nil {
				t.Fatal(err)
			}
			settled(t, h)
		})
	}
	t.Run("in the copy", func(t *testing.T) {
		h := laid(t)
		if err := os.MkdirAll(filepath.Join(h.dir, "backup", "layout-1.part", "half"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := h.Lock(); err != nil {
			t.Fatal(err)
		}
		settled(t, h)
	})
}

func TestLayoutRefuses(t *testing.T) {
	for text, want := range map[string]string{"3\n": "layout 3, this program knows 2", "x": "instead of a number", "0": "instead of a number", "": "instead"} {
		h := laid(t)
		if err := WriteFile(h.layoutFile(), []byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := h.Lock(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
		if got := content(t, filepath.Join(h.dir, "data", "peers")); got != "id@host:1\n" {
			t.Errorf("%q: files changed", text)
		}
		if err := WriteFile(h.layoutFile(), []byte("2\n")); err != nil {
			t.Fatal(err)
		}
		if err := h.Lock(); err != nil { // a refused lock lets the home go
			t.Error(err)
		}
	}
}

func TestLayoutOfNewHome(t *testing.T) {
	h, err := At(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.Create(), h.Lock()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(h.dir, "backup")); err == nil {
		t.Error("a new home has a backup")
	}
	if got := content(t, h.layoutFile()); got != "2\n" {
		t.Errorf("layout %q", got)
	}
}
