package council

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/chain"
)

// ErrDigest is a genesis that is not the one that was agreed on.
var ErrDigest = errors.New("the genesis is not the one that the founders agreed on")

// Freeze makes the genesis of a draft. The council is the admin of everything; each seat has its node's address in it, so that the
// genesis alone is what a machine needs to take part.
func (d *Draft) Freeze(terms Terms, at time.Time) (*cmttypes.GenesisDoc, error) {
	accounts, err := terms.accounts(d)
	if err != nil {
		return nil, err
	}
	issuers, err := terms.issuers(d)
	if err != nil {
		return nil, err
	}
	cfg := chain.GenesisConfig{ChainID: d.Network, Time: at, Admin: chain.CouncilAddress(), Accounts: accounts, Issuers: issuers}
	for _, seat := range d.Seats {
		r := seat.Request
		cfg.Validators = append(cfg.Validators, chain.GenesisValidator{
			Name: r.Name, Operator: r.Operator, Key: cmted25519.PubKey(r.Consensus), Power: seat.Power, Peer: r.Peer,
		})
	}
	genesis, err := chain.NewGenesis(cfg)
	if err != nil {
		return nil, fmt.Errorf("make genesis: %w", err)
	}
	return genesis, nil
}

// Digest is what the founders compare: SHA-256 of the genesis in its one form.
func Digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Open reads a genesis if it has the digest.
func Open(raw []byte, digest string) (*cmttypes.GenesisDoc, error) {
	if have := Digest(raw); !strings.EqualFold(have, strings.TrimSpace(digest)) {
		return nil, fmt.Errorf("%w: its digest is %s", ErrDigest, have)
	}
	return chain.DecodeGenesis(raw)
}
