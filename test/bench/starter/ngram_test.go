package main

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestProbabilitiesSumToOne(t *testing.T) {
	n := trainNgram(3, []source{{text: "abracadabra"}, {text: "abba"}})
	for _, context := range []string{"", "a", "br", "abr", "zzz", "rab"} {
		var past uint64
		for i := range len(context) {
			past = past<<8 | uint64(context[i])
		}
		sum := 0.0
		for c := range 256 {
			sum += n.prob(past, len(context), byte(c))
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("after %q probabilities sum to %v", context, sum)
		}
	}
}

// TestWittenBell follows the formula by hand: after "a" come b, b and c.
func TestWittenBell(t *testing.T) {
	n := trainNgram(1, []source{{text: "ababac"}})
	empty := (2 + 3.0/256) / (6 + 3) // b: 2 of 6 bytes, 3 kinds
	want := (2 + 2*empty) / (3 + 2)
	if have := n.prob('a', 1, 'b'); math.Abs(have-want) > 1e-12 {
		t.Errorf("p(b|a) = %v, want %v", have, want)
	}
}

func TestShortenedIsTheShorterModel(t *testing.T) {
	train, held := []source{{text: "the cat sat on the mat"}}, []source{{text: "that cat"}}
	have, want := trainNgram(5, train).shortened(2).bits(held), trainNgram(2, train).bits(held)
	if have != want {
		t.Errorf("shortened model has %v bits, want %v", have, want)
	}
}

func TestComplete(t *testing.T) {
	n := trainNgram(5, []source{{text: strings.Repeat("return nil, err\n", 3)}})
	if have, want := n.complete("ret", 100, nil, ended), "urn nil, err\n"; have != want {
		t.Errorf("completion is %q, want %q", have, want)
	}
	tabs := trainNgram(5, []source{{text: "\t\t\t\t\t\tx\n"}})
	if have, want := tabs.complete("\t\t", 2, nil, ended), "x\n"; have != want {
		t.Errorf("after tabs the completion is %q, want %q", have, want)
	}
	if have := n.complete("ret", 4, nil, ended); len(have) != 4 {
		t.Errorf("completion is %q, want 4 bytes", have)
	}
}

// TestDrawn compares the frequencies of many draws with the probabilities.
func TestDrawn(t *testing.T) {
	const seed, draws = 7, 20000
	n := trainNgram(1, []source{{text: "ababac"}})
	r := rand.New(rand.NewPCG(seed, 0))
	times := 0
	for range draws {
		if n.drawn('a', 1, r) == 'b' {
			times++
		}
	}
	p := n.prob('a', 1, 'b')
	if have := float64(times) / draws; math.Abs(have-p) > 5*math.Sqrt(p*(1-p)/draws) {
		t.Errorf("seed %d: b was drawn in %v of cases, its probability is %v", seed, have, p)
	}
}
