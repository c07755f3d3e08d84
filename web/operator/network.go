package operator

import "time"

// Network is a network and this machine's place in it.
type Network struct {
	ChainID    string      `json:"chain_id"`
	Digest     string      `json:"genesis_digest"` // SHA-256 of the genesis in its one form
	Height     int64       `json:"height"`
	Hash       string      `json:"hash"` // of the block at Height: with it, somebody who trusts this machine can sync state
	Time       time.Time   `json:"time"`
	Syncing    bool        `json:"syncing"`
	Node       string      `json:"node"` // ID@HOST:PORT of this machine's ledger node
	Key        string      `json:"key"`  // consensus key of this machine, in hexadecimal
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
