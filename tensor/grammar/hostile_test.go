package grammar_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"ayni.example/tensor/grammar"
)

// TestHostile compiles sources of nearly the largest size that are made to cost much: each must end soon, in little memory.
func TestHostile(t *testing.T) {
	const size = 1 << 20
	schema := func(text string) func() error {
		return func() error { _, err := grammar.FromSchema([]byte(text)); return err }
	}
	parse := func(text string) func() error {
		return func() error { _, err := grammar.Parse(text); return err }
	}
	var members, names, chain strings.Builder
	members.WriteString(`{"$comment":{"":0`)
	for i := 0; members.Len() < size-32; i++ {
		fmt.Fprintf(&members, `,"%x":0`, i)
	}
	members.WriteString("}}")
	names.WriteString(`{"type":"object","properties":{"":true`)
	for i := range 30000 {
		fmt.Fprintf(&names, `,"%x":true`, i)
	}
	names.WriteString(`},"required":[""`)
	for i := range 30000 {
		fmt.Fprintf(&names, `,"%x"`, i)
	}
	names.WriteString("]}")
	chain.WriteString("root::=\"a\"r0\nr0::=\"\"\n")
	for i := 0; chain.Len() < size-64; i++ {
		fmt.Fprintf(&chain, "r%d::=\"a\"r%d\n", i+1, i)
	}
	for _, c := range []struct {
		name  string
		run   func() error
		large bool
	}{
		{"many keys", schema(members.String()), false},
		{"many required", schema(names.String()), true},
		{"long chain", parse(chain.String()), false},
		{"repetitions side by side", parse("root ::= " + strings.Repeat(`"a"{4096}`, size/10)), true},
		{"repetitions in parentheses", parse("root ::= " + strings.Repeat(`("a"{4096})`, size/12)), true},
		{"repetitions in a pattern", schema(`{"type":"string","pattern":"^` + strings.Repeat("a{1000}", 3000) + `$"}`), true},
		{"long constant", schema(`{"const":"` + strings.Repeat("a", size-64) + `"}`), true},
		{"many constants", schema(`{"enum":["` + strings.Repeat(`a","`, size/5) + `"]}`), true},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		err := c.run()
		spent := time.Since(start)
		runtime.ReadMemStats(&after)
		if errors.Is(err, grammar.ErrTooLarge) != c.large || !c.large && err != nil {
			t.Errorf("%s: %v, want too large: %v", c.name, err, c.large)
		}
		allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
		t.Logf("%s: %v, %d MiB", c.name, spent, allocated)
		if spent > 5*time.Second || allocated > 512 {
			t.Errorf("%s took %v and %d MiB", c.name, spent, allocated)
		}
	}
}

// TestManyReadings follows a text that a grammar reads in many ways: each token must be found in little work.
func TestManyReadings(t *testing.T) {
	several := func(n int) *grammar.Grammar {
		same := strings.TrimSuffix(strings.Repeat(`{"type":"string","maxLength":200},`, n), ",")
		g, err := grammar.FromSchema([]byte(`{"anyOf":[` + same + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	pieces := []string{`"`}
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			pieces = append(pieces, string(a)+string(b), string(a)+string(b)+"xyz")
		}
	}
	v := grammar.NewVocabulary(len(pieces), func(id int32) []byte { return []byte(pieces[id]) }, nil)
	begin := func(g *grammar.Grammar) *grammar.Matcher {
		m, err := g.Start(v)
		if err == nil {
			err = m.Accept(0)
		}
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if _, err := begin(several(200)).Allowed(); !errors.Is(err, grammar.ErrAmbiguous) {
		t.Errorf("200 readings of every string: %v", err)
	}
	m := begin(several(20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const steps = 8
	for i := range steps {
		mask, err := m.Allowed()
		if err != nil || mask[0]&2 == 0 {
			t.Fatalf("step %d: %v, %b", i, err, mask)
		}
		if err := m.Accept(1); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	// Each step follows some 2,000 bytes of tokens on 20 strings.
	if n := (after.Mallocs - before.Mallocs) / steps; n > 4000 {
		t.Errorf("%d allocations in a step", n)
	}
}
