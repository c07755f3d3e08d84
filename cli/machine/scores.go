package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"ayni.example/client"
	"ayni.example/inference/gateway"
	"ayni.example/internal/ethkey"
	"ayni.example/x/arena"
)

// scoreOne is a scoreboard's full score, in millionths.
const scoreOne = 1_000_000

// trusted is an arena whose scoreboard this machine's owner goes by.
type trusted struct {
	id    []byte
	model string // which its scores are about; "" for all that a contestant serves
}

// parseTrusted reads OWNER/LABEL or an id of 64 digits, and =MODEL behind it.
func parseTrusted(text, chainID string) (trusted, error) {
	name, model, _ := strings.Cut(text, "=")
	if id, err := hex.DecodeString(name); err == nil && len(id) == arena.HashSize {
		return trusted{id, model}, nil
	}
	owner, label, found := strings.Cut(name, "/")
	address, err := ethkey.AddressCodec{}.StringToBytes(owner)
	if !found || err != nil || label == "" {
		return trusted{}, advice(fmt.Errorf("arena %q: want OWNER/LABEL or an id of 64 hexadecimal digits, and =MODEL if it is about one model", text),
			"look at arenas in config.yaml, and at --arena")
	}
	return trusted{arena.ID(chainID, address, label), model}, nil
}

// boards are the queries of x/arena that scores come from.
type boards interface {
	Arena(ctx context.Context, id []byte) (arena.Arena, error)
	ArenaScoreboard(ctx context.Context, id []byte) ([]arena.Row, error)
}

// scores asks trusted arenas what they have found of providers: a contestant is the provider of the same account.
type scores struct {
	boards boards
	arenas []trusted
	log    *slog.Logger
}

// openScores is nil where no arena is trusted.
func (m *Machine) openScores() (gateway.Scores, error) {
	s := &scores{boards: m.ledger, log: m.config.Log}
	for _, text := range m.config.Settings.Arenas {
		t, err := parseTrusted(text, m.node.Genesis().ChainID)
		if err != nil {
			return nil, err
		}
		s.arenas = append(s.arenas, t)
	}
	if len(s.arenas) == 0 {
		return nil, nil //nolint:nilnil // no arena is no fault
	}
	return s, nil
}

// Scores reads all scoreboards. An arena that the ledger does not hold is left out.
func (s *scores) Scores(ctx context.Context) ([]gateway.Score, error) {
	var all []gateway.Score
	for _, t := range s.arenas {
		a, err := s.boards.Arena(ctx, t.id)
		if errors.Is(err, client.ErrNotFound) {
			s.log.Warn("a trusted arena is not on the ledger", "arena", hex.EncodeToString(t.id))
			continue
		}
		if err != nil {
			return nil, err
		}
		rows, err := s.boards.ArenaScoreboard(ctx, t.id)
		if err != nil {
			return nil, err
		}
		all = append(all, t.scores(a.Rules, rows)...)
	}
	return all, nil
}

// scores reads a scoreboard. Who has none yet, because no task was scored, is left out. An arena of Yuma tells how its prize is divided, so
// there the best has quality 1.
func (t trusted) scores(rules arena.Rules, rows []arena.Row) []gateway.Score {
	best, least := uint32(scoreOne), uint32(0)
	switch {
	case rules.Anchored != nil:
		least = rules.Anchored.QualityBps * (scoreOne / 10_000)
	case rules.Yuma != nil:
		best = 1
		for _, r := range rows {
			if r.Role == arena.Contestant {
				best = max(best, r.ScorePpm)
			}
		}
	}
	var all []gateway.Score
	for _, r := range rows {
		if r.Role != arena.Contestant || r.ScorePpm == 0 && r.Work == 0 && !r.CanaryAware {
			continue
		}
		all = append(all, gateway.Score{
			Provider: r.Member, Model: t.model, Quality: min(float64(r.ScorePpm)/float64(best), 1), Poor: r.CanaryAware || r.ScorePpm < least,
		})
	}
	return all
}
