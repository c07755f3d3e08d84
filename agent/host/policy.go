package host

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/agent/charter"
	"ayni.example/internal/ethkey"
	"ayni.example/x/agent"
)

// LedgerCharter is a plan as the ledger holds it, and the document's bytes, which must be kept as an artifact.
func LedgerCharter(p charter.Plan) (agent.Charter, []byte, error) {
	document, err := charter.Encode(p.Document)
	if err != nil {
		return agent.Charter{}, nil, err
	}
	l, sum := p.Policy, charter.Digest(document)
	c := agent.Charter{
		Document: sum[:], Model: rawDigest(l.ModelDigest), Actions: l.Actions,
		Caps: agent.Caps{
			PerAction: amount(l.PerAction), PerWake: amount(l.PerWake), PerHour: amount(l.PerHour), PerDay: amount(l.PerDay),
			Lifetime: amount(l.Lifetime), PerPayee: amount(l.PerPayee),
		},
		PerWakeCost: amount(l.PerWakeCost), PayeeDelay: uint32(l.PayeeDelay / time.Second), DelayBlocks: l.DelayBlocks,
		ApprovalAbove: amount(l.ApprovalAbove), ApprovalSeconds: l.ApprovalSeconds, ActionsMax: l.ActionsMax, Every: uint32(l.Every / time.Second),
		OnDeposit: l.OnDeposit, Anyone: l.WakersAny, WakePrice: amount(l.WakePrice), LeaseBlocks: l.LeaseBlocks, LeaseSeconds: l.LeaseSeconds,
		Timelock: uint32(l.Timelock / time.Second),
	}
	if !l.Expires.IsZero() {
		c.Expires = l.Expires.Unix()
	}
	for _, list := range []struct {
		from []string
		to   *[]string
	}{{l.Payees, &c.Payees}, {l.Wakers, &c.Wakers}, {l.Hosts, &c.Hosts}} {
		if *list.to, err = addresses(list.from); err != nil {
			return agent.Charter{}, nil, err
		}
	}
	if a := l.Appraisal; a != nil {
		submitter, err := addresses([]string{a.Submitter})
		if err != nil {
			return agent.Charter{}, nil, err
		}
		c.Appraisal = &agent.Appraisal{
			Model: rawDigest(a.Model), Submitter: submitter[0], Input: rawDigest(a.Input), FreshBlocks: a.Blocks, FreshSeconds: a.Seconds,
			Index: a.Index, Factor: amount(a.Per),
		}
	}
	return c, document, c.Validate()
}

func amount(n *big.Int) math.Int {
	if n == nil {
		return math.ZeroInt()
	}
	return math.NewIntFromBigInt(n)
}

// rawDigest is the bytes of `sha256:…`, which was checked; none for "".
func rawDigest(text string) []byte {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "sha256:"))
	if err != nil || len(raw) == 0 {
		return nil
	}
	return raw
}

// addresses are a list in the ledger's form, sorted.
func addresses(list []string) ([]string, error) {
	var out []string
	for _, text := range list {
		raw, err := ethkey.AddressCodec{}.StringToBytes(text)
		if err != nil {
			return nil, fmt.Errorf("address %s: %w", text, err)
		}
		out = append(out, ethkey.Format(raw))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
