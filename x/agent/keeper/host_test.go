package keeper_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"

	"ayni.example/x/agent"
	"ayni.example/x/internal/ledgertest"
	"ayni.example/x/provider"
)

// TestAttackSquat: who is no provider any more keeps no place on the list of hosts, whatever time it asked for.
func TestAttackSquat(t *testing.T) {
	f := start(t, "squatter", "honest")
	p, err := f.Agent.Params.Get(f.Ctx)
	ledgertest.Must(t, err)
	p.HostsMax = 2
	ledgertest.Must(t, f.Agent.Params.Set(f.Ctx, p))
	f.ok(&agent.MsgHost{Host: text("squatter"), Key: hash("key"), Until: 1 << 39})
	squatter, err := f.Agent.Hosts.Get(f.Ctx, ledgertest.Account("squatter"))
	ledgertest.Must(t, err)
	if most := f.Ctx.BlockTime().Add(91 * 24 * time.Hour).Unix(); squatter.Until > most {
		t.Errorf("it holds its place until %d", squatter.Until)
	}
	f.Fund(t, ledgertest.Account("late"), bond)
	key := sha256.Sum256([]byte("late"))
	f.ok(&provider.MsgRegister{
		Address: text("late"), Name: "late", ReceiptKey: ed25519.NewKeyFromSeed(key[:]).Public().(ed25519.PublicKey),
		PeerId: "12D3KooW" + strings.Repeat("b", 44), Bond: math.NewInt(bond),
	})
	late := &agent.MsgHost{Host: text("late"), Key: key[:], Until: f.Ctx.BlockTime().Add(time.Hour).Unix()}
	f.refused(late, agent.ErrFull)
	f.ok(&provider.MsgLeave{Address: text("squatter")})
	f.ok(late)
	if there, err := f.Agent.Hosts.Has(f.Ctx, ledgertest.Account("honest")); err != nil || !there {
		t.Errorf("the honest host lost its place: %v", err)
	}
}
