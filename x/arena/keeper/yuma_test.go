package keeper_test

import (
	"encoding/binary"
	"testing"

	"cosmossdk.io/math"

	"ayni.example/x/arena"
	"ayni.example/x/arena/keeper"
	"ayni.example/x/internal/ledgertest"
)

// TestYuma plays epochs of the other mechanism: three of equal stake agree, one weighs its own, and the median clips that.
func TestYuma(t *testing.T) {
	t.Parallel()
	p := startPlay(t, func(r *arena.Rules) {
		r.Anchored, r.Authors, r.AuthorBond = nil, 1, math.NewInt(500)
		r.Authors = 4
		r.Yuma = &arena.Yuma{Kappa: 32767, BondsPenalty: 65535, BondsMovingAverage: 900_000, ActivityCutoff: 5000, MaxAllowedValidators: 64}
	})
	for range 4 {
		p.phase(arena.Work)
		reports := map[string][]byte{}
		for _, name := range evaluators {
			reports[name] = weights(60_000, 20_000, 1)
			if name == "ezra" {
				reports[name] = weights(1, 1, 65_000)
			}
			p.ok(p.commit(name, reports[name]))
		}
		p.phase(arena.Reveal)
		for _, name := range evaluators {
			p.ok(p.reveal(name, reports[name]))
		}
		p.finish()
	}
	carl, cora, cleo := p.member(p.id, "carl").Earned, p.member(p.id, "cora").Earned, p.member(p.id, "cleo").Earned
	if !carl.GT(cora.MulRaw(2)) || !cora.GT(cleo.MulRaw(100)) {
		t.Errorf("earned %s, %s and %s", carl, cora, cleo)
	}
	if eva, ezra := p.member(p.id, "eva").Bond.Amount, p.member(p.id, "ezra").Bond.Amount; !eva.GT(ezra) {
		t.Errorf("eva has %s, ezra %s", eva, ezra)
	}
	graph, err := keeper.NewQueryServer(p.Arena).Metagraph(p.Ctx, &arena.QueryMetagraphRequest{Arena: p.id})
	ledgertest.Must(t, err)
	if len(graph.Neurons) != 7 || len(graph.Neurons[3].Weights) != 3 || !graph.Neurons[3].ValidatorPermit || graph.Neurons[0].Incentive < 45_000 {
		t.Errorf("metagraph %+v", graph.Neurons)
	}
}

func weights(w ...uint16) []byte {
	var b []byte
	for slot, v := range w {
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, uint16(slot)), v)
	}
	return b
}
