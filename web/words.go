package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed text/*.json
var textFiles embed.FS

// words are the strings of one language by key.
type words map[string]string

// text is the string of a key; a missing key shows itself.
func (w words) text(key string) string {
	if s, ok := w[key]; ok {
		return s
	}
	return key
}

func loadWords() (map[string]words, error) {
	all := map[string]words{}
	for _, lang := range []string{"en", "es"} {
		text, err := textFiles.ReadFile("text/" + lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("strings of %s: %w", lang, err)
		}
		w := words{}
		if err := json.Unmarshal(text, &w); err != nil {
			return nil, fmt.Errorf("strings of %s: %w", lang, err)
		}
		all[lang] = w
	}
	return all, nil
}

// language is what the user chose, else what the browser prefers of what there is.
func language(r *http.Request) string {
	if cookie, err := r.Cookie("ayni_lang"); err == nil && (cookie.Value == "es" || cookie.Value == "en") {
		return cookie.Value
	}
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		switch base, _, _ := strings.Cut(strings.TrimSpace(tag), "-"); strings.ToLower(strings.SplitN(base, ";", 2)[0]) {
		case "es":
			return "es"
		case "en":
			return "en"
		}
	}
	return "en"
}

func functions() template.FuncMap {
	return template.FuncMap{
		"short": func(s string) string {
			const head, tail = 10, 4
			if len(s) <= head+tail+1 {
				return s
			}
			return s[:head] + "…" + s[len(s)-tail:]
		},
		"when": func(t time.Time) string {
			if t.IsZero() {
				return "—"
			}
			return t.UTC().Format("2006-01-02 15:04:05")
		},
		"tail":      func(s string) string { return s[strings.LastIndex(s, ".")+1:] },
		"integers":  firstOf,
		"millis":    func(seconds float64) string { return fmt.Sprintf("%.3g ms", 1e3*seconds) },
		"times":     func(a, b float64) string { return fmt.Sprintf("%.1f×", a/b) },
		"kilobytes": func(n uint64) string { return fmt.Sprintf("%.1f kB", float64(n)/1e3) },
		"spark":     spark,
		"billions":  billions,
		"part":      part,
		"percent":   func(ppm uint32) string { return fmt.Sprintf("%g %%", float64(ppm)/1e4) },
		"points":    func(basisPoints uint32) string { return fmt.Sprintf("%g %%", float64(basisPoints)/1e2) },
		"join":      func(s []string) string { return strings.Join(s, ", ") },
	}
}
