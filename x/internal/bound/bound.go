// Package bound checks the size and the characters of what accounts write into the ledger's state, so that nothing there
// grows without limit or carries what a screen would not show.
package bound

import (
	"fmt"
	"slices"
	"strings"
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

// Text tells whether s is no more than most bytes of visible text without surrounding space; it may be empty.
func Text(field, s string, most int) error {
	switch {
	case len(s) > most:
		return fmt.Errorf("%s has %d bytes, more than %d", field, len(s), most)
	case !utf8.ValidString(s):
		return fmt.Errorf("%s is not UTF-8", field)
	case strings.Trim(s, " ") != s:
		return fmt.Errorf("%s begins or ends with space", field)
	case strings.ContainsFunc(s, hidden):
		return fmt.Errorf("%s holds a character that is not visible", field)
	}
	return nil
}

// hidden tells whether r controls, reorders or hides text. The ranges stand here and not in the library's Unicode tables,
// which change with its version: two nodes would disagree.
func hidden(r rune) bool {
	for _, within := range [][2]rune{
		{0, 0x1f},
		{0x7f, 0xa0},
		{0xad, 0xad},
		{0x61c, 0x61c},
		{0x115f, 0x1160},
		{0x180b, 0x180f},
		{0x2000, 0x200f},
		{0x2028, 0x202f},
		{0x205f, 0x206f},
		{0x3000, 0x3000},
		{0x3164, 0x3164},
		{0xe000, 0xf8ff},
		{0xfe00, 0xfe0f},
		{0xfeff, 0xfeff},
		{0xffa0, 0xffa0},
		{0xfff0, 0xffff},
		{0xe0000, 0x10ffff},
	} {
		if within[0] <= r && r <= within[1] {
			return true
		}
	}
	return false
}

// Length tells whether b has exactly n bytes.
func Length(field string, b []byte, n int) error {
	if len(b) != n {
		return fmt.Errorf("%s has %d bytes, not %d", field, len(b), n)
	}
	return nil
}

// Distinct tells whether list has no more than most entries and none twice.
func Distinct(field string, list []string, most int) error {
	if len(list) > most {
		return fmt.Errorf("%d %s, more than %d", len(list), field, most)
	}
	for i, s := range list {
		if slices.Contains(list[:i], s) {
			return fmt.Errorf("%s holds %q twice", field, s)
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
