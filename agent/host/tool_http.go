package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ayni.example/agent/charter"
)

const httpSchema = `{"type":"object","properties":{"url":{"type":"string"},"method":{"type":"string","enum":%s},` +
	`"body":{"type":"string"},"content_type":{"type":"string"}},"required":["url"]}`

func describeHTTP(t charter.Tool) (Spec, error) {
	methods, err := json.Marshal(allowed(t))
	return Spec{
		Name: t.Name, About: strings.TrimSpace(t.About + " Makes an HTTP request below " + strings.Join(t.Origins, " or ") + "."),
		Parameters: json.RawMessage(fmt.Sprintf(httpSchema, methods)),
	}, err
}

func allowed(t charter.Tool) []string {
	if len(t.Methods) == 0 {
		return []string{http.MethodGet}
	}
	return t.Methods
}

func (w *wakeup) callHTTP(ctx context.Context, t charter.Tool, p *purchase, arguments string) (string, error) {
	var in map[string]string // not a struct, which would also take "BODY", behind the back of the charter's constraints
	if err := json.Unmarshal([]byte(arguments), &in); err != nil {
		return "", errors.New("arguments are no JSON object of strings")
	}
	method := strings.ToUpper(cmp.Or(in["method"], allowed(t)[0]))
	if !slices.Contains(allowed(t), method) {
		return "", fmt.Errorf("%w: method %.20q is not among %s", ErrEgress, method, strings.Join(allowed(t), ", "))
	}
	u, err := url.Parse(in["url"])
	if err != nil {
		return "", fmt.Errorf("%w: no address", ErrEgress)
	}
	if err := admitted(u, t.Origins); err != nil {
		return "", err
	}
	if w.dry && method != http.MethodGet && method != http.MethodHead {
		return "dry run: would send " + method + " to " + u.Redacted(), nil
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(in["body"]))
	if err != nil {
		return "", err
	}
	if in["body"] == "" {
		r.Body = nil
	} else {
		r.Header.Set("Content-Type", cmp.Or(oneLine(in["content_type"]), "application/json"))
	}
	r.Header.Set("User-Agent", "ayni-agent")
	answer, err := w.web(t, t.Origins, p).Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(io.LimitReader(answer.Body, int64(t.Bytes)+1))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("HTTP %d %s\n\n%s", answer.StatusCode, oneLine(answer.Header.Get("Content-Type")), text), nil
}

// oneLine keeps a header a header.
func oneLine(text string) string {
	return cut(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text), 200)
}
