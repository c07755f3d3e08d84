package charter

import (
	"fmt"
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"ayni.example/internal/canon"
)

// fault is what is wrong with a part of a plan; its path is that of the YAML.
type fault struct{ path, cause, hint string }

// Error implements error.
func (f fault) Error() string { return f.path + ": " + f.cause }

// faults are gathered, so that all of a file are told at once.
type faults []fault

func (f *faults) add(path, hint, format string, args ...any) {
	*f = append(*f, fault{path, fmt.Sprintf(format, args...), hint})
}

func (f *faults) when(wrong bool, path, hint, format string, args ...any) {
	if wrong {
		f.add(path, hint, format, args...)
	}
}

func digestForm() *regexp.Regexp { return regexp.MustCompile(`^sha256:[0-9a-f]{64}$`) }

func toolForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`) }

// Reserved are the names of calls that every agent has by itself; no tool may have one.
func Reserved() []string { return []string{"pay", "pay_proved", "remember"} }

func plain(text string, most int) bool {
	return len(text) <= most && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

func (d Document) check() faults {
	var f faults
	f.when(d.Format != 1, "format", "", "%d is not 1", d.Format)
	f.when(d.Name == "" || !plain(d.Name, nameMax) || strings.ContainsAny(d.Name, "\r\n\t"), "name", "", "want 1 to %d bytes in one line", nameMax)
	f.when(d.Prompt == "" || !plain(d.Prompt, textMax), "prompt", "", "want 1 to %d bytes of text", textMax)
	f.when(d.Steps == 0 || d.Steps > StepsMax, "steps", "", "want 1 to %d", StepsMax)
	f.when(d.Memory.Bytes > MemoryMax, "memory.bytes", "", "at most %d", MemoryMax)
	f.when(d.Memory.Turns > 64, "memory.turns", "", "at most 64")
	d.Model.check(&f)
	f.when(len(d.Readers) > readersMax, "readers", "", "%d, at most %d", len(d.Readers), readersMax)
	for i, r := range d.Readers {
		f.when(!strings.HasPrefix(r, "age1") || !plain(r, 2048) || strings.ContainsAny(r, " \r\n"), fmt.Sprintf("readers[%d]", i), "age-keygen makes one", "no age recipient")
	}
	f.when(len(d.Tools) > ToolsMax, "tools", "", "%d, at most %d", len(d.Tools), ToolsMax)
	names := map[string]bool{}
	for i, t := range d.Tools {
		at := fmt.Sprintf("tools[%d]", i)
		f.when(names[t.Name], at+".name", "", "two tools are named %s", t.Name)
		names[t.Name] = true
		t.check(at, &f)
	}
	return f
}

func (m Model) check(f *faults) {
	f.when(m.Name == "" || !plain(m.Name, 256), "model.name", "such as one that `ayni models` lists", "want 1 to 256 bytes")
	f.when(m.Temperature > milliTempMax, "model.temperature", "", "want 0 to 2")
	f.when(m.TopP > 1000, "model.top_p", "", "want 0 to 1")
	f.when(m.MaxTokens == 0 || m.MaxTokens > tokensMost, "model.max_tokens", "", "want 1 to %d", tokensMost)
	f.when(!slices.Contains([]string{"", "signed", "sampled", "exact", "attested", "proved"}, m.Assurance), "model.assurance",
		"signed, sampled, exact, attested or proved", "%q is unknown", m.Assurance)
	f.when(m.Calls != CallsNative && m.Calls != CallsText, "model.calls", "leave it away, or write text", "%q is unknown", m.Calls)
}

func (t Tool) check(at string, f *faults) {
	f.when(!toolForm().MatchString(t.Name), at+".name", "such as search_web", "want a small letter, then small letters, digits and _, 48 at most")
	f.when(slices.Contains(Reserved(), t.Name), at+".name", "choose another", "every agent has %s by itself", t.Name)
	f.when(!plain(t.About, 2048), at+".about", "", "at most 2048 bytes")
	f.when(t.Bytes == 0 || t.Bytes > AnswerMax, at+".bytes", "", "want 1 to %d", AnswerMax)
	f.when(t.Seconds == 0 || t.Seconds > secondsMost, at+".time", "", "want 1 s to %d s", secondsMost)
	if t.Price != "" {
		n, ok := new(big.Int).SetString(t.Price, 10)
		f.when(!ok || n.Sign() <= 0 || n.String() != t.Price || len(t.Price) > 60, at+".price", "", "no amount above 0")
		f.when(t.Kind != MCP && t.Kind != HTTP, at+".price", "leave it away", "only tools of kind mcp and http are paid")
	}
	if len(t.Arguments) > 0 {
		if err := canon.Valid(t.Arguments, documentLimits()); err != nil {
			f.add(at+".arguments", "", "%s", err)
		} else if _, err := Compile(t.Arguments); err != nil {
			f.add(at+".arguments", "see https://json-schema.org", "%s", err)
		}
	}
	only := func(field string, set bool, kinds ...Kind) {
		f.when(set && !slices.Contains(kinds, t.Kind), at+"."+field, "leave it away", "a tool of kind %s has none", t.Kind)
	}
	only("url", t.URL != "" || t.Remote != "" || t.Pin != "", MCP)
	only("http", len(t.Origins) > 0 || len(t.Methods) > 0, HTTP)
	only("wasm", t.Module != "" || t.Fuel != 0, WASM)
	only("ledger", t.View != "", Ledger)
	switch t.Kind {
	case MCP:
		origin(t.URL, at+".mcp", f)
		f.when(t.Remote == "" || !plain(t.Remote, 128), at+".tool", "the tool's name at its server", "want 1 to 128 bytes")
		f.when(!digestForm().MatchString(t.Pin), at+".pin", "`ayni agent tools URL` prints it", "want sha256: and 64 hexadecimal digits")
	case HTTP:
		f.when(len(t.Origins) == 0 || len(t.Origins) > listMax, at+".http", "such as https://example.org/", "want 1 to %d", listMax)
		for i, o := range t.Origins {
			origin(o, fmt.Sprintf("%s.http[%d]", at, i), f)
		}
		f.when(len(t.Methods) > 5, at+".methods", "", "at most 5")
		for i, m := range t.Methods {
			f.when(!slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, m), fmt.Sprintf("%s.methods[%d]", at, i), "such as GET", "%q is none", m)
		}
	case WASM:
		f.when(!digestForm().MatchString(t.Module), at+".wasm", "`ayni artifact put` prints it", "want sha256: and 64 hexadecimal digits")
		f.when(t.Fuel == 0 || t.Fuel > 1<<40, at+".fuel", "", "want 1 to %d", uint64(1)<<40)
	case Ledger:
		f.when(t.View != ViewBalance && t.View != ViewLog, at+".ledger", "balance or log", "%q is unknown", t.View)
	default:
		f.add(at+".name", "mcp, http, wasm or ledger says which", "the tool has no kind")
	}
}

// origin checks an absolute address without user, query and fragment.
func origin(text, at string, f *faults) {
	u, err := url.Parse(text)
	wrong := err != nil || len(text) > 512 || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "" || strings.Contains(u.Path, "..") || strings.Contains(text, "*")
	f.when(wrong, at, "such as https://example.org/api/", "%.100q is no address with scheme and host alone", text)
}
