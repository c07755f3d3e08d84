package cluster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"ayni.example/client"
)

// Agree waits until all nodes have one height's state and compares state, supply and the transactions given.
func (c *Cluster) Agree(ctx context.Context, sample []client.TxResult) error {
	var top int64
	for _, n := range c.Running() {
		s, err := n.Status(ctx)
		if err != nil {
			return err
		}
		top = max(top, s.Height)
	}
	if err := c.WaitHeight(ctx, top); err != nil {
		return err
	}
	var errs []error
	state := map[int64][]byte{}
	for _, n := range c.Running() {
		if err := c.holds(ctx, n, sample); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", n.Name, err))
		}
		rpc, err := n.RPC()
		if err != nil {
			return err
		}
		info, err := rpc.ABCIInfo(ctx)
		if err != nil {
			return fmt.Errorf("state of %s: %w", n.Name, err)
		}
		height, hash := info.Response.LastBlockHeight, info.Response.LastBlockAppHash
		if known, ok := state[height]; ok && !bytes.Equal(known, hash) {
			errs = append(errs, fmt.Errorf("%w: state of height %d on %s is %X, elsewhere %X", ErrFork, height, n.Name, hash, known))
		}
		state[height] = hash
	}
	return errors.Join(errs...)
}

// holds tells whether a node has the money that the network began with, and the transactions of the blocks that it has.
func (c *Cluster) holds(ctx context.Context, n *Node, sample []client.TxResult) error {
	one, err := c.Client(n, 0)
	if err != nil {
		return err
	}
	supply, err := one.Supply(ctx)
	if err != nil {
		return err
	}
	status, err := n.Status(ctx)
	if err != nil {
		return err
	}
	var errs []error
	if !supply.Equal(c.supply) {
		errs = append(errs, fmt.Errorf("the supply is %s, it began with %s", supply, c.supply))
	}
	for _, want := range sample {
		if want.Height < status.Earliest {
			continue
		}
		if err := holdsOne(ctx, one, want); err != nil {
			errs = append(errs, fmt.Errorf("transaction %X of block %d: %w", want.Hash, want.Height, err))
		}
	}
	return errors.Join(errs...)
}

// holdsOne tells whether a node has a transaction where another has it, and that it took effect.
func holdsOne(ctx context.Context, node *client.Client, want client.TxResult) error {
	block, err := node.Executed(ctx, want.Height)
	if err != nil {
		return err
	}
	for i, tx := range block.Txs {
		if hash := sha256.Sum256(tx); bytes.Equal(hash[:], want.Hash) && block.Results[i].Code == 0 {
			return nil
		}
	}
	return errors.New("it is not there")
}

// Check is what a home's state says of itself.
type Check struct {
	Height  int64  `json:"height"`
	AppHash string `json:"app_hash"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem"`
}

// Check asks for the invariants of a node's state, whether it runs or not.
func (n *Node) Check(ctx context.Context) (Check, error) {
	var check Check
	if err := n.Read(ctx, &check, "network", "check"); err != nil {
		return check, err
	}
	if !check.OK {
		return check, fmt.Errorf("state of %s at height %d: %s", n.Name, check.Height, check.Problem)
	}
	return check, nil
}

// Memory is the most that the running process ever held, in bytes, and what it holds now.
func (n *Node) Memory() (peak, now int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.PID()))
	if err != nil {
		return 0, 0, fmt.Errorf("memory of %s: %w", n.Name, err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kib, _ := strconv.ParseInt(fields[1], 10, 64) // other lines are no numbers
		switch fields[0] {
		case "VmHWM:":
			peak = kib << 10
		case "VmRSS:":
			now = kib << 10
		}
	}
	return peak, now, nil
}
