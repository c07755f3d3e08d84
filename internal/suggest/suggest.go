// Package suggest names the word that was probably meant.
package suggest

import (
	"fmt"
	"slices"
	"strings"
)

// Name is advice on an unknown name: the known one that was probably meant, or all there are.
func Name(name string, known []string) string {
	names := slices.Sorted(slices.Values(known))
	best, least := "", 1+len(name)/3
	for _, k := range names {
		if d := distance(name, k); d <= least && (best == "" || d < distance(name, best)) {
			best = k
		}
	}
	if best == "" {
		for _, k := range names {
			if len(name) > 2 && (strings.HasPrefix(k, name) || strings.HasPrefix(name, k)) {
				best = k
				break
			}
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "here are: " + strings.Join(names, ", ")
}

// distance is Levenshtein's, on bytes; names longer than 64 bytes are far from all.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
