package grammar

import (
	"errors"
	"fmt"
)

// Bounds on a grammar; far above any that a person writes.
const (
	maxSource  = 1 << 20 // bytes of a grammar or schema
	maxSymbols = 1 << 18 // symbols of all rules
	maxRepeat  = 4096    // copies that one {m,n} unfolds into
	maxNesting = 64      // parentheses, or levels of a schema
)

// ErrTooLarge says that a grammar or schema needs more rules than the bounds allow.
var ErrTooLarge = errors.New("the grammar is too large")

// Grammar is compiled and immutable; matchers share it.
type Grammar struct {
	rules   []rule
	symbols []symbol // of all alternatives, each ended by stop
	root    int
}

// Size is the number of symbols, to which the memory of a grammar is proportional.
func (g *Grammar) Size() int { return len(g.symbols) }

// rule is a choice of alternatives: where each begins in symbols.
type rule []int

// symbol is one position of an alternative: a set of bytes, a rule, or the end.
type symbol struct {
	kind kind
	rule int
	set  byteSet
}

type kind uint8

const (
	stop kind = iota
	terminal
	reference
)

// byteSet holds bytes.
type byteSet [4]uint64

func (s *byteSet) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }
func (s *byteSet) add(lo, hi byte) {
	for b := int(lo); b <= int(hi); b++ {
		s[b>>6] |= 1 << (b & 63)
	}
}

// builder adds rules; the first error stays.
type builder struct {
	g      Grammar
	copies int // that repetitions have made, most of which are not yet part of a rule
	err    error
}

func (b *builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}

// reserve makes a rule that is defined later.
func (b *builder) reserve() int {
	b.g.rules = append(b.g.rules, nil)
	return len(b.g.rules) - 1
}

// define gives a reserved rule its alternatives.
func (b *builder) define(id int, alternatives ...[]symbol) {
	for _, alt := range alternatives {
		if len(b.g.symbols)+len(alt)+1 > maxSymbols {
			if b.err == nil {
				b.err = ErrTooLarge
			}
			return
		}
		b.g.rules[id] = append(b.g.rules[id], len(b.g.symbols))
		b.g.symbols = append(append(b.g.symbols, alt...), symbol{})
	}
}

// choice is a new rule as one symbol; a choice of one alternative stays inline.
func (b *builder) choice(alternatives ...[]symbol) []symbol {
	if len(alternatives) == 1 {
		return alternatives[0]
	}
	id := b.reserve()
	b.define(id, alternatives...)
	return ref(id)
}

func ref(id int) []symbol { return []symbol{{kind: reference, rule: id}} }

// literal is a text, byte for byte.
func literal(text string) []symbol {
	out := make([]symbol, len(text))
	for i := range len(text) {
		out[i].kind = terminal
		out[i].set.add(text[i], text[i])
	}
	return out
}

func join(parts ...[]symbol) []symbol {
	var out []symbol
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// unbounded is the upper end of a repetition without one.
const unbounded = -1

// repeat is item{low,high}. Optional copies nest to the right, so a match never has to guess.
func (b *builder) repeat(item []symbol, low, high int) []symbol {
	if low < 0 || low > maxRepeat || high > maxRepeat || (high != unbounded && high < low) {
		b.fail("repetition {%d,%d} is out of range: 0 to %d, ascending", low, high, maxRepeat)
		return nil
	}
	if b.copies += max(low, high); b.copies > maxSymbols {
		if b.err == nil {
			b.err = ErrTooLarge
		}
		return nil
	}
	if len(item) > 1 {
		id := b.reserve()
		b.define(id, item)
		item = ref(id)
	}
	var out []symbol
	for range low {
		out = append(out, item...)
	}
	if high == unbounded {
		id := b.reserve()
		b.define(id, join(item, ref(id)), nil)
		return append(out, ref(id)...)
	}
	var tail []symbol
	for range high - low {
		id := b.reserve()
		b.define(id, join(item, tail), nil)
		tail = ref(id)
	}
	return append(out, tail...)
}

// finish checks the whole and hands it over.
func (b *builder) finish(root int) (*Grammar, error) {
	if b.err != nil {
		return nil, b.err
	}
	b.g.root = root
	if err := b.g.check(); err != nil {
		return nil, err
	}
	return &b.g, nil
}

// check refuses left recursion, which a matcher that expands from the left cannot end, and
// rules that can never be completed.
func (g *Grammar) check() error {
	empty, productive := g.fixpoint(false), g.fixpoint(true)
	if !productive[g.root] {
		return errors.New("the grammar matches no text at all")
	}
	state := make([]uint8, len(g.rules)) // 1 in progress, 2 done
	var visit func(id, depth int) error
	visit = func(id, depth int) error {
		if depth > maxDepth {
			return fmt.Errorf("rules begin with rules deeper than %d", maxDepth)
		}
		if state[id] == 1 {
			return fmt.Errorf("rule %d refers to itself before it reads anything (left recursion)", id)
		}
		if state[id] == 2 {
			return nil
		}
		state[id] = 1
		for _, at := range g.rules[id] {
			for ; g.symbols[at].kind == reference; at++ {
				if err := visit(g.symbols[at].rule, depth+1); err != nil {
					return err
				}
				if !empty[g.symbols[at].rule] {
					break
				}
			}
		}
		state[id] = 2
		return nil
	}
	for id := range g.rules {
		if err := visit(id, 0); err != nil {
			return err
		}
	}
	return nil
}

// fixpoint finds the rules that can match the empty text or, with texts, any text at all. Each alternative waits for the first
// symbol that is not known to, so that every symbol is looked at once.
func (g *Grammar) fixpoint(texts bool) []bool {
	type place struct{ rule, at int }
	is := make([]bool, len(g.rules))
	waiting := make([][]place, len(g.rules))
	var todo []place
	for id, alternatives := range g.rules {
		for _, at := range alternatives {
			todo = append(todo, place{id, at})
		}
	}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for g.symbols[p.at].kind == reference && is[g.symbols[p.at].rule] || texts && g.symbols[p.at].kind == terminal {
			p.at++
		}
		switch s := g.symbols[p.at]; s.kind {
		case stop:
			is[p.rule] = true
			todo = append(todo, waiting[p.rule]...)
			waiting[p.rule] = nil
		case reference:
			waiting[s.rule] = append(waiting[s.rule], p)
		case terminal: // there is no empty text here
		}
	}
	return is
}
