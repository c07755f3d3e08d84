package oci_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/sandbox/oci"
)

// tarOf writes entries; the text of a file stands in its Linkname.
func tarOf(tb testing.TB, entries ...tar.Header) *bytes.Buffer {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		text := ""
		if h.Typeflag == tar.TypeReg {
			text, h.Linkname = h.Linkname, ""
			h.Size = int64(len(text))
		}
		if err := w.WriteHeader(&h); err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return &b
}

func file(name, text string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Linkname: text}
}

func folder(name string) tar.Header {
	return tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}
}

func symlink(name, to string) tar.Header {
	return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to}
}

func hardlink(name, to string) tar.Header {
	return tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: to}
}

// tree is what a folder holds: text of files, where links lead, "/" of folders.
func tree(tb testing.TB, dir string) map[string]string {
	tb.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		switch {
		case d.IsDir():
			all[name] = "/"
		case d.Type() == fs.ModeSymlink:
			to, err := os.Readlink(path)
			all[name] = "-> " + to
			return err
		case d.Type().IsRegular():
			text, err := os.ReadFile(path)
			all[name] = string(text)
			return err
		default:
			all[name] = d.Type().String()
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func TestUnpack(t *testing.T) {
	for _, c := range []struct {
		name   string
		layers [][]tar.Header
		want   map[string]string // "" means that it is not there
	}{
		{"files and folders", [][]tar.Header{{folder("a/"), file("a/b", "1"), file("./c/d", "2"), file("/e", "3")}}, map[string]string{"a/b": "1", "c/d": "2", "e": "3"}},
		{"later layers win", [][]tar.Header{{file("a", "1"), file("b/c", "1")}, {file("a", "2"), file("b", "2")}}, map[string]string{"a": "2", "b": "2", "b/c": ""}},
		{"whiteout", [][]tar.Header{{file("a/b", "1"), file("a/c", "1")}, {file("a/.wh.b", "")}}, map[string]string{"a/b": "", "a/c": "1", "a/.wh.b": ""}},
		{"whiteout of a folder", [][]tar.Header{{file("a/b/c", "1")}, {file("a/.wh.b", "")}}, map[string]string{"a": "/", "a/b": ""}},
		{"whiteout spares its own layer", [][]tar.Header{{file("a", "1")}, {file("a", "2"), file(".wh.a", "")}}, map[string]string{"a": "2"}},
		{"opaque", [][]tar.Header{{file("a/b", "1"), file("a/c/d", "1")}, {file("a/e", "2"), file("a/.wh..wh..opq", ""), file("a/f", "2")}}, map[string]string{"a/b": "", "a/c": "", "a/e": "2", "a/f": "2"}},
		{"whiteout climbs", [][]tar.Header{{file("a/b", "1")}, {file("a/.wh...", ""), file(".wh..", "")}}, map[string]string{"a/b": "1"}},
		{"links inside", [][]tar.Header{{file("usr/lib/x", "1"), symlink("lib", "usr/lib"), symlink("abs", "/usr/lib")}, {file("lib/y", "2"), file("abs/z", "3")}}, map[string]string{"usr/lib/y": "2", "usr/lib/z": "3", "lib": "-> usr/lib"}},
		{"a link that climbs stays inside", [][]tar.Header{{symlink("up", "../../../.."), file("up/x", "1")}}, map[string]string{"x": "1"}},
		{"a link to a folder to come", [][]tar.Header{{symlink("run", "/var/run"), file("run/x", "1")}}, map[string]string{"var/run/x": "1"}},
		{"a file replaces a link", [][]tar.Header{{symlink("a", "/etc/passwd")}, {file("a", "1")}}, map[string]string{"a": "1"}},
		{"a folder replaces a link", [][]tar.Header{{symlink("a", "/etc")}, {folder("a"), file("a/b", "1")}}, map[string]string{"a/b": "1", "etc": ""}},
		{"hard link", [][]tar.Header{{file("a", "1"), hardlink("b", "a"), hardlink("c/d", "/a")}}, map[string]string{"b": "1", "c/d": "1"}},
		{"devices and pipes", [][]tar.Header{{{Typeflag: tar.TypeBlock, Name: "sda", Devmajor: 8}, {Typeflag: tar.TypeChar, Name: "mem"}, {Typeflag: tar.TypeFifo, Name: "p"}}}, map[string]string{"sda": "", "mem": "", "p": ""}},
		{"mount points are folders", [][]tar.Header{{symlink("proc", "/etc"), symlink("out", "../../../out"), file("in", "1")}}, map[string]string{"proc": "/", "out": "/", "in": "/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "root")
			layers := make([]io.Reader, 0, len(c.layers))
			for _, l := range c.layers {
				layers = append(layers, tarOf(t, l...))
			}
			if err := oci.Unpack(dir, 1<<20, 100, layers...); err != nil {
				t.Fatal(err)
			}
			got := tree(t, dir)
			for name, text := range c.want {
				if got[name] != text {
					t.Errorf("%s is %q, not %q", name, got[name], text)
				}
			}
		})
	}
}

func TestUnpackRefused(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("of the host"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, entries := range map[string][]tar.Header{
		"climbs":            {file("../x", "1")},
		"climbs inside":     {file("a/../../x", "1")},
		"folder climbs":     {folder("..")},
		"link to the host":  {hardlink("a", outside)},
		"link climbs":       {hardlink("a", "../../../../../../.."+outside)},
		"link by a link":    {symlink("etc", filepath.Dir(outside)), hardlink("a", "etc/outside")},
		"link to a link":    {symlink("l", outside), hardlink("a", "l")},
		"links for ever":    {symlink("a", "b"), symlink("b", "a"), file("a/x", "1")},
		"below a file":      {file("a", "1"), file("a/b", "2")},
		"long name":         {file(strings.Repeat("x", 300), "")},
		"long path":         {file(strings.Repeat("x/", 3000)+"x", "")},
		"too many bytes":    {file("a", strings.Repeat("x", 600)), file("b", strings.Repeat("x", 600))},
		"too many files":    {folder("a"), folder("b"), folder("c"), folder("d"), folder("e"), folder("f"), folder("g"), folder("h"), folder("i"), folder("j"), folder("k")},
		"deep":              {folder("a/b/c/d/e/f/g/h/i/j/k")},
		"again and again":   append(make([]tar.Header, 0, 50), repeat(file("a", ""), 45)...),
		"replaced for ever": repeat(file("a", strings.Repeat("x", 300)), 4),
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			err := oci.Unpack(filepath.Join(parent, "root"), 1000, 10, tarOf(t, entries...))
			if err == nil {
				t.Error("it was unpacked")
			}
			if left, _ := os.ReadDir(parent); len(left) != 1 {
				t.Errorf("beside the image there is %v", left)
			}
		})
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "of the host" {
		t.Errorf("the host's file is %q, %v", text, err)
	}
	err := oci.Unpack(filepath.Join(t.TempDir(), "root"), 1000, 10, io.MultiReader(tarOf(t, file("a", "1")), endlessReader{}))
	if err == nil || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("an archive without an end: %v", err)
	}
	err = oci.Unpack(filepath.Join(t.TempDir(), "root"), 1000, 10, tarOf(t, file("../x", "1")))
	if !errors.Is(err, oci.ErrEscape) {
		t.Errorf("a path that climbs: %v", err)
	}
}

func repeat(h tar.Header, n int) []tar.Header {
	all := make([]tar.Header, n)
	for i := range all {
		all[i] = h
	}
	return all
}

// TestUnpackModes drops what gives somebody another's rights.
func TestUnpackModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "root")
	h := file("a", "1")
	h.Mode, h.Uid, h.Gid = 0o6755, 1000, 1000
	if err := oci.Unpack(dir, 1000, 10, tarOf(t, h)); err != nil {
		t.Fatal(err)
	}
	st, err := os.Lstat(filepath.Join(dir, "a"))
	if err != nil || st.Mode() != 0o755 {
		t.Errorf("the mode is %v, %v", st.Mode(), err)
	}
}

// FuzzUnpack holds that nothing is made outside the image's folder, and that bounds hold inside.
func FuzzUnpack(f *testing.F) {
	f.Add(tarOf(f, folder("a/"), file("a/b", "1"), symlink("c", "../a"), file("c/d", "2"), hardlink("e", "a/b")).Bytes())
	f.Add(tarOf(f, symlink("a", "/"), file("a/b", "1"), file(".wh.a", ""), file(".wh..wh..opq", "")).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "root")
		_ = oci.Unpack(dir, 4096, 32, bytes.NewReader(data))
		if left, err := os.ReadDir(parent); err != nil || len(left) != 1 {
			t.Fatalf("beside the image there is %v, %v", left, err)
		}
		size := 0
		for _, text := range tree(t, dir) {
			size += len(text)
		}
		if size > 4096*32 {
			t.Fatalf("the image holds %d bytes", size)
		}
	})
}
