package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ayni.example/inference/engine"
	"ayni.example/inference/gateway"
)

func TestNextCandidateBeforeTheFirstPiece(t *testing.T) {
	body := strings.Replace(chatBody, "tiny", "spread", 1)
	for name, fail := range map[string]script{
		"unreachable": {early: engine.Errorf(engine.Unavailable, "no route to peer")},
		"refuses":     {early: engine.Errorf(engine.Forbidden, "we do not serve this")},
		"lies":        {early: engine.Errorf(engine.Invalid, "your request is wrong")},
		"started":     {late: engine.Errorf(engine.Unavailable, "left")},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(job gateway.Job) script {
				if job.Route.Provider == "ayni1one" {
					return fail
				}
				return script{chunks: words("second"), price: 20}
			}, nil)
			response, answer := r.post("/v1/chat/completions", body)
			if response.StatusCode != http.StatusOK || !strings.Contains(answer, "second") {
				t.Fatalf("%d %s", response.StatusCode, answer)
			}
			file := checkReceipt(t, r, response, body, answer)
			if file.Receipt.Total.String() != "80" || !strings.Contains(answer, `"cost":"0.00000000000000008"`) {
				t.Errorf("total %s in %s", file.Receipt.Total, answer)
			}
			jobs := r.backend.seen()
			if len(jobs) != 2 || jobs[0].RequestID != jobs[1].RequestID || jobs[0].Seed != jobs[1].Seed {
				t.Errorf("attempts differ: %+v", jobs)
			}
		})
	}
}

func TestNoNextCandidateAfterTheFirstPiece(t *testing.T) {
	fail := engine.Errorf(engine.Unavailable, "left")
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("half"), late: fail, price: 10} }, nil)
	response, answer := r.post("/v1/chat/completions", strings.Replace(chatBody, "tiny", "spread", 1))
	if response.StatusCode != http.StatusServiceUnavailable || strings.Contains(answer, "half") {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
	if n := len(r.backend.seen()); n != 1 {
		t.Errorf("%d attempts", n)
	}
}

func TestAllCandidatesFail(t *testing.T) {
	r := newRig(t, func(job gateway.Job) script {
		return script{early: engine.Errorf(engine.Unavailable, "closed at %s", job.Route.Provider)}
	}, nil)
	response, answer := r.post("/v1/chat/completions", strings.Replace(chatBody, "tiny", "spread", 1))
	if response.StatusCode != http.StatusServiceUnavailable ||
		!strings.Contains(answer, "ayni1one: closed at ayni1one; ayni1two: closed at ayni1two") {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
}

func TestUnpaidEndsTheSearch(t *testing.T) {
	r := newRig(t, func(gateway.Job) script { return script{early: engine.Errorf(engine.Unpaid, "no balance")} }, nil)
	response, answer := r.post("/api/chat", strings.Replace(chatBody, "tiny", "spread", 1))
	if response.StatusCode != http.StatusPaymentRequired || !strings.Contains(answer, "top up") || len(r.backend.seen()) != 1 {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
}

func TestBudgetOfAKeyIsCharged(t *testing.T) {
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("a", "b"), price: 1000} }, nil)
	secret, key, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "a", Budget: amount(9000)})
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Replace(chatBody, "tiny", "far", 1)
	for i, want := range []int{200, 200, 402} { // 3 + 2 tokens each; the budget is checked before, so the second passes it
		response, answer := r.post("/v1/chat/completions", body, "X-Api-Key", secret)
		if response.StatusCode != want {
			t.Fatalf("request %d: %d %s", i, response.StatusCode, answer)
		}
	}
	jobs := r.backend.seen()
	if got := jobs[0].MaxTotal.Int64(); got != 9000 {
		t.Errorf("the first may cost %d", got)
	}
	if got := jobs[1].MaxTotal.Int64(); got != 4000 {
		t.Errorf("the second may cost %d", got)
	}
	after, err := r.keys.Key(t.Context(), key.ID)
	if err != nil || after.Spent.Int64() != 10000 {
		t.Errorf("spent %v, %v", after.Spent, err)
	}
	if response, _ := r.post("/v1/chat/completions", chatBody, "X-Api-Key", secret); response.StatusCode != http.StatusOK {
		t.Errorf("what costs nothing is refused: %d", response.StatusCode)
	}
}

func TestRateOfAKey(t *testing.T) {
	r := newRig(t, says("x"), nil)
	secret, _, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "a", Rate: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{200, 200, 429} {
		response, answer := r.post("/v1/chat/completions", chatBody, "X-Api-Key", secret)
		if response.StatusCode != want {
			t.Fatalf("request %d: %d %s", i, response.StatusCode, answer)
		}
		if after := response.Header.Get("Retry-After"); (want == 429) != (after != "") {
			t.Errorf("Retry-After: %q", after)
		}
	}
}

func TestInFlightIsBounded(t *testing.T) {
	gate := make(chan struct{})
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("x"), gate: gate} },
		func(c *gateway.Config) { c.Limits.InFlight = 1 })
	first := make(chan int, 1)
	go func() {
		response, err := http.Post(r.url+"/v1/chat/completions", "application/json", strings.NewReader(chatBody))
		if err != nil {
			first <- 0
			return
		}
		defer func() { _ = response.Body.Close() }()
		first <- response.StatusCode
	}()
	waitFor(t, func() bool { return len(r.backend.seen()) == 1 })
	response, answer := r.post("/v1/chat/completions", chatBody)
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "1" {
		t.Errorf("%d %s", response.StatusCode, answer)
	}
	if response, _ := r.get("/healthz"); response.StatusCode != http.StatusOK {
		t.Errorf("health: %d", response.StatusCode)
	}
	gate <- struct{}{}
	if status := <-first; status != http.StatusOK {
		t.Errorf("the first: %d", status)
	}
}

func TestDisconnectStopsTheBackend(t *testing.T) {
	gate := make(chan struct{})
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("a", "b", "c"), gate: gate, price: 10} }, nil)
	secret, key, err := r.keys.Create(t.Context(), gateway.KeySpec{Name: "a", Budget: amount(1000)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	body := strings.Replace(ollamaStream, "tiny", "far", 1)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/api/chat", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Api-Key", secret)
	go func() { gate <- struct{}{} }()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := bufio.NewReader(response.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	id := response.Header.Get("Ayni-Receipt")
	leave()
	waitFor(t, func() bool {
		r.backend.mu.Lock()
		defer r.backend.mu.Unlock()
		return len(r.backend.ends) == 1 && errors.Is(r.backend.ends[0], context.Canceled)
	})
	waitFor(t, func() bool {
		record, err := r.receipts.Record(t.Context(), id, nil)
		return err == nil && record.File.Receipt.Status == "aborted" && record.File.Delivery == nil
	})
	waitFor(t, func() bool {
		after, err := r.keys.Key(t.Context(), key.ID)
		return err == nil && after.Spent.Int64() == 40 // 3 + 1 tokens: what was served is paid
	})
}

// TestSlowClientSlowsTheBackend has a client that reads nothing: the gateway must not buffer the answer for it.
func TestSlowClientSlowsTheBackend(t *testing.T) {
	piece := strings.Repeat("x", 64<<10)
	const pieces = 2000 // 125 MiB, more than sockets hold
	var sent atomic.Int64
	chunks := make([]engine.Chunk, pieces)
	for i := range chunks {
		chunks[i] = engine.Chunk{Text: piece}
	}
	r := newRig(t, func(gateway.Job) script { return script{chunks: chunks} }, func(c *gateway.Config) {
		c.Limits.Answer, c.Timeouts.Write = 1<<30, 300*time.Millisecond
		c.Local = &counting{Backend: c.Local, sent: &sent}
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	host := strings.TrimPrefix(r.url, "http://")
	head := fmt.Sprintf("POST /api/chat HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", host, len(ollamaStream))
	if _, err := io.WriteString(conn, head+ollamaStream); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		r.backend.mu.Lock()
		defer r.backend.mu.Unlock()
		return len(r.backend.ends) == 1 // given up after the write timeout
	})
	if n := sent.Load(); n == 0 || n >= pieces {
		t.Errorf("%d of %d pieces were taken", n, pieces)
	}
}

type counting struct {
	gateway.Backend
	sent *atomic.Int64
}

func (c *counting) Serve(
	ctx context.Context, job gateway.Job, started func(gateway.Started) error, emit func(engine.Chunk) error,
) (gateway.Outcome, error) {
	return c.Backend.Serve(ctx, job, started, func(chunk engine.Chunk) error {
		c.sent.Add(1)
		return emit(chunk)
	})
}

func TestAnswerIsBounded(t *testing.T) {
	r := newRig(t, says("0123456789", "0123456789"), func(c *gateway.Config) { c.Limits.Answer = 100 })
	response, answer := r.post("/v1/chat/completions", chatBody)
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
}

func TestRequestTimesOut(t *testing.T) {
	r := newRig(t, func(gateway.Job) script { return script{chunks: words("x"), gate: make(chan struct{})} },
		func(c *gateway.Config) { c.Timeouts.Request = 50 * time.Millisecond })
	response, answer := r.post("/api/chat", ollamaStream)
	if response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(answer, "took too long") {
		t.Fatalf("%d %s", response.StatusCode, answer)
	}
}

// waitFor polls for what another goroutine brings about.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for range 500 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it did not happen")
}
