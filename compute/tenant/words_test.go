package tenant_test

import (
	"strings"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/compute/tenant"
	"ayni.example/x/compute"
	"ayni.example/x/provider"
)

// TestSentences: every reason of the ledger has a sentence of its own.
func TestSentences(t *testing.T) {
	seen := map[string]string{}
	for number, name := range compute.Reason_name {
		text := tenant.Sentence(compute.Reason(number))
		if other, twice := seen[text]; twice || strings.Contains(text, "REASON") || (text == "") != (number == 0) {
			t.Errorf("%s is %q, as is %q", name, text, other)
		}
		seen[text] = name
	}
}

func TestAnswers(t *testing.T) {
	host := func(name string, cpu uint64, status provider.Status, collateral int64) tenant.Host {
		return tenant.Host{Name: name, Status: status, Host: compute.Host{
			Provider: name, Collateral: math.NewInt(collateral), Bonded: math.ZeroInt(),
			Inventory: compute.Inventory{Resources: compute.Resources{CPU: cpu, Memory: 1 << 30}, Units: []compute.Unit{compute.UnitSecond}},
		}}
	}
	params := compute.DefaultParams()
	params.LeaseBond = math.NewInt(10)
	o := compute.Order{State: compute.OrderOpen, MatchesHeight: 7, Spec: compute.Spec{
		Unit: compute.UnitSecond, PriceMax: math.OneInt(), Resources: compute.Resources{CPU: 1500, Memory: 2 << 30},
	}}
	small := host("small", 1000, provider.StatusActive, 10)
	bare := host("bare", 4000, provider.StatusActive, 9)
	bare.Inventory.Resources.Memory = 4 << 30
	away := bare
	away.Provider, away.Status, away.Collateral = "away", provider.StatusSuspended, math.NewInt(10)
	busy := bare
	busy.Provider, busy.Collateral, busy.Used = "busy", math.NewInt(10), compute.Resources{CPU: 3000}
	says := bare
	says.Provider, says.Collateral = "says", math.NewInt(10)
	silent := says
	silent.Provider = "silent"
	book := compute.Book{Declines: []compute.Decline{{Provider: "says", Reason: compute.ReasonMaintenance}}}
	answers := tenant.Answers(o, book, []tenant.Host{small, bare, away, busy, says, silent}, params)
	for i, want := range []string{
		"wants 1.5 cores, there are 1; wants 2 GiB of memory, there are 1 GiB", "the provider's collateral does not cover the bond of the lease",
		"the provider is not registered, or suspended, or leaving", "wants 1.5 cores, there are 1 at present: other leases take the rest",
		"declines: the provider takes no work at present", "",
	} {
		if got := strings.Join(answers[i].Why, "; "); got != want {
			t.Errorf("%s: %q, want %q", answers[i].Host.Provider, got, want)
		}
	}
	for _, c := range []struct {
		from []tenant.Answer
		want string
	}{
		{answers, "1 of 6 machines fit and have not answered yet"},
		{answers[:5], "none of 5 machines takes it"},
		{nil, "no machine of this network is for rent"},
		{[]tenant.Answer{{Bid: &compute.Bid{}}}, "1 machines bid; the cheapest is taken at block 7"},
	} {
		if got, _ := tenant.Summary(o, c.from); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
