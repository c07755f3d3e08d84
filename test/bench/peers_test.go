package main

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// TestPeersAnswerAlike holds that the proxy passes on what the upstream says, whole and streamed, and that ask notices what is not it.
func TestPeersAnswerAlike(t *testing.T) {
	origin := httptest.NewServer(upstream())
	t.Cleanup(origin.Close)
	between := httptest.NewServer(proxy(origin.URL))
	t.Cleanup(between.Close)
	for name, url := range map[string]string{"upstream": origin.URL, "proxy": between.URL} {
		p := &peer{name: name, at: &process{url: url}}
		for _, sc := range scenes() {
			for range 20 {
				if err := p.ask(t.Context(), between.Client(), sc.body); err != nil {
					t.Fatalf("%s, %s: %v", name, sc.name, err)
				}
			}
		}
		if err := p.ask(t.Context(), between.Client(), "{"); err == nil || !strings.Contains(err.Error(), "status 400") {
			t.Errorf("%s: a torn request gave %v", name, err)
		}
	}
}
