package e2e_test

import (
	"net/http/httptest"
	"testing"

	"ayni.example/test/standin"
)

// standInModel is the name under which machines know the stand-in.
const standInModel = standin.Model

// standIn is no model: it does whatever the last message says.
type standIn struct{ url string }

func newStandIn(tb testing.TB) *standIn {
	tb.Helper()
	s := httptest.NewServer(standin.Handler())
	tb.Cleanup(s.Close)
	return &standIn{s.URL + "/v1"}
}

// config is a home's configuration that makes the stand-in one of its servers.
func (s *standIn) config() string {
	return "servers:\n  - name: stand-in\n    url: " + s.url + "\n"
}
