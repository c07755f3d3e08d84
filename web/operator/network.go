package operator

import (
	"encoding/json"
	"time"
)

// Network is a network and this machine's place in it.
type Network struct {
	ChainID    string      `json:"chain_id"`
	Digest     string      `json:"genesis_digest"` // SHA-256 of the genesis in its one form
	Height     int64       `json:"height"`
	Hash       string      `json:"hash"` // of the block at Height: with it, somebody who trusts this machine can sync state
	Time       time.Time   `json:"time"`
	Syncing    bool        `json:"syncing"`
	Node       string      `json:"node"`               // ID@HOST:PORT of this machine's ledger node
	Council    string      `json:"council"`            // the account that proposals act for
	Operator   string      `json:"operator"`           // account of this machine
	Key        string      `json:"key"`                // consensus key of this machine, in hexadecimal
	NextKey    string      `json:"next_key,omitempty"` // that is to follow it
	Signing    string      `json:"signing"`            // "yes", or why this machine holds its key still
	Locked     bool        `json:"locked"`             // a person must look: only resume-signing ends it
	Power      int64       `json:"power"`
	Peers      []Peer      `json:"peers"`
	Validators []Validator `json:"validators"` // of the next block
}

// Peer is a node that this machine is connected to.
type Peer struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	Inbound bool   `json:"inbound"`
}

// Validator is a key that signs blocks.
type Validator struct {
	Key   string `json:"key"` // Ed25519, in hexadecimal
	Power int64  `json:"power"`
}

// Check is what the check of a ledger found.
type Check struct {
	ChainID string `json:"chain_id"`
	Height  int64  `json:"height"`
	AppHash string `json:"app_hash"` // of the state after the block at Height
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"`
}

// Vote is what a seat said.
type Vote struct {
	Operator string `json:"operator"`
	Yes      bool   `json:"yes"`
}

// ProposeRequest opens a proposal; this machine's seat agrees with it.
type ProposeRequest struct {
	Summary  string            `json:"summary"`
	Messages []json.RawMessage `json:"messages"` // of the council's account, in the JSON of protocol buffers
}

// VoteRequest says yes or no to a proposal.
type VoteRequest struct {
	ID  uint64 `json:"id"`
	Yes bool   `json:"yes"`
}

// Rotation tells of a new consensus key.
type Rotation struct {
	Key string `json:"key"`
}

// IssueRequest names who gets how many credits.
type IssueRequest struct {
	Address string `json:"address"`
	Credits string `json:"credits"`
}

// QuotaRequest names who may use how much gas without a fee; no gas ends it.
type QuotaRequest struct {
	Address string `json:"address"`
	Gas     uint64 `json:"gas"` // in each period
}
