package machine

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"ayni.example/client"
	"ayni.example/inference/gateway"
	"ayni.example/internal/ethkey"
	"ayni.example/x/arena"
)

// standInBoards stands in for the ledger's answers to the queries of x/arena.
type standInBoards struct {
	rules arena.Rules
	rows  []arena.Row
	err   error
}

func (b standInBoards) Arena(context.Context, []byte) (arena.Arena, error) {
	return arena.Arena{Rules: b.rules}, b.err
}

func (b standInBoards) ArenaScoreboard(context.Context, []byte) ([]arena.Row, error) {
	return b.rows, b.err
}

func TestScoresOfArenas(t *testing.T) {
	rows := []arena.Row{
		{Member: "good", Role: arena.Contestant, ScorePpm: 900_000},
		{Member: "low", Role: arena.Contestant, ScorePpm: 199_999},
		{Member: "aware", Role: arena.Contestant, ScorePpm: 450_000, CanaryAware: true},
		{Member: "new", Role: arena.Contestant},
		{Member: "useless", Role: arena.Contestant, Work: 3},
		{Member: "judge", Role: arena.Evaluator, ScorePpm: 1_000_000},
	}
	for name, tt := range map[string]struct {
		boards standInBoards
		want   []gateway.Score
	}{
		"anchored": {standInBoards{rules: arena.Rules{Anchored: &arena.Anchored{QualityBps: 2000}}, rows: rows}, []gateway.Score{
			{Provider: "good", Model: "m", Quality: .9},
			{Provider: "low", Model: "m", Quality: .199999, Poor: true},
			{Provider: "aware", Model: "m", Quality: .45, Poor: true},
			{Provider: "useless", Model: "m", Poor: true},
		}},
		"yuma, by parts of the prize": {standInBoards{rules: arena.Rules{Yuma: &arena.Yuma{}}, rows: rows[:3]}, []gateway.Score{
			{Provider: "good", Model: "m", Quality: 1},
			{Provider: "low", Model: "m", Quality: 199_999. / 900_000},
			{Provider: "aware", Model: "m", Quality: .5, Poor: true},
		}},
		"not on the ledger": {standInBoards{err: client.ErrNotFound}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scores{boards: tt.boards, arenas: []trusted{{id: make([]byte, arena.HashSize), model: "m"}}, log: slog.New(slog.DiscardHandler)}
			if got, err := s.Scores(t.Context()); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
	away := errors.New("connection refused")
	s := &scores{boards: standInBoards{err: away}, arenas: []trusted{{}}}
	if _, err := s.Scores(t.Context()); !errors.Is(err, away) {
		t.Errorf("the ledger is away: %v", err)
	}
}

func TestTrustedArenas(t *testing.T) {
	owner := bytes.Repeat([]byte{1}, ethkey.AddressSize)
	id := arena.ID("ayni_7-1", owner, "go")
	for text, want := range map[string]trusted{
		ethkey.Format(owner) + "/go":          {id, ""},
		ethkey.Hex(owner) + "/go=llama3.2:1b": {id, "llama3.2:1b"},
		strings.Repeat("ab", 32):              {bytes.Repeat([]byte{0xab}, 32), ""},
		strings.Repeat("ab", 32) + "=hf/x":    {bytes.Repeat([]byte{0xab}, 32), "hf/x"},
	} {
		if got, err := parseTrusted(text, "ayni_7-1"); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "go", "nobody/go", ethkey.Format(owner), ethkey.Format(owner) + "/", "=m", strings.Repeat("ab", 31)} {
		if _, err := parseTrusted(text, "ayni_7-1"); err == nil {
			t.Errorf("%q is an arena", text)
		}
	}
}
