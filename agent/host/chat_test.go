package host_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ayni.example/agent/host"
)

// gatewayThat answers every question with a status, the last of them for ever.
func gatewayThat(tb testing.TB, statuses ...int) (model host.Thinker, asked *atomic.Int64) {
	tb.Helper()
	asked = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status := statuses[min(int(asked.Add(1)), len(statuses))-1]
		w.WriteHeader(status)
		fmt.Fprint(w, `{"choices":[{"message":{"role":"assistant","content":"here I am"}}]}`)
	}))
	tb.Cleanup(server.Close)
	return &host.Chat{URL: server.URL, Client: server.Client()}, asked
}

// TestQuestionRefused: what no model answers ends the wake-up at once, with the reason in the log; it is not asked until the lease is over.
func TestQuestionRefused(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			r := newRig(t, 1)
			model, asked := gatewayThat(t, status)
			r.hosts[0].model = model
			id := r.create("asker", r.plan(nil))
			r.hosts[0].start()
			d := r.decision(r.entry(id, r.talk(id, "hello"), 20*time.Second))
			if asked.Load() != 1 || len(d.Thoughts) != 0 || !strings.Contains(strings.Join(d.Notes, "\n"), http.StatusText(status)) {
				t.Errorf("asked %d times, decision %+v", asked.Load(), d)
			}
		})
	}
}

// TestGatewayRecovers: what is wrong now, or with this machine's account, is asked again, and the wake-up is done once.
func TestGatewayRecovers(t *testing.T) {
	r := newRig(t, 1)
	model, asked := gatewayThat(t, http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusOK)
	r.hosts[0].model = model
	id := r.create("asker", r.plan(nil))
	r.hosts[0].start()
	e := r.entry(id, r.talk(id, "hello"), 60*time.Second)
	if d := r.decision(e); asked.Load() != 3 || r.answer(d) != "here I am" {
		t.Errorf("asked %d times, decision %+v", asked.Load(), d)
	}
}
