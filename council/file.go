package council

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/chain"
	"ayni.example/internal/canon"
)

// What speaks against a network's file.
var (
	ErrFile   = errors.New("not a network's file")
	ErrDigest = errors.New("the file is not the one that the founders agreed on")
)

const (
	fileForm = "ayni/network/1"
	fileMax  = chain.GenesisMaxBytes + seatsMax*2*peerMax
	// fileDepth is that of the genesis and one more.
	fileDepth = 64
)

// File is what a machine needs to take part in a network: its genesis and the nodes to begin with.
type File struct {
	Genesis *cmttypes.GenesisDoc
	Peers   []string // ID@HOST:PORT
}

// fileJSON is a File on disk.
type fileJSON struct {
	Form    string          `json:"form"`
	Genesis json.RawMessage `json:"genesis"`
	Peers   []string        `json:"peers"`
}

// Freeze makes the network of a draft.
func (d *Draft) Freeze(terms Terms, at time.Time) (File, error) {
	accounts, err := terms.accounts(d)
	if err != nil {
		return File{}, err
	}
	issuers, err := terms.issuers(d)
	if err != nil {
		return File{}, err
	}
	if len(d.Seats) == 0 {
		return File{}, fmt.Errorf("%w: no seat", ErrDraft)
	}
	cfg := chain.GenesisConfig{
		ChainID: d.Network, Time: at, Admin: d.Seats[0].Request.Operator, Accounts: accounts, Issuers: issuers,
	}
	var f File
	for _, seat := range d.Seats {
		r := seat.Request
		cfg.Validators = append(cfg.Validators, chain.GenesisValidator{
			Name: r.Name, Operator: r.Operator, Key: cmted25519.PubKey(r.Consensus), Power: seat.Power,
		})
		f.Peers = append(f.Peers, r.Peer)
	}
	slices.Sort(f.Peers)
	if f.Genesis, err = chain.NewGenesis(cfg); err != nil {
		return File{}, fmt.Errorf("make genesis: %w", err)
	}
	return f, nil
}

// Encode writes the file in its one form.
func (f File) Encode() ([]byte, error) {
	genesis, err := chain.EncodeGenesis(f.Genesis)
	if err != nil {
		return nil, err
	}
	raw, err := canon.Marshal(fileJSON{Form: fileForm, Genesis: genesis, Peers: f.Peers})
	return append(raw, '\n'), err
}

// Digest is what the founders compare.
func Digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Open reads a network's file if it has the digest.
func Open(raw []byte, digest string) (File, error) {
	if have := Digest(raw); !strings.EqualFold(have, strings.TrimSpace(digest)) {
		return File{}, fmt.Errorf("%w: its digest is %s", ErrDigest, have)
	}
	return DecodeFile(raw)
}

// DecodeFile reads what Encode wrote and nothing else.
func DecodeFile(raw []byte) (File, error) {
	var kept fileJSON
	if err := canon.Unmarshal(bytes.TrimSuffix(raw, []byte("\n")), &kept, canon.Limits{Bytes: fileMax, Depth: fileDepth}); err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if kept.Form != fileForm {
		return File{}, fmt.Errorf("%w: form %q instead of %q", ErrFile, kept.Form, fileForm)
	}
	genesis, err := chain.DecodeGenesis(kept.Genesis)
	if err != nil {
		return File{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if len(kept.Peers) == 0 || len(kept.Peers) > seatsMax {
		return File{}, fmt.Errorf("%w: %d nodes, want 1 to %d", ErrFile, len(kept.Peers), seatsMax)
	}
	for _, peer := range kept.Peers {
		if err := checkPeer(peer); err != nil {
			return File{}, fmt.Errorf("%w: %w", ErrFile, err)
		}
	}
	return File{Genesis: genesis, Peers: kept.Peers}, nil
}
