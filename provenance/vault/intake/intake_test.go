package intake_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/provenance/vault/intake"
)

func write(tb testing.TB, name, text string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// taken is all that a plan gives, by name.
func taken(tb testing.TB, p *intake.Plan) map[string]string {
	tb.Helper()
	got := map[string]string{}
	for _, part := range p.Parts() {
		r, err := part.Open()
		if err != nil {
			tb.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			tb.Fatal(err)
		}
		got[part.Name] = string(text)
	}
	return got
}

const box = `From a@example.org Mon Jan  5 10:00:00 2026
Date: Mon, 5 Jan 2026 10:00:00 +0000
Subject: one

>From the start of a line within a message
>From is quoted

From b@example.org Tue Feb  3 10:00:00 2026
Subject: by its envelope

two

From c@example.org
date: Wed, 7 Jan 2026 10:00:00 +0000

three
From not after a blank line

From nobody
Subject: undated

four
`

// TestSources takes each kind apart and gives all of it back.
func TestSources(t *testing.T) {
	for _, test := range []struct {
		name, text string
		columns    []string
		want       map[string]string
	}{
		{"t.csv", "name,age\n\"a,b\",3\nc,4\n", nil, map[string]string{"t.csv": "name,age\n\"a,b\",3\nc,4\n"}},
		{"t.csv", "name,age\n\"a,b\",3\nc,4\n", []string{"age"}, map[string]string{"t.csv": "age\n3\n4\n"}},
		{"e.json", `{"a": [1,{"x":"}"}], "b/c" :null,"":"t"}`, nil, map[string]string{"a.json": `[1,{"x":"}"}]`, "b_c.json": "null", "_.json": `"t"`}},
		{"e.json", ` [1,2]`, nil, map[string]string{"e.json": " [1,2]"}},
	} {
		p, err := intake.New(write(t, test.name, test.text), test.columns)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got := taken(t, p); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%q: %v, want %v", test.text, got, test.want)
		}
	}
	p, err := intake.New(write(t, "m.mbox", box), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, counts := taken(t, p), map[string]int64{}
	for _, piece := range p.Pieces {
		counts[piece.Name] = piece.Count
		if piece.Size != int64(len(got[piece.Name])) {
			t.Errorf("%s: %d bytes, said %d", piece.Name, len(got[piece.Name]), piece.Size)
		}
	}
	if fmt.Sprint(counts) != "map[2026-01.mbox:2 2026-02.mbox:1 undated.mbox:1]" || p.Size() != int64(len(box)) {
		t.Errorf("%v, %d bytes of %d", counts, p.Size(), len(box))
	}
	if january := got["2026-01.mbox"]; !strings.Contains(january, "one") || !strings.Contains(january, "not after") || strings.Contains(january, "two") {
		t.Errorf("january: %s", january)
	}
}

// TestColumns says what a table holds before it is taken.
func TestColumns(t *testing.T) {
	p, err := intake.New(write(t, "t.csv", "who,mail,phone,n,mixed,none\nAda,a@example.org,+44 20 7946 0000,1.5,3,\nBob,b@example.org,020 7946 0001,2,x,\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	looks := make([]string, 0, len(p.Pieces[0].Columns))
	for _, c := range p.Pieces[0].Columns {
		looks = append(looks, c.Looks)
	}
	if got := strings.Join(looks, " "); got != "text mail phone number text " || p.Pieces[0].Count != 2 {
		t.Errorf("%q, %d rows", got, p.Pieces[0].Count)
	}
}

// TestFolder takes files and says what it leaves.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "a"), 0o700), os.WriteFile(filepath.Join(dir, "a", "x.txt"), []byte("x"), 0o600),
		os.WriteFile(filepath.Join(dir, "y"), nil, 0o600), os.Symlink("/etc/passwd", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	p, err := intake.New(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(taken(t, p)); got != "map[a/x.txt:x y:]" || len(p.Skipped) != 1 || p.Skipped[0].Name != "link" {
		t.Errorf("%s, %v", got, p.Skipped)
	}
}

// TestSourceRefused names what is wrong, and notices a change between the look and the import.
func TestSourceRefused(t *testing.T) {
	for name, test := range map[string]struct {
		file, text string
		columns    []string
	}{
		"ending":           {"x.exe", "x", nil},
		"ragged table":     {"x.csv", "a,b\n1\n", nil},
		"empty table":      {"x.csv", "", nil},
		"no such column":   {"x.csv", "a,b\n", []string{"c"}},
		"columns of json":  {"x.json", "{}", []string{"c"}},
		"cut json":         {"x.json", `{"a":1`, nil},
		"two values":       {"x.json", `{"a":1} 2`, nil},
		"member twice":     {"x.json", `{"a":1,"a":2}`, nil},
		"empty object":     {"x.json", `{}`, nil},
		"deep json":        {"x.json", strings.Repeat("[", 300), nil},
		"no mailbox":       {"x.mbox", "Hello\n", nil},
		"quoted csv break": {"x.csv", "a\n\"b", nil},
	} {
		if _, err := intake.New(write(t, test.file, test.text), test.columns); !errors.Is(err, intake.ErrSource) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := write(t, "x.json", `{"a":1}`)
	p, err := intake.New(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"a":12345}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Parts()[0].Open(); !errors.Is(err, intake.ErrSource) {
		t.Errorf("a file that changed: %v", err)
	}
}

// FuzzSource never panics, and what it takes is within what there was.
func FuzzSource(f *testing.F) {
	f.Add(0, box)
	f.Add(1, "a,b\n1,2\n")
	f.Add(2, `{"a":[1],"b":"c"}`)
	f.Fuzz(func(t *testing.T, kind int, text string) {
		ending := []string{".mbox", ".csv", ".json"}[uint(kind)%3]
		p, err := intake.New(write(t, "x"+ending, text), nil)
		if err != nil {
			return
		}
		total := 0
		for _, got := range taken(t, p) {
			total += len(got)
		}
		if total > len(text) {
			t.Errorf("%d bytes out of %d", total, len(text))
		}
	})
}
