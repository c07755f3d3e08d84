package host_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"ayni.example/agent/host"
	"ayni.example/x/agent"
)

// call is how the stand-in calls a tool.
func call(tool, arguments string) string {
	return fmt.Sprintf(`{"tool":%q,"arguments":%s}`, tool, arguments)
}

// TestWake runs one wake-up from a message to an answer, with a payment outside and one by the ledger, and plays it again.
func TestWake(t *testing.T) {
	r := newRig(t, 1)
	m := r.hosts[0]
	model := &standIn{script: func(step int, q host.Request) string {
		switch step {
		case 0:
			return call("buy", fmt.Sprintf(`{"url":%q}`, r.shop.URL+"/paid/bread"))
		case 1:
			return call("pay", fmt.Sprintf(`{"to":%q,"amount":"0.25"}`, r.chain.Address(mallory)))
		case 2:
			return call("remember", `{"note":"bread is good"}`)
		default:
			return "bought: " + q.Messages[3].Content
		}
	}}
	m.model = model
	plan := r.plan(nil)
	id := r.create("buyer", plan)
	before, sold := r.balance(mallory), r.balance(seller)
	m.start()
	e := r.entry(id, r.talk(id, "buy some bread"), 20*time.Second)
	d := r.decision(e)
	if len(d.Thoughts) != 4 || len(d.Tools) != 3 || d.Tools[0].Paid != fmt.Sprint(price) || len(e.Results) != 1 || e.Results[0].Outcome != agent.OutcomeDone {
		t.Fatalf("decision %+v, entry %+v", d, e)
	}
	if got := r.balance(mallory).Sub(before); got.String() != "250000000000000000" {
		t.Errorf("paid %s", got)
	}
	if got := r.balance(seller).Sub(sold); !got.IsPositive() && r.given["/paid/bread"] != 1 {
		t.Errorf("the seller has %s more and gave %v", got, r.given)
	}
	if a := r.answer(d); !strings.Contains(a, "sold /paid/bread") {
		t.Errorf("answered %q", a)
	}
	again, err := host.Replay(context.Background(), r.net, e, plan.Document, model, r.owner)
	must(t, err)
	if !again.OK() || len(again.Unchecked) != 3 {
		t.Errorf("replayed %+v", again)
	}
}
