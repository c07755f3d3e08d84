package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// quality is what test/bench/starter prints.
type quality struct {
	Scored int    `json:"scored_files"`
	Held   int    `json:"held_out_files"`
	Seed   uint64 `json:"seed"`
	Rates  []struct {
		Name string  `json:"name"`
		Bits float64 `json:"bits_per_byte"`
	} `json:"rates"`
	Completions []struct {
		Name     string  `json:"name"`
		Count    int     `json:"count"`
		Parse    int     `json:"parse"`
		Share    float64 `json:"parse_share"`
		SameLine float64 `json:"same_line_share"`
	} `json:"completions"`
}

// starter runs the measurement of the starter's quality on some of the held-out files, as few make the figures depend on which.
func (b *bench) starter(ctx context.Context, s *section) {
	const prefixes = "200"
	text, err := b.tool(ctx, "test/bench/starter", "-json", "-files", strconv.Itoa(b.held), "-n", prefixes)
	if err != nil {
		s.missing("bits per byte and completions", err)
		return
	}
	if err := s.quality(text); err != nil {
		s.missing("bits per byte and completions", err)
	}
}

// quality writes the rows: the starter comes first in both lists, its peers after it.
func (s *section) quality(text []byte) error {
	var q quality
	if err := json.Unmarshal(text, &q); err != nil {
		return fmt.Errorf("read what test/bench/starter printed: %w", err)
	}
	if len(q.Rates) == 0 || len(q.Completions) == 0 {
		return fmt.Errorf("test/bench/starter printed %d rates and %d completions", len(q.Rates), len(q.Completions))
	}
	ours := q.Rates[0]
	for _, peer := range q.Rates[1:] {
		s.add(row{
			what: "bits per byte of held-out Go: " + ours.Name, figure: fmt.Sprintf("%.3f", ours.Bits),
			against: fmt.Sprintf("%s: %.3f", peer.Name, peer.Bits), ratio: fmt.Sprintf("%.2f×", ours.Bits/peer.Bits),
			runs: fmt.Sprintf("%d of %d files", q.Scored, q.Held),
		})
	}
	var others []string
	for _, peer := range q.Completions[1:] {
		others = append(others, fmt.Sprintf("%s: %.0f %%, %.0f %%", peer.Name, 100*peer.Share, 100*peer.SameLine))
	}
	c := q.Completions[0]
	s.add(row{
		what: "completed statements that parse, and that begin with the author's line", figure: fmt.Sprintf("%.0f %%, %.0f %%", 100*c.Share, 100*c.SameLine),
		against: strings.Join(others, "; "), ratio: "goal: at least 50 % parse", runs: fmt.Sprintf("%d statements, seed %d", c.Count, q.Seed),
	})
	s.note("`go run ./test/bench/starter` measures all held-out files and shows completions to read; here it saw a seeded choice of them. " +
		"What parses need not be right. The figures depend on the files, not on the machine.")
	return nil
}
