package operator_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ayni.example/web/operator"
)

// silent answers the calls that the test lets through; whoever asks it anything else ends the test.
type silent struct{ operator.Operator }

func (silent) History(context.Context, string, operator.Page) ([]operator.Entry, error) {
	return []operator.Entry{}, nil
}

// TestNumbersRefused: a mistyped number is refused and never taken for the default.
func TestNumbersRefused(t *testing.T) {
	server := httptest.NewServer((&operator.Server{Ledger: silent{}, Operator: silent{}, Token: "t"}).Handler())
	defer server.Close()
	ask := func(method, path string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+operator.Prefix+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer t")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close() //nolint:errcheck // only read
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(text)
	}
	for _, line := range []string{
		"GET index/check?from=x", "GET index/check?to=1e3", "GET events?from=-1", "GET events?limit=1x", "GET history?limit=ten",
		"GET activity?days=9223372036854775808", "GET usage?days=3.5", "GET usage?days=-3", "GET receipts?limit=0x10", "POST receipts/r-1/replay?threads=two",
	} {
		method, path, _ := strings.Cut(line, " ")
		if status, text := ask(method, path); status != http.StatusUnprocessableEntity || !strings.Contains(text, "want a whole number") {
			t.Errorf("%s: %d %s", line, status, text)
		}
	}
	if status, text := ask("GET", "history?limit="); status != http.StatusOK {
		t.Errorf("without a number: %d %s", status, text)
	}
}
