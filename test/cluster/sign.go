package cluster

import (
	"context"
	"fmt"

	cmttypes "github.com/cometbft/cometbft/types"
)

// Signed tells which validators' votes are in the commit of a height, by address.
func (c *Cluster) Signed(ctx context.Context, through *Node, height int64) (map[string]bool, error) {
	rpc, err := through.RPC()
	if err != nil {
		return nil, err
	}
	commit, err := rpc.Commit(ctx, &height)
	if err != nil {
		return nil, fmt.Errorf("commit %d: %w", height, err)
	}
	signed := map[string]bool{}
	for _, s := range commit.Commit.Signatures {
		if s.BlockIDFlag == cmttypes.BlockIDFlagCommit {
			signed[s.ValidatorAddress.String()] = true
		}
	}
	return signed, nil
}

// ValidatorAddress is that of the key with which the node signs now.
func (n *Node) ValidatorAddress(ctx context.Context) (string, error) {
	rpc, err := n.RPC()
	if err != nil {
		return "", err
	}
	s, err := rpc.Status(ctx)
	if err != nil {
		return "", fmt.Errorf("status of %s: %w", n.Name, err)
	}
	return s.ValidatorInfo.Address.String(), nil
}
