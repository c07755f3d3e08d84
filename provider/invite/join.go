package invite

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"ayni.example/p2p"
	"ayni.example/receipt"
)

// Dialer opens a stream to a peer; p2p.Host does.
type Dialer interface {
	Open(ctx context.Context, id string, addrs []string, name string) (*p2p.Stream, error)
}

// Network is what a joiner gets.
type Network struct {
	Genesis []byte // checked against the token
	Ledger  string // node to follow: id@host:port
	First   int64  // height of the first block that the node still has
	Granted string // acredit
}

// Join shows the invitation to its inviter on behalf of an account.
func Join(ctx context.Context, dialer Dialer, token Token, address string) (Network, error) {
	stream, err := dialer.Open(ctx, token.Peer, token.Addrs, Protocol)
	if err != nil {
		return Network{}, fmt.Errorf("reach the inviter at %v: %w", token.Addrs, err)
	}
	defer stream.Close() //nolint:errcheck // what matters has arrived by then
	if err := stream.Send(hello{Secret: token.Secret[:], Address: address}, helloMax, frameTimeout); err != nil {
		return Network{}, fmt.Errorf("show the invitation: %w", err)
	}
	var w welcome
	if err := stream.Receive(&w, welcomeMax, frameTimeout+grantTimeout); err != nil {
		return Network{}, fmt.Errorf("wait for the inviter: %w", err)
	}
	switch {
	case w.Error != "":
		return Network{}, errors.New("the inviter answered: " + w.Error)
	case len(w.Genesis) > GenesisMax || receipt.Digest(sha256.Sum256(w.Genesis)) != token.Genesis:
		return Network{}, fmt.Errorf("%w: the inviter's genesis is not the one that the invitation names", ErrToken)
	case w.Ledger == "":
		return Network{}, errors.New("the inviter names no ledger node to follow")
	}
	return Network{Genesis: w.Genesis, Ledger: w.Ledger, First: w.First, Granted: w.Granted}, nil
}
