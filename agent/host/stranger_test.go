package host_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/agent/charter"
	"ayni.example/agent/host"
)

// metered notes what a thought may cost.
type metered struct {
	host.Thinker
	mu    sync.Mutex
	most  math.Int
	bound bool
}

func (m *metered) Think(ctx context.Context, r host.Request) (host.Thought, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.most, m.bound = host.MostOf(ctx)
	return m.Thinker.Think(ctx, r)
}

// TestAttackCharter: whoever writes a charter reaches nothing of the machine that hosts it, which takes anybody from loopback for its owner,
// and has it pay for no model more than the wake-up brings.
func TestAttackCharter(t *testing.T) {
	r := newRig(t, 1)
	var reached atomic.Int32
	own := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(own.Close)
	port := own.URL[strings.LastIndex(own.URL, ":"):]
	thinker := &metered{Thinker: &standIn{script: func(step int, q host.Request) string {
		if urls := strings.Fields(q.Messages[len(q.Messages)-1-2*step].Content); step < 3 {
			return call("buy", fmt.Sprintf(`{"url":%q,"method":"POST","body":"amount=1000"}`, urls[len(urls)-3+step]))
		}
		return "done"
	}}}
	m := r.hosts[0]
	m.model, m.alter = thinker, nil
	urls := []string{"http://127.0.0.1" + port + "/console/keys", "http://localhost" + port + "/console/keys", "http://[::1]" + port + "/console/keys"}
	charterOf := func(p *charter.Plan) {
		p.Document.Memory.Turns = 0
		p.Document.Tools[0].Arguments, p.Document.Tools[0].Methods = nil, []string{http.MethodPost}
		p.Document.Tools[0].Origins = []string{"http://127.0.0.1" + port, "http://localhost" + port, "http://[::1]" + port}
	}
	m.alter = func(c *host.Config) { c.Private = false }
	id := r.create("spy", r.plan(charterOf))
	stop := m.start()
	d := r.decision(r.entry(id, r.talk(id, strings.Join(urls, " ")), 30*time.Second))
	if len(d.Tools) != 3 || reached.Load() != 0 {
		t.Fatalf("%d requests reached the host's own network: %+v", reached.Load(), d.Tools)
	}
	for i, u := range d.Tools {
		if !strings.Contains(u.Refused, host.ErrEgress.Error()) {
			t.Errorf("%s: %q", urls[i], u.Refused)
		}
	}
	if !thinker.bound || !thinker.most.Equal(math.NewInt(1000/6)) {
		t.Errorf("a thought for a stranger may cost %s, bounded %v", thinker.most, thinker.bound)
	}
	stop()
	m.alter = func(c *host.Config) { c.Private = true } // by this machine's word
	m.start()
	if r.entry(id, r.talk(id, strings.Join(urls, " ")), 30*time.Second); reached.Load() == 0 {
		t.Error("what the machine's owner allows is refused")
	}
}

// TestAttackConstraint: a model that writes a constrained argument twice, once in capitals, sends what the charter allows or nothing.
func TestAttackConstraint(t *testing.T) {
	r := newRig(t, 1)
	var mu sync.Mutex
	var bodies []string
	page := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		text, _ := io.ReadAll(q.Body)
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, string(text))
	}))
	t.Cleanup(page.Close)
	tries := []string{`{"url":%q,"body":"evil"}`, `{"url":%q,"body":"good","BODY":"evil"}`, `{"url":%q,"body":"evil","body":"good"}`, `{"url":%q,"body":"good","body":"evil"}`}
	r.hosts[0].model = &standIn{script: func(step int, _ host.Request) string {
		if step == len(tries) {
			return "done"
		}
		return call("buy", fmt.Sprintf(tries[step], page.URL))
	}}
	id := r.create("poster", r.plan(func(p *charter.Plan) {
		p.Document.Tools[0].Origins, p.Document.Tools[0].Methods = []string{page.URL}, []string{http.MethodPost}
		p.Document.Tools[0].Arguments = json.RawMessage(`{"type":"object","properties":{"body":{"const":"good"}}}`)
	}))
	r.hosts[0].start()
	r.entry(id, r.talk(id, "go"), 30*time.Second)
	mu.Lock()
	defer mu.Unlock()
	if len(bodies) == 0 || slices.Contains(bodies, "evil") {
		t.Errorf("sent: %q", bodies)
	}
}
