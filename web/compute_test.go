package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"ayni.example/web/operator"
)

const (
	trainingID = "0aa1"
	openID     = "0bb2"
)

func (f fixedOperator) ComputeHosts(context.Context) ([]operator.ComputeHost, error) {
	return []operator.ComputeHost{{
		Provider: "0x01", Name: "<script>alert(9)</script>", Offers: "6 cores, 16 GiB of memory", Free: "2 cores", FlopsCore: 51_300_000_000, FlopsAll: 300e9,
		Units: []string{"second", "step"}, Floors: map[string]string{"step": "0.0003"}, Attributes: map[string]string{"region": "eu"}, Served: 41, Failed: 2,
	}}, f.fail
}

func (fixedOperator) ComputeOrders(_ context.Context, open bool) ([]operator.ComputeOrder, error) {
	if open {
		return []operator.ComputeOrder{{ID: openID, Tenant: "0x02", Unit: "second", State: "open", PriceMax: "0.00001", Wants: "64 cores"}}, nil
	}
	return []operator.ComputeOrder{
		{ID: trainingID, Name: "<script>alert(10)</script>", Unit: "step", State: "leased", Paid: "0.5", Escrow: "0.7", Wants: "one core"},
		{ID: "0cc3", Name: "web", Unit: "second", State: "closed", Reason: "silence"},
	}, nil
}

func (fixedOperator) ComputeOrder(_ context.Context, id string) (operator.ComputeOrder, error) {
	switch id {
	case openID:
		return operator.ComputeOrder{ID: openID, Unit: "second", State: "open"}, nil
	case trainingID:
		return operator.ComputeOrder{
			ID: trainingID, Unit: "step", State: "leased", Paid: "0.5", Deposited: "1.2", Units: 40, Of: 100, Lasts: time.Hour,
			Leases:   []operator.ComputeLease{{ID: "0aa1-1", Name: "den", State: "closed", Reason: "silence"}, {ID: "0aa1-2", Name: "attic", State: "active", Paid: "0.3"}},
			Training: &operator.ComputeTraining{Steps: 100, Segment: 10, Segments: 10, Committed: 6, Stand: 4, Waiting: []operator.ComputeSegment{{Index: 5, Lease: 2, Root: "5eed"}}},
		}, nil
	}
	return operator.ComputeOrder{}, errors.New("no such order")
}

func (fixedOperator) ExplainOrder(_ context.Context, id string) (operator.Explanation, error) {
	if id != openID {
		return operator.Explanation{}, errors.New("it is not open")
	}
	return operator.Explanation{Summary: "no machine has 64 cores", Hosts: []operator.HostExplanation{{Name: "den", Why: []string{"wants 64 cores <b>and has 6</b>"}}}}, nil
}

func (fixedOperator) Hosting(context.Context) (operator.HostStatus, error) {
	return operator.HostStatus{
		Settings: &operator.HostSettings{Paused: true}, State: "announced: 1 lease", Containers: "runsc is not installed",
		Leases: []operator.HostLease{{ID: "0dd4", Tenant: "0x03", Unit: "second", State: "active", Phase: "running", Paid: "0.0123"}},
	}, nil
}

func (fixedOperator) Auditor(context.Context) (operator.Auditor, error) {
	return operator.Auditor{Enlisted: true, Bond: "1", Agreed: 7, Claims: []operator.Claim{
		{ID: "0ee5", Role: "defender", Defender: "0x04", From: 16, To: 32, Disputed: true, Asked: 3},
	}}, nil
}

// learning tells another loss at each look, and at last nothing.
type learning struct {
	fixedOperator
	losses *[]float64
	step   *int
}

func (l learning) ComputeProgress(_ context.Context, lease string) (operator.TrainingProgress, error) {
	if lease != "0aa1-2" || len(*l.losses) == 0 {
		return operator.TrainingProgress{}, errors.New("out of <reach>")
	}
	loss := (*l.losses)[0]
	*l.losses = (*l.losses)[1:]
	*l.step += 20
	return operator.TrainingProgress{Phase: "running", Step: *l.step, Steps: 100, Loss: loss, Speed: 4321}, nil
}

// TestCompute shows the market, what this machine rents, lends and audits, and an order that waits, with nothing of theirs as markup.
func TestCompute(t *testing.T) {
	h := console(t, learning{losses: &[]float64{}, step: new(int)})
	for path, want := range map[string][]string{
		"/console/compute": {
			"6 cores, 16 GiB", "51.3 / 300.0", "0.0003/step", "region=eu", "41 / 2 / 0", "no machine has 64 cores", "closed: silence", "paused", "0.0123", "runsc is not installed",
			"16 – 32", "disputed", "tiles asked for: 3", `hx-select="#live"`, "&lt;script&gt;alert(10)", `aria-current="page">Compute`,
		},
		"/console/compute?order=" + openID: {"wants 64 cores &lt;b&gt;", `hx-select="#job"`, "No lease."},
	} {
		w := get(h, path, "en")
		for _, text := range want {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s: %d, without %q", path, w.Code, text)
			}
		}
		if strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Header().Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: markup of a stranger, or a weak policy", path)
		}
	}
	if w := get(h, "/console/compute", "es"); !strings.Contains(w.Body.String(), "Cómputo") || strings.Contains(w.Body.String(), "compute.") {
		t.Errorf("Spanish: %s", w.Body)
	}
	if w := get(h, "/console/compute?order=beef", "en"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "no such order") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(console(t, fixedOperator{fail: errors.New("the ledger is away")}), "/console/compute", "en"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a failing ledger: %d", w.Code)
	}
}

// TestCurve draws the loss as it was seen; a machine that no longer answers leaves the curve and says so.
func TestCurve(t *testing.T) {
	h := console(t, learning{losses: &[]float64{8, 5, 4}, step: new(int)})
	path := "/console/compute?order=" + trainingID
	for _, want := range []string{`points="120.0,60.0"`, `points="120.0,0.0 240.0,120.0"`, `points="120.0,0.0 240.0,90.0 360.0,120.0"`} {
		if w := get(h, path, "en"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d, without %s: %s", w.Code, want, w.Body)
		}
	}
	body := get(h, path, "en").Body.String()
	for _, text := range []string{`points="120.0,0.0 240.0,90.0 360.0,120.0"`, "out of &lt;reach&gt;", `value="40.0"`, "<dd>4 <small>of 10", "<dd>6 <small>of 10", "0.5 <small>of 1.2", "closed: silence", "attic", "5eed"} {
		if !strings.Contains(body, text) {
			t.Errorf("without %q", text)
		}
	}
}
