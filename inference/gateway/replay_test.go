package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
)

func TestSameBytesForTheSameIdempotencyKey(t *testing.T) {
	r := newRig(t, says("once"), nil)
	for name, body := range map[string]string{"whole": chatBody, "stream": chatStream} {
		before := len(r.backend.seen())
		first, answer := r.post("/v1/chat/completions", body, "Idempotency-Key", name)
		again, same := r.post("/v1/chat/completions", body, "Idempotency-Key", name)
		if first.StatusCode != http.StatusOK || again.StatusCode != http.StatusOK || answer != same {
			t.Fatalf("%d %s\n%d %s", first.StatusCode, answer, again.StatusCode, same)
		}
		for _, header := range []string{"Ayni-Receipt", "Ayni-Request", "Content-Type"} {
			if first.Header.Get(header) != again.Header.Get(header) {
				t.Errorf("%s: %q and %q", header, first.Header.Get(header), again.Header.Get(header))
			}
		}
		if n := len(r.backend.seen()) - before; n != 1 {
			t.Errorf("%d jobs", n)
		}
		checkReceipt(t, r, again, body, same)
		other, text := r.post("/v1/chat/completions", strings.Replace(body, "hi", "ho", 1), "Idempotency-Key", name)
		if other.StatusCode != http.StatusBadRequest || !strings.Contains(text, "was used for another request") {
			t.Errorf("another body: %d %s", other.StatusCode, text)
		}
	}
}

func TestKeysDoNotShareIdempotency(t *testing.T) {
	r := newRig(t, says("mine"), nil)
	ids := make([]string, 0, 2)
	for _, name := range []string{"a", "b"} {
		secret, _, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		response, _ := r.post("/v1/chat/completions", chatBody, "Idempotency-Key", "same", "X-Api-Key", secret)
		ids = append(ids, response.Header.Get("Ayni-Request"))
	}
	if ids[0] == ids[1] || len(r.backend.seen()) != 2 {
		t.Errorf("requests %v, %d jobs", ids, len(r.backend.seen()))
	}
}

func TestFailureMayBeTriedAgain(t *testing.T) {
	fail := true
	r := newRig(t, func(gateway.Job) script {
		if fail {
			return script{early: engine.Errorf(engine.Unavailable, "not yet")}
		}
		return script{chunks: words("now")}
	}, nil)
	if response, _ := r.post("/v1/chat/completions", chatBody, "Idempotency-Key", "k"); response.StatusCode != 503 {
		t.Fatalf("%d", response.StatusCode)
	}
	fail = false
	if response, answer := r.post("/v1/chat/completions", chatBody, "Idempotency-Key", "k"); response.StatusCode != 200 {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
	jobs := r.backend.seen()
	if jobs[0].RequestID != jobs[1].RequestID || jobs[0].Salt != jobs[1].Salt || jobs[0].Seed != jobs[1].Seed {
		t.Error("the second try is another request to the provider")
	}
}

func TestBusyWhileTheFirstIsAnswered(t *testing.T) {
	gate := make(chan struct{})
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("x"), gate: gate} }, nil)
	first := make(chan int, 1)
	go func() {
		response, _ := r.post("/v1/chat/completions", chatBody, "Idempotency-Key", "k")
		first <- response.StatusCode
	}()
	waitFor(t, func() bool { return len(r.backend.seen()) == 1 })
	response, answer := r.post("/v1/chat/completions", chatBody, "Idempotency-Key", "k")
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", response.StatusCode, answer)
	}
	gate <- struct{}{}
	if status := <-first; status != http.StatusOK {
		t.Errorf("the first: %d", status)
	}
}

// TestSameRequestAfterARestart goes to the provider that answered before, under the same id, salt and seed, and is charged
// once.
func TestSameRequestAfterARestart(t *testing.T) {
	play := func(gateway.Job) script { return script{chunks: words("x"), price: 10} }
	r := newRig(t, play, nil)
	secret, _, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	router, ok := r.cfg.Router.(*fixedRouter)
	if !ok {
		t.Fatal("another router")
	}
	body := strings.Replace(chatBody, "tiny", "spread", 1)
	r.post("/v1/chat/completions", body, "Idempotency-Key", "k", "X-Api-Key", secret)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	routes := router.routes["spread"]
	routes[0], routes[1] = routes[1], routes[0] // prices changed meanwhile
	again := newRig(t, play, func(c *gateway.Config) {
		listener := c.Listener
		*c = r.cfg
		c.Listener, c.Registry = listener, nil
	})
	again.post("/v1/chat/completions", body, "Idempotency-Key", "k", "X-Api-Key", secret)
	jobs := r.backend.seen()
	if len(jobs) != 2 {
		t.Fatalf("%d jobs", len(jobs))
	}
	if jobs[0].Route.Provider != jobs[1].Route.Provider || jobs[0].RequestID != jobs[1].RequestID || jobs[0].Salt != jobs[1].Salt {
		t.Errorf("%s %s, then %s %s", jobs[0].Route.Provider, jobs[0].RequestID, jobs[1].Route.Provider, jobs[1].RequestID)
	}
}
