package operator

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Council is who makes blocks and decides, and what is open.
type Council struct {
	Seats     []Seat     `json:"seats"`
	Proposals []Proposal `json:"proposals"`        // open ones
	Beacon    *Beacon    `json:"beacon,omitempty"` // none before the ledger's release 2
}

// Seat is one validator.
type Seat struct {
	Name        string    `json:"name"`
	Operator    string    `json:"operator"` // account
	Key         string    `json:"key"`      // Ed25519, in hexadecimal
	Power       uint64    `json:"power"`
	Status      string    `json:"status"` // active, absent, condemned
	AbsentSince time.Time `json:"absent_since,omitzero"`
	Peer        string    `json:"peer"` // ID@HOST:PORT of its node
	Self        bool      `json:"self"`
}

// Proposal is what the council votes on.
type Proposal struct {
	ID       uint64            `json:"id"`
	Status   string            `json:"status"` // open, executed, failed, rejected, lapsed
	Proposer string            `json:"proposer"`
	Summary  string            `json:"summary"`
	Messages []string          `json:"messages"` // types
	Lapses   time.Time         `json:"lapses"`   // at the earliest
	Yes      uint64            `json:"yes"`      // power of the active seats that agree
	No       uint64            `json:"no"`
	Total    uint64            `json:"total"`
	Failure  string            `json:"failure,omitempty"`
	Votes    []Vote            `json:"votes"`
	Content  []json.RawMessage `json:"content"` // the messages in the JSON of protocol buffers
}

// Beacon is where the network's randomness stands.
type Beacon struct {
	Round uint64 `json:"round"` // the last that opened; 0: none yet
	Open  bool   `json:"open"`
	Keys  uint32 `json:"keys"` // of seats, for the next round
}

// Council implements Ledger.
func (c *Client) Council(ctx context.Context) (Council, error) {
	return ask[Council](ctx, c, http.MethodGet, "council", nil)
}
