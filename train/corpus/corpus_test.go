package corpus_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"ayni.example/train/corpus"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func paths(files []corpus.File) []string {
	out := make([]string, 0, len(files))
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out
}

func TestGlobs(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.md": "a", "b.txt": "b", "sub/c.md": "c", "sub/deep/d.md": "d", "sub/deep/e.txt": "e", ".git/x.md": "x", ".hidden.md": "h",
		"bad.md": "\xff", "nul.md": "a\x00b", "empty.md": "", "large.md": strings.Repeat("l", 101),
	})
	for _, c := range []struct {
		include, exclude string
		want             string
	}{
		{"", "", "a.md b.txt sub/c.md sub/deep/d.md sub/deep/e.txt"},
		{"*.md", "", "a.md sub/c.md sub/deep/d.md"},
		{"sub/*.md", "", "sub/c.md"},
		{"sub/**/*.md", "", "sub/c.md sub/deep/d.md"},
		{"**/deep/**", "", "sub/deep/d.md sub/deep/e.txt"},
		{"*.md", "sub/**", "a.md"},
		{"**", "**/*.txt", "a.md sub/c.md sub/deep/d.md"},
		{"[ab].*", "", "a.md b.txt"},
	} {
		cfg := corpus.Config{Folder: dir, MaxBytes: 100}
		if c.include != "" {
			cfg.Include = []string{c.include}
		}
		if c.exclude != "" {
			cfg.Exclude = []string{c.exclude}
		}
		have, err := corpus.Read(cfg)
		if err != nil || !slices.Equal(paths(have.Train), strings.Fields(c.want)) {
			t.Errorf("include %q, exclude %q: %v, %v, want %s", c.include, c.exclude, have, err, c.want)
		}
		if c.include == "" && (have.LeftOut["not UTF-8 text"] != 2 || have.LeftOut["empty"] != 1 || have.LeftOut["larger than 100 bytes"] != 1) {
			t.Errorf("left out: %v", have.LeftOut)
		}
	}
	_, err := corpus.Read(corpus.Config{Folder: dir, MaxBytes: 100, Include: []string{"*.go"}})
	var empty *corpus.EmptyError
	if !errors.As(err, &empty) || !strings.Contains(err.Error(), "9 files left out: not asked for") {
		t.Errorf("nothing found: %v", err)
	}
}

// TestGlobsOfManyStarsAreNotSlow: the work is bounded by both lengths, whatever the glob.
func TestGlobsOfManyStarsAreNotSlow(t *testing.T) {
	deep := strings.Repeat("d/", 60)
	dir := folder(t, map[string]string{deep + "a.txt": "a", "b.txt": "b"})
	stars := strings.Repeat("**/d/**/", 20)
	have, err := corpus.Read(corpus.Config{Folder: dir, MaxBytes: 9, Include: []string{stars + "*.txt"}, Exclude: []string{stars + "**/none"}})
	if err != nil || !slices.Equal(paths(have.Train), []string{deep + "a.txt"}) {
		t.Errorf("%v, %v", have, err)
	}
}

func TestPipesAreNotText(t *testing.T) {
	dir := folder(t, map[string]string{"a": "x"})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Skip(err)
	}
	if have, err := corpus.Read(corpus.Config{Folder: dir, MaxBytes: 9}); err != nil || len(have.Train) != 1 {
		t.Errorf("%v, %v", have, err)
	}
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte(strings.Repeat("0", 64)+" pipe\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := corpus.Read(corpus.Config{Folder: dir, List: list, MaxBytes: 9}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a list that names a pipe: %v", err)
	}
	if _, err := corpus.Read(corpus.Config{Folder: dir, List: filepath.Join(dir, "pipe"), MaxBytes: 9}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a list that is a pipe: %v", err)
	}
}

// TestHeldOut compares with the rule computed another way: the digest of the path as a number in base 16.
func TestHeldOut(t *testing.T) {
	files := map[string]string{}
	for i := range 200 {
		files[fmt.Sprintf("d%d/f%d", i%7, i)] = "x"
	}
	dir := folder(t, files)
	have, err := corpus.Read(corpus.Config{Folder: dir, MaxBytes: 9, HeldOut: 7})
	if err != nil || len(have.Train)+len(have.Held) != 200 || len(have.Held) < 10 || len(have.Held) > 60 {
		t.Fatalf("%d and %d files, %v", len(have.Train), len(have.Held), err)
	}
	for _, f := range append(have.Train, have.Held...) {
		rest := 0
		for _, digit := range fmt.Sprintf("%x", sha256.Sum256([]byte(f.Path))) {
			rest = (rest*16 + strings.IndexRune("0123456789abcdef", digit)) % 7
		}
		if (rest == 0) != slices.Contains(paths(have.Held), f.Path) {
			t.Errorf("%s is on the wrong side", f.Path)
		}
	}
}

func TestLists(t *testing.T) {
	dir := folder(t, map[string]string{"a": "// Copyright 2020 X\n// y\n\npackage a\n", "b/c": "text", "b/d": "// note\n\nmore"})
	sum := func(name string) string {
		raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%x", sha256.Sum256(raw))
	}
	read := func(list string) (*corpus.Corpus, error) {
		name := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(name, []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		return corpus.Read(corpus.Config{Folder: dir, List: name, MaxBytes: 100, Strip: true})
	}
	good := fmt.Sprintf("# list\n%s  train  b/d\n\nsha256:%s a\n%s held b/c\n", sum("b/d"), sum("a"), sum("b/c"))
	have, err := read(good)
	if err != nil || !slices.Equal(paths(have.Train), []string{"b/d", "a"}) || !slices.Equal(paths(have.Held), []string{"b/c"}) {
		t.Fatalf("%+v, %v", have, err)
	}
	if have.Train[1].Text != "package a\n" || have.Train[0].Text != "// note\n\nmore" {
		t.Errorf("stripped texts are %q", have.Train)
	}
	again, err := read(strings.Replace(good, "held", "train", 1))
	if err != nil || again.Digest == have.Digest {
		t.Errorf("another split has the same digest (%v)", err)
	}
	for bad, want := range map[string]string{
		strings.Replace(good, sum("a"), sum("b/c"), 1): "the list says sha256:" + sum("b/c"),
		"x y": ":1: no SHA-256 digest", "": "names no files",
		good + sum("a") + " a\n":  ":6: a stands twice",
		sum("a") + " train ../a":  "no path below the folder",
		sum("a") + " /etc/passwd": "no path below the folder",
		sum("a") + " train  gone": "no such file",
	} {
		if _, err := read(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", bad, err, want)
		}
	}
}

func bytesOf(text string) []int32 {
	out := make([]int32, len(text))
	for i := range text {
		out[i] = int32(text[i])
	}
	return out
}

func TestJoin(t *testing.T) {
	files := []corpus.File{{Text: "\x01\x02"}, {Text: "\x03"}}
	if s := corpus.Join(files, bytesOf, corpus.Marks{Start: 9, End: 9}); !slices.Equal(s.Tokens, []int32{9, 1, 2, 9, 3, 9}) {
		t.Errorf("one mark: %v", s.Tokens)
	}
	if s := corpus.Join(files, bytesOf, corpus.Marks{Start: 8, End: 9}); !slices.Equal(s.Tokens, []int32{8, 1, 2, 9, 8, 3, 9}) {
		t.Errorf("two marks: %v", s.Tokens)
	}
}

// TestOrder: every epoch has every window once, and the order depends on seed and epoch alone.
func TestOrder(t *testing.T) {
	const length = 10
	var s corpus.Stream
	for i := range 1003 {
		s.Tokens = append(s.Tokens, int32(i))
	}
	a, err := corpus.NewOrder(s, 5, length)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := corpus.NewOrder(s, 5, length)
	c, _ := corpus.NewOrder(s, 6, length)
	n := a.Epoch()
	if n != 99 {
		t.Errorf("%d windows in an epoch", n)
	}
	differ, offsets := 0, map[int32]bool{}
	for epoch := range 5 {
		seen := map[int32]bool{}
		for i := range n {
			w := a.Window(uint64(epoch*n + i))
			if len(w) != length+1 || w[length] != w[0]+length {
				t.Fatalf("window %v", w)
			}
			seen[w[0]/length] = true
			offsets[w[0]%length] = true
			if c.Window(uint64(epoch*n + i))[0] != w[0] {
				differ++
			}
		}
		if len(seen) < n { // windows do not overlap, so their tenths differ
			t.Errorf("epoch %d saw %d windows of %d", epoch, len(seen), n)
		}
	}
	if differ < 4*n || len(offsets) < 3 {
		t.Errorf("%d windows differ between seeds, %d offsets", differ, len(offsets))
	}
	for _, i := range []uint64{490, 3, 200, 491, 0} { // in any order
		if !slices.Equal(a.Window(i), b.Window(i)) {
			t.Errorf("window %d depends on what was asked before", i)
		}
	}
	var short *corpus.ShortError
	if _, err := corpus.NewOrder(corpus.Stream{Tokens: s.Tokens[:10]}, 1, 10); !errors.As(err, &short) {
		t.Errorf("too short: %v", err)
	}
	if one, err := corpus.NewOrder(corpus.Stream{Tokens: s.Tokens[:11]}, 1, 10); err != nil || one.Epoch() != 1 || one.Window(7)[0] != 0 {
		t.Errorf("one window: %v, %v", one, err)
	}
}

func TestShuffle(t *testing.T) {
	files := make([]corpus.File, 0, 50)
	for i := range 50 {
		files = append(files, corpus.File{Path: fmt.Sprint(i)})
	}
	a, b := paths(corpus.Shuffle(files, 1)), paths(corpus.Shuffle(files, 2))
	if slices.Equal(a, b) || slices.Equal(a, paths(files)) {
		t.Error("not shuffled")
	}
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(a, b) || len(slices.Compact(a)) != 50 {
		t.Error("files were lost")
	}
}

func FuzzList(f *testing.F) {
	f.Add(strings.Repeat("0", 64)+" train a\n# x\n", 20)
	f.Add("sha256:"+strings.Repeat("F", 64)+" held ../x", -1)
	f.Fuzz(func(t *testing.T, text string, oneIn int) {
		list, err := corpus.ParseList(text, oneIn)
		if (err == nil) != (len(list) > 0) {
			t.Fatalf("%d files and the error %v", len(list), err)
		}
		for _, path := range list {
			if !fs.ValidPath(path) {
				t.Errorf("accepted the path %q", path)
			}
		}
	})
}
