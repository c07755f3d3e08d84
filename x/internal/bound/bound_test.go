package bound_test

import (
	"strings"
	"testing"

	"github.com/cosmos/cosmos-sdk/types/query"

	"ayni.example/x/internal/bound"
)

func TestWord(t *testing.T) {
	for _, tt := range []struct {
		s  string
		ok bool
	}{{"", false}, {"a", true}, {"abc", true}, {"abca", false}, {"abd", false}, {"aé", false}, {"a\xff", false}} {
		if err := bound.Word("word", tt.s, "abc", 3); (err == nil) != tt.ok {
			t.Errorf("%q: %v", tt.s, err)
		}
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		s  string
		ok bool
	}{
		{"", true},
		{"a b", true},
		{"naïve", true},
		{" a", false},
		{"a ", false},
		{"a\nb", false},
		{"a\x00b", false},
		{"a\u202eb", false},
		{"a\xffb", false},
		{"a\u200bb", false},
		{"a\ufeff", false},
		{"a\u00adb", false},
		{"a\U000e0041", false},
		{"\u3000", false},
		{"日本", true},
		{"—", true},
		{"😀", true},
		{strings.Repeat("a", 10), true},
		{strings.Repeat("a", 11), false},
	} {
		if err := bound.Text("text", tt.s, 10); (err == nil) != tt.ok {
			t.Errorf("%q: %v", tt.s, err)
		}
	}
}

func TestDistinct(t *testing.T) {
	for _, tt := range []struct {
		list []string
		ok   bool
	}{{nil, true}, {[]string{"a", "b"}, true}, {[]string{"a", "a"}, false}, {[]string{"a", "b", "c"}, false}} {
		if err := bound.Distinct("list", tt.list, 2); (err == nil) != tt.ok {
			t.Errorf("%q: %v", tt.list, err)
		}
	}
}

func TestPage(t *testing.T) {
	for _, tt := range []struct {
		req  *query.PageRequest
		want uint64
	}{
		{nil, bound.PageMax},
		{&query.PageRequest{}, bound.PageMax},
		{&query.PageRequest{Limit: 7}, 7},
		{&query.PageRequest{Limit: 1 << 60}, bound.PageMax},
	} {
		if got := bound.Page(tt.req).Limit; got != tt.want {
			t.Errorf("%v: limit %d, want %d", tt.req, got, tt.want)
		}
	}
}

// FuzzText: what passes is what a screen can show.
func FuzzText(f *testing.F) {
	f.Add("a b")
	f.Add("\xff\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		if bound.Text("text", s, 100) != nil {
			return
		}
		if len(s) > 100 || strings.TrimSpace(s) != s || strings.ContainsAny(s, "\n\r\t\x00\x1b") {
			t.Fatalf("%q passes", s)
		}
	})
}
