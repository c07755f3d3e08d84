package machine

import (
	"context"
	"slices"
	"testing"

	"ayni.example/artifact"
	"ayni.example/x/compute"
	"ayni.example/x/provider"
	"ayni.example/x/referee"
)

// fixedLedger answers with what a test says.
type fixedLedger struct {
	orders []compute.Order
	leases []compute.Lease
	claims []referee.Claim
	people []string // accounts; a peer is called as its account
}

func (l fixedLedger) Orders(_ context.Context, tenant string) (list []compute.Order, _ error) {
	for _, o := range l.orders {
		if o.Tenant == tenant {
			list = append(list, o)
		}
	}
	return list, nil
}

func (l fixedLedger) Order(_ context.Context, id []byte) (compute.Order, compute.Book, error) {
	at := slices.IndexFunc(l.orders, func(o compute.Order) bool { return string(o.ID) == string(id) })
	return l.orders[at], compute.Book{}, nil
}

func (l fixedLedger) HostLeases(_ context.Context, account string) ([]compute.Lease, error) {
	return slices.DeleteFunc(slices.Clone(l.leases), func(x compute.Lease) bool { return x.Provider != account }), nil
}

func (l fixedLedger) OrderLeases(_ context.Context, order []byte) ([]compute.Lease, error) {
	return slices.DeleteFunc(slices.Clone(l.leases), func(x compute.Lease) bool { return string(x.Order) != string(order) }), nil
}

func (l fixedLedger) Claims(context.Context) ([]referee.Claim, error) { return l.claims, nil }

func (l fixedLedger) Providers(context.Context) (list []provider.Provider, _ error) {
	for _, p := range l.people {
		list = append(list, provider.Provider{Address: p, PeerId: p})
	}
	return list, nil
}

// TestEntitled: a pool's pack is for the machines that hold leases of its keeper's order and for auditors that were drawn, and for nobody who
// orders a training with the same digest, which stands on the ledger.
func TestEntitled(t *testing.T) {
	d := artifact.DigestOf([]byte("pack"))
	sum := d.Sum()
	order := func(id, tenant string) compute.Order {
		return compute.Order{ID: []byte(id), Tenant: tenant, Spec: compute.Spec{Training: &compute.Training{Recipe: sum[:]}}}
	}
	lease := func(order, tenant, provider string) compute.Lease {
		id := make([]byte, compute.LeaseIDSize)
		copy(id, order+provider)
		return compute.Lease{ID: id, Order: []byte(order), Tenant: tenant, Provider: provider}
	}
	claim := func(l compute.Lease, auditor string, stage referee.AuditStage) referee.Claim {
		return referee.Claim{Kind: compute.KindSegment, Name: append(slices.Clone(l.ID), make([]byte, 8)...), Audit: referee.Audit{Stage: stage, Auditor: auditor}}
	}
	trains, theirs := lease("1", "keeper", "host"), lease("2", "thief", "host")
	l := fixedLedger{
		orders: []compute.Order{order("1", "keeper"), order("2", "thief")},
		leases: []compute.Lease{trains, theirs, lease("2", "thief", "friend")},
		claims: []referee.Claim{
			claim(trains, "drawn", referee.AuditDrawn), claim(trains, "done", referee.AuditAgreed), claim(theirs, "accomplice", referee.AuditDrawn),
		},
		people: []string{"keeper", "host", "thief", "friend", "drawn", "done", "accomplice", "enlisted"},
	}
	for name, c := range map[string]struct {
		holder packHolder
		may    []string
	}{
		"the pool's machine":                     {packHolder{self: "keeper"}, []string{"host", "drawn"}},
		"the machine that trains":                {packHolder{self: "host", tenant: "keeper"}, []string{"host", "drawn"}},
		"an auditor":                             {packHolder{self: "drawn", tenant: "keeper"}, nil},
		"a machine that has it for nobody known": {packHolder{self: "enlisted"}, nil},
	} {
		for _, peer := range append(l.people, "unknown") {
			may, err := entitled(t.Context(), l, c.holder, d, peer)
			if want := slices.Contains(c.may, peer); err != nil || may != want {
				t.Errorf("%s gives it to %s: %t, want %t (%v)", name, peer, may, want, err)
			}
		}
	}
	for i := range l.orders {
		l.orders[i].State = compute.OrderClosed
	}
	if may, err := entitled(t.Context(), l, packHolder{self: "keeper"}, d, "host"); err != nil || may {
		t.Errorf("after the order was closed its machine gets the pack: %t, %v", may, err)
	}
}
