// Package bound checks the size and the characters of what accounts write into the ledger's state, so that nothing there
// grows without limit or carries what a screen would not show.
package bound

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cosmos/cosmos-sdk/types/query"
)

// PageMax is the most entries that one page of a query holds.
const PageMax = 200

// Word tells whether s is 1 to most characters, all of them in chars.
func Word(field, s, chars string, most int) error {
	if len(s) == 0 || len(s) > most {
		return fmt.Errorf("%s has %d characters, not 1 to %d", field, len(s), most)
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(chars, r) }); i >= 0 {
		return fmt.Errorf("%s holds the character %q", field, s[i:i+1])
	}
	return nil
}

// Text tells whether s is at most most bytes of printable text without surrounding space; it may be empty.
func Text(field, s string, most int) error {
	switch {
	case len(s) > most:
		return fmt.Errorf("%s has %d bytes, more than %d", field, len(s), most)
	case !utf8.ValidString(s):
		return fmt.Errorf("%s is not UTF-8", field)
	case strings.TrimSpace(s) != s:
		return fmt.Errorf("%s begins or ends with space", field)
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("%s holds a character that is not printable", field)
	}
	return nil
}

// Length tells whether b has exactly n bytes.
func Length(field string, b []byte, n int) error {
	if len(b) != n {
		return fmt.Errorf("%s has %d bytes, not %d", field, len(b), n)
	}
	return nil
}

// Distinct tells whether list has at most most entries and none twice.
func Distinct(field string, list []string, most int) error {
	if len(list) > most {
		return fmt.Errorf("%d %s, more than %d", len(list), field, most)
	}
	for i, s := range list {
		for _, before := range list[:i] {
			if s == before {
				return fmt.Errorf("%s holds %q twice", field, s)
			}
		}
	}
	return nil
}

// Page returns the request with its limit bounded; the first page where none is asked for.
func Page(req *query.PageRequest) *query.PageRequest {
	if req == nil {
		return &query.PageRequest{Limit: PageMax}
	}
	bounded := *req
	if bounded.Limit == 0 || bounded.Limit > PageMax {
		bounded.Limit = PageMax
	}
	return &bounded
}
