package charter

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"time"

	"ayni.example/internal/canon"
)

// What stands in a plan when the file says nothing.
const (
	stepsDefault  = 8
	tokensDefault = 512
	bytesDefault  = 16 << 10
	timeDefault   = 20
	fuelDefault   = 1_000_000_000
	blocksDefault = 600
	leaseDefault  = 120

	approvalDefault = 3 * 24 * time.Hour
	costDefault     = 10_000_000_000_000_000 // a hundredth of a credit
)

// reader turns the text of a file into values, and gathers what is wrong with it.
type reader struct {
	*file
	faults faults
}

func (r *reader) plan(label string) Plan {
	d := Document{
		Format: 1, Name: r.Name, Prompt: r.Prompt, Steps: uint32(r.number("steps", r.Steps, stepsDefault)), Readers: r.Readers,
		Model: Model{
			Name: r.Model.Name, Temperature: r.thousandths("model.temperature", r.Model.Temperature), TopP: r.thousandths("model.top_p", r.Model.TopP),
			MaxTokens: uint32(r.number("model.max_tokens", r.Model.MaxTokens, tokensDefault)), Assurance: r.Model.Assurance, Calls: r.Model.Calls,
		},
		Memory: Memory{
			Bytes: uint32(r.size("memory.bytes", r.Memory.Bytes, bytesDefault)), Turns: uint32(r.number("memory.turns", r.Memory.Turns, 4)),
		},
	}
	for i, t := range r.Tools {
		d.Tools = append(d.Tools, r.tool(fmt.Sprintf("tools[%d]", i), t))
	}
	return Plan{Label: cmp.Or(r.Label, label), Document: d, Policy: r.policy()}
}

func (r *reader) tool(at string, p toolPart) Tool {
	t := Tool{
		Name: p.Name, About: p.About, URL: p.MCP, Remote: p.Tool, Pin: p.Pin, Origins: p.HTTP, Methods: p.Methods, Module: p.WASM, View: p.Ledger,
		Bytes: uint32(r.size(at+".bytes", p.Bytes, bytesDefault)), Seconds: uint32(r.duration(at+".time", p.Time, timeDefault*time.Second) / time.Second),
	}
	kinds := 0
	for _, k := range []struct {
		kind Kind
		set  bool
	}{{MCP, p.MCP != ""}, {HTTP, len(p.HTTP) > 0}, {WASM, p.WASM != ""}, {Ledger, p.Ledger != ""}} {
		if k.set {
			t.Kind, kinds = k.kind, kinds+1
		}
	}
	r.faults.when(kinds > 1, at+".name", "make several tools of it", "the tool has more than one of mcp, http, wasm and ledger")
	if t.Kind == WASM || p.Fuel != "" {
		t.Fuel = r.number(at+".fuel", p.Fuel, fuelDefault)
	}
	if t.Kind == MCP && t.Remote == "" {
		t.Remote = t.Name
	}
	if p.Price != "" {
		if amount := r.credits(at+".price", p.Price); amount != nil {
			t.Price = amount.String()
		}
	}
	if p.Arguments != nil {
		text, err := canon.Marshal(p.Arguments)
		if err != nil {
			r.faults.add(at+".arguments", "", "no JSON: %s", err)
		}
		t.Arguments = text
	}
	return t
}

func (r *reader) policy() Policy {
	l := r.Limits
	p := Policy{
		ModelDigest: r.Model.Digest, Actions: slices.Sorted(slices.Values(r.Actions)), ActionsMax: uint32(r.number("limits.actions", l.Actions, 0)),
		PerAction: r.credits("limits.per_action", l.PerAction), PerWake: r.credits("limits.per_wake", l.PerWake),
		PerHour: r.credits("limits.per_hour", l.PerHour), PerDay: r.credits("limits.per_day", l.PerDay),
		Lifetime: r.credits("limits.lifetime", l.Lifetime), PerPayee: r.credits("limits.per_payee", l.PerPayee),
		PerWakeCost: r.credits("limits.per_wake_cost", l.PerWakeCost), ApprovalAbove: r.credits("limits.approval_above", l.ApprovalAbove),
		Payees: r.Payees, PayeeDelay: r.duration("first_payment.wait", r.First.Wait, 0), DelayBlocks: uint32(r.number("first_payment.blocks", r.First.Blocks, 0)),
		ApprovalSeconds: uint32(r.duration("limits.approval_time", l.ApprovalTime, approvalDefault) / time.Second),
		Every:           r.duration("wake.every", r.Wake.Every, 0), OnDeposit: r.Wake.OnDeposit, WakePrice: r.credits("wake.price", r.Wake.Price),
		Hosts: r.Hosts, LeaseBlocks: uint32(r.number("lease.blocks", r.Lease.Blocks, blocksDefault)),
		LeaseSeconds: uint32(r.duration("lease.time", r.Lease.Time, leaseDefault*time.Second) / time.Second),
		Timelock:     r.duration("timelock", r.Timelock, 0), Expires: r.moment("expires", r.Expires),
	}
	for _, who := range r.Wake.Who {
		switch who {
		case "owner": // always may
		case "any":
			p.WakersAny = true
		default:
			p.Wakers = append(p.Wakers, who)
		}
	}
	r.faults.when(p.WakersAny && len(p.Wakers) > 0, "wake.who", "leave the addresses away", "any is everybody")
	if a := r.Appraisal; a != nil {
		p.Appraisal = &Appraisal{
			Model: a.Model, Submitter: a.Submitter, Input: a.Input, Blocks: uint32(r.number("appraisal.blocks", a.Blocks, 0)),
			Seconds: uint32(r.duration("appraisal.time", a.Time, 0) / time.Second), Per: r.credits("appraisal.per_unit", a.PerUnit),
			Index: uint32(r.number("appraisal.index", a.Index, 0)),
		}
	}
	p.fill()
	return p
}

// fill writes out the caps that the file leaves to wider ones: on the ledger a cap of zero allows nothing.
func (p *Policy) fill() {
	for _, c := range []struct {
		of   **big.Int
		wide *big.Int
	}{
		{&p.PerWakeCost, big.NewInt(costDefault)},
		{&p.PerDay, p.Lifetime},
		{&p.PerHour, or(p.PerDay, p.Lifetime)},
		{&p.PerPayee, p.Lifetime},
		{&p.PerAction, p.PerWake},
		{&p.ApprovalAbove, p.Lifetime},
		{&p.WakePrice, new(big.Int)},
	} {
		if *c.of == nil {
			*c.of = c.wide
		}
	}
	if len(p.Actions) > 0 {
		return
	}
	for _, c := range []**big.Int{&p.PerAction, &p.PerWake} { // it pays for its wake-ups alone
		if *c == nil {
			*c = p.PerWakeCost
		}
	}
}

func or(a, b *big.Int) *big.Int {
	if a != nil {
		return a
	}
	return b
}
