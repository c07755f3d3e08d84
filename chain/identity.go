package chain

import (
	"crypto/ed25519"
	"fmt"

	cmted25519 "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"

	"ayni.example/x/council"
)

// PowerMax is the most power of one validator.
const PowerMax = council.PowerMax

// Identity is how the node of a home is known to others: by the key with which it signs blocks, and by that of its connections.
type Identity struct {
	signer *privval.FilePV
	node   *p2p.NodeKey
}

// OpenIdentity reads the two keys of a home and makes what is missing.
func OpenIdentity(home string) (*Identity, error) {
	cfg := NodeConfig{Home: home}
	if err := cfg.makeFolders(); err != nil {
		return nil, err
	}
	signer, err := firstKey(cfg)
	if err != nil {
		return nil, err
	}
	node, err := p2p.LoadOrGenNodeKey(cfg.comet("").NodeKeyFile())
	if err != nil {
		return nil, fmt.Errorf("load node key: %w", err)
	}
	return &Identity{signer, node}, nil
}

// firstKey is the key with which a home signs blocks; it is made at the first call.
func firstKey(cfg NodeConfig) (*privval.FilePV, error) {
	files := filesOf(cfg)
	if _, err := files.settle(); err != nil {
		return nil, err
	}
	keys, err := files.load()
	if err != nil {
		return nil, err
	}
	return keys[0].FilePV, nil
}

// Key is the public key with which the home signs blocks.
func (i *Identity) Key() ed25519.PublicKey { return i.signer.Key.PubKey.Bytes() }

// NodeID names the node in addresses: ID@HOST:PORT.
func (i *Identity) NodeID() string { return string(i.node.ID()) }

// Prove shows that the consensus key is here. What it signs is a digest behind a domain, never the bytes of a block or a vote.
func (i *Identity) Prove(digest [32]byte) ([]byte, error) {
	key, ok := i.signer.Key.PrivKey.(cmted25519.PrivKey)
	if !ok {
		return nil, fmt.Errorf("the validator key is %s, not Ed25519", i.signer.Key.PrivKey.Type())
	}
	return key.Sign(digest[:])
}
