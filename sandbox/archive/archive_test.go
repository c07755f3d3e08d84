package archive_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ayni.example/sandbox/archive"
)

func root(tb testing.TB) (*os.Root, string) {
	tb.Helper()
	dir := tb.TempDir()
	r, err := os.OpenRoot(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = r.Close() })
	return r, dir
}

func TestRoundTrip(t *testing.T) {
	from, dir := root(t)
	for _, err := range []error{
		os.MkdirAll(dir+"/a/b", 0o755), os.WriteFile(dir+"/a/b/x", []byte("text"), 0o640), os.WriteFile(dir+"/a/empty", nil, 0o600),
		os.Symlink("b/x", dir+"/a/link"), syscall.Mkfifo(dir+"/a/pipe", 0o600), os.Symlink("/etc/passwd", dir+"/a/out"),
		os.WriteFile(dir+"/beside", []byte("x"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Remove(dir + "/a/out")
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := archive.Pack(t.Context(), from, "a", b, archive.Bounds{}); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir+"/a/b/x", time.Unix(5, 0), time.Unix(5, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same content gives other bytes")
	}
	to, at := root(t)
	if err := archive.Unpack(t.Context(), to, &first, nil, archive.Bounds{}); err != nil {
		t.Fatal(err)
	}
	var found []string
	_ = filepath.WalkDir(at, func(p string, _ fs.DirEntry, _ error) error {
		found = append(found, strings.TrimPrefix(p, at))
		return nil
	})
	if got := strings.Join(found, " "); got != " /b /b/x /empty /link" {
		t.Errorf("%q", got)
	}
	if text, err := os.ReadFile(at + "/link"); string(text) != "text" {
		t.Error(err)
	}
	if st, err := os.Stat(at + "/b/x"); err != nil || st.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", st, err)
	}
	var one bytes.Buffer
	if err := archive.Pack(t.Context(), from, "beside", &one, archive.Bounds{}); err != nil {
		t.Fatal(err)
	}
	if h, err := tar.NewReader(&one).Next(); err != nil || h.Name != "beside" {
		t.Errorf("%+v, %v", h, err)
	}
}

func pack(tb testing.TB, entries ...tar.Header) *bytes.Buffer {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		if h.Typeflag == tar.TypeReg {
			h.Size = 1
		}
		err := w.WriteHeader(&h)
		if err == nil && h.Typeflag == tar.TypeReg {
			_, err = w.Write([]byte("x"))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	_ = w.Close()
	return &b
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		entries []tar.Header
		want    error
	}{
		"climbs":        {[]tar.Header{{Typeflag: tar.TypeReg, Name: "../x"}}, archive.ErrUnsafe},
		"climbs within": {[]tar.Header{{Typeflag: tar.TypeReg, Name: "a/../../x"}}, archive.ErrUnsafe},
		"absolute":      {[]tar.Header{{Typeflag: tar.TypeReg, Name: "/x"}}, archive.ErrUnsafe},
		"link out":      {[]tar.Header{{Typeflag: tar.TypeSymlink, Name: "l", Linkname: "../x"}}, archive.ErrUnsafe},
		"absolute link": {[]tar.Header{{Typeflag: tar.TypeSymlink, Name: "l", Linkname: "/etc"}}, archive.ErrUnsafe},
		"too many": {[]tar.Header{
			{Typeflag: tar.TypeReg, Name: "a"}, {Typeflag: tar.TypeReg, Name: "b"}, {Typeflag: tar.TypeReg, Name: "c"}, {Typeflag: tar.TypeReg, Name: "d"},
		}, archive.ErrTooLarge},
		"deep": {[]tar.Header{{Typeflag: tar.TypeReg, Name: "a/b/c/d/e"}}, archive.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			to, dir := root(t)
			err := archive.Unpack(t.Context(), to, pack(t, c.entries...), nil, archive.Bounds{Bytes: 10, Entries: 3})
			if !errors.Is(err, c.want) {
				t.Error(err)
			}
			if _, err := os.Lstat(filepath.Dir(dir) + "/x"); err == nil {
				t.Error("it was written")
			}
		})
	}
	// A link that is there already leads out: what goes through it is refused.
	to, dir := root(t)
	outside := t.TempDir()
	if err := os.Symlink(outside, dir+"/l"); err != nil {
		t.Fatal(err)
	}
	if err := archive.Unpack(t.Context(), to, pack(t, tar.Header{Typeflag: tar.TypeReg, Name: "l/x"}), nil, archive.Bounds{}); err == nil {
		t.Error("it followed a link out")
	}
	if left, _ := os.ReadDir(outside); len(left) > 0 {
		t.Error("it was written")
	}
	from, dir := root(t)
	if err := os.WriteFile(dir+"/x", make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := archive.Pack(t.Context(), from, ".", new(bytes.Buffer), archive.Bounds{Bytes: 99}); !errors.Is(err, archive.ErrTooLarge) {
		t.Error(err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack(f, tar.Header{Typeflag: tar.TypeReg, Name: "a/b", Mode: 0o600}, tar.Header{Typeflag: tar.TypeSymlink, Name: "c", Linkname: "a"}).Bytes())
	f.Add(pack(f, tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: ".."}, tar.Header{Typeflag: tar.TypeReg, Name: "a/x"}).Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		outer := t.TempDir()
		if err := os.Mkdir(outer+"/in", 0o700); err != nil {
			t.Fatal(err)
		}
		to, err := os.OpenRoot(outer + "/in")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = to.Close() }()
		_ = archive.Unpack(t.Context(), to, bytes.NewReader(text), nil, archive.Bounds{Bytes: 1 << 16, Entries: 50})
		if left, err := os.ReadDir(outer); err != nil || len(left) != 1 {
			t.Fatalf("it wrote beside its folder: %v, %v", left, err)
		}
	})
}

// TestPackBounds: a tenant's folders are packed by the machine itself, and may be made to fill its memory.
func TestPackBounds(t *testing.T) {
	from, dir := root(t)
	at, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		err := at.Mkdir("d", 0o755)
		below, openErr := at.OpenRoot("d")
		if err = errors.Join(err, openErr, at.Close()); err != nil {
			t.Fatal(err)
		}
		at = below
	}
	_ = at.Close()
	if err := archive.Pack(t.Context(), from, ".", io.Discard, archive.Bounds{}); !errors.Is(err, archive.ErrTooLarge) {
		t.Errorf("300 folders, one in the other: %v", err)
	}
	wide, dir := root(t)
	for _, name := range []string{"a", "b", "c"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Pack(t.Context(), wide, ".", io.Discard, archive.Bounds{Entries: 2}); !errors.Is(err, archive.ErrTooLarge) {
		t.Errorf("3 files of 2: %v", err)
	}
}

// TestPackLinks: what is packed can be unpacked, whatever links a program has made.
func TestPackLinks(t *testing.T) {
	from, dir := root(t)
	for _, err := range []error{
		os.WriteFile(dir+"/x", []byte("text"), 0o600), os.Symlink("/data/x", dir+"/latest"), os.Symlink("../x", dir+"/up"), os.Symlink("x", dir+"/near"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := archive.Pack(t.Context(), from, ".", &b, archive.Bounds{}); err != nil {
		t.Fatal(err)
	}
	to, at := root(t)
	if err := archive.Unpack(t.Context(), to, &b, nil, archive.Bounds{}); err != nil {
		t.Fatal(err)
	}
	if link, err := os.Readlink(at + "/near"); err != nil || link != "x" {
		t.Errorf("the link that stays is %q: %v", link, err)
	}
}
