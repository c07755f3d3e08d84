package flow_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/sandbox/internal/flow"
)

func TestBudget(t *testing.T) {
	told := 0
	b := flow.New(10, func() { told++ })
	var out, errs bytes.Buffer
	first, second := b.Writer(&out), b.Writer(&errs)
	if n, err := first.Write([]byte("123456")); n != 6 || err != nil || b.Full() {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := second.Write([]byte("123456")); n != 4 || !errors.Is(err, flow.ErrFull) {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := b.Writer(nil).Write([]byte("7")); n != 0 || !errors.Is(err, flow.ErrFull) {
		t.Errorf("%d, %v", n, err)
	}
	if told != 1 || !b.Full() || b.Used() != 10 || out.String() != "123456" || errs.String() != "1234" {
		t.Errorf("told %d times, used %d, %q and %q", told, b.Used(), &out, &errs)
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	to, err := flow.Output(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = to.Close() }()
	if n, err := flow.Save(to, "a", io.LimitReader(strings.NewReader(strings.Repeat("x", 100)), 100), 7); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := os.Symlink(filepath.Join(t.TempDir(), "b"), filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "../c", "/c"} {
		if _, err := flow.Save(to, name, strings.NewReader("x"), 7); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if _, err := flow.Output(dir); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a folder with files: %v", err)
	}
}
