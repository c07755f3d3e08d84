package grammar_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ayni.example/tensor/grammar"
)

// vocabulary has every byte, a few longer tokens, and an end token.
func vocabulary() (*grammar.Vocabulary, [][]byte, int32) {
	pieces := make([][]byte, 256, 300)
	for b := range pieces {
		pieces[b] = []byte{byte(b)}
	}
	for _, s := range []string{`{"`, `":`, `",`, `"}`, `": "`, `true`, `null`, "12", "[[", "é", "日本", "\xe6\x97", `\"`, "\n  ", "ab"} {
		pieces = append(pieces, []byte(s))
	}
	end := int32(len(pieces))
	pieces = append(pieces, nil)
	return grammar.NewVocabulary(len(pieces), func(id int32) []byte { return pieces[id] }, []int32{end}), pieces, end
}

// matches reads a text byte by byte; each must be among the allowed tokens.
func matches(t *testing.T, g *grammar.Grammar, text string) bool {
	t.Helper()
	v, _, end := vocabulary()
	m, err := g.Start(v)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(text) {
		mask, err := m.Allowed()
		if err != nil {
			t.Fatal(err)
		}
		allowed := mask[text[i]/64]>>(text[i]%64)&1 != 0
		if err = m.Accept(int32(text[i])); (err == nil) != allowed {
			t.Fatalf("byte %d of %q: allowed %v, accepted %v", i, text, allowed, err)
		}
		if !allowed {
			return false
		}
	}
	done := m.Done()
	if err = m.Accept(end); (err == nil) != done {
		t.Fatalf("%q: done %v, end %v", text, done, err)
	}
	return done
}

func TestParse(t *testing.T) {
	const arithmetic = `
# sums, nested
root  ::= term ([-+] term)*
term  ::= number | "(" root ")"   # round
number ::= [0-9]+ ("." [0-9]{1,2})?
`
	for _, c := range []struct {
		source  string
		yes, no []string
	}{
		{arithmetic, []string{"1", "12+(3-4.5)", "((7))"}, []string{"", "1+", "(1", "1.", "1.234", "a"}},
		{`root ::= "é" [а-я]{2} .`, []string{"éжя!", "éжя日"}, []string{"eжя!", "éжя", "éжzz"}},
		{`root ::= [^"\n]*`, []string{"", "abc", "日本語"}, []string{`a"`, "a\nb"}},
		{`root ::= ("a" | "ab") "c"`, []string{"ac", "abc"}, []string{"ab", "abbc"}},
		{"root ::= a |\n b\na ::= \"x\"\nb ::= \"y\" b | \"z\"", []string{"x", "z", "yyz"}, []string{"y", "xz"}},
		{`root ::= "\x41\u00e9\U0001F600\\\""`, []string{`Aé😀\"`}, []string{"A"}},
		{`root ::= [a\]-]+`, []string{"a]-"}, []string{"b"}},
		{`root ::= "x"{3}`, []string{"xxx"}, []string{"xx", "xxxx"}},
		{`root ::= "x"{2,}`, []string{"xx", "xxxxx"}, []string{"x"}},
	} {
		g, err := grammar.Parse(c.source)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		for _, text := range c.yes {
			if !matches(t, g, text) {
				t.Errorf("%s: %q does not match", c.source, text)
			}
		}
		for _, text := range c.no {
			if matches(t, g, text) {
				t.Errorf("%s: %q matches", c.source, text)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"":                            `no rule named "root"`,
		"root := \"a\"":               "want ::=",
		"root ::= other":              "used and not defined",
		"root ::= \"a":                "not closed",
		"root ::= [a":                 "not closed",
		"root ::= (\"a\"":             "not closed",
		"root ::= [z-a]":              "descending",
		"root ::= \"\\q\"":            "escape",
		"root ::= \"\\uD800\"":        "not a character",
		"root ::= \"a\"{5,2}":         "out of range",
		"root ::= \"a\"{99999}":       "out of range",
		"root ::= \"a\"{x}":           "repetition",
		"root ::= root \"a\" | \"b\"": "left recursion",
		"root ::= a\na ::= b? a | \"c\"\nb ::= \"x\"": "left recursion",
		"root ::= \"a\" root":                         "no text at all",
		"root ::= \"a\"\nroot ::= \"b\"":              "twice",
		"root ::= \"a\" ;":                            "not expected",
		"root ::= \xff":                               "UTF-8",
		"root ::= " + strings.Repeat("(", 99) + "\"a\"" + strings.Repeat(")", 99): "nest",
		"root ::= " + strings.Repeat("\"abc\"{4000} ", 100):                       "too large",
	} {
		if _, err := grammar.Parse(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: error %v, want %q", source, err, want)
		}
	}
}

// TestHostileGrammars have exponentially many readings: the matcher says so, soon.
func TestHostileGrammars(t *testing.T) {
	var deep strings.Builder
	deep.WriteString("root ::= r0\n")
	for i := range 40 {
		fmt.Fprintf(&deep, "r%d ::= r%d r%d | \"x\"?\n", i, i+1, i+1)
	}
	deep.WriteString("r40 ::= \"x\"?\n")
	readings := "root ::= " + strings.Repeat(`("a"* | "b") `, 30) + "\n"
	for name, source := range map[string]string{"empty parts": deep.String(), "many readings": readings} {
		g, err := grammar.Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		v, _, _ := vocabulary()
		m, err := g.Start(v)
		for i := 0; err == nil && i < 200; i++ {
			if _, err = m.Allowed(); err == nil {
				err = m.Accept(int32("xa"[i%2]))
			}
			if err != nil && !errors.Is(err, grammar.ErrAmbiguous) {
				break // the text ended; what counts is that it came to an end
			}
		}
	}
}

// TestLongText follows more text than the table of stacks holds at once.
func TestLongText(t *testing.T) {
	g, err := grammar.Parse("root ::= item*\nitem ::= \"(\" item* \")\"")
	if err != nil {
		t.Fatal(err)
	}
	v, _, end := vocabulary()
	m, err := g.Start(v)
	if err != nil {
		t.Fatal(err)
	}
	for range 400 {
		for _, c := range strings.Repeat("(", 900) + strings.Repeat(")", 900) {
			if err := m.Accept(c); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := m.Accept(end); err != nil {
		t.Fatal(err)
	}
	if err := m.Accept('('); err == nil {
		t.Error("a text went on after its end")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`root ::= "a" [b-z]* (x | y){1,3}` + "\nx ::= .\ny ::= root")
	f.Fuzz(func(t *testing.T, source string) {
		g, err := grammar.Parse(source)
		if err != nil {
			return
		}
		follow(t, g, source)
	})
}

// follow walks a grammar along arbitrary bytes: no panic, and Allowed agrees with Accept.
func follow(t *testing.T, g *grammar.Grammar, text string) {
	t.Helper()
	v, _, _ := vocabulary()
	m, err := g.Start(v)
	for i := 0; err == nil && i < min(len(text), 20); i++ {
		var mask []uint64
		if mask, err = m.Allowed(); err != nil {
			break
		}
		allowed := mask[text[i]/64]>>(text[i]%64)&1 != 0
		if err = m.Accept(int32(text[i])); (err == nil) != allowed && !errors.Is(err, grammar.ErrAmbiguous) {
			t.Fatalf("byte %d of %q: allowed %v, accepted %v", i, text, allowed, err)
		}
	}
}
