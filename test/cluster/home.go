package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Backup copies the home of a node that is stopped.
func (n *Node) Backup() (string, error) {
	folder := n.Home + ".backup"
	return folder, copyFolder(n.Home, folder)
}

// Restore puts a backup in the place of the home of a node that is stopped.
func (n *Node) Restore(backup string) error {
	if err := os.RemoveAll(n.Home); err != nil {
		return fmt.Errorf("restore %s: %w", n.Name, err)
	}
	return copyFolder(backup, n.Home)
}

// copyFolder keeps the files' modes and times.
func copyFolder(from, to string) error {
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("copy %s: %w: %s", from, err, out)
	}
	return nil
}

// Imitate gives a node the home of another one, keys included, at its own address and with its own identity among peers.
func (n *Node) Imitate(other *Node) error {
	config, err := os.ReadFile(filepath.Join(n.Home, "config.yaml"))
	if err != nil {
		return fmt.Errorf("imitate %s: %w", other.Name, err)
	}
	if err := n.Restore(other.Home); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(n.Home, "config.yaml"), config, logMode),
		os.Remove(filepath.Join(n.Home, "ledger", "config", "node_key.json")),
	)
}

// EmptyDisk leaves a node that is stopped its keys and settings, and no ledger.
func (n *Node) EmptyDisk() error {
	ledger := filepath.Join(n.Home, "ledger")
	entries, err := os.ReadDir(ledger)
	if err != nil {
		return fmt.Errorf("empty the disk of %s: %w", n.Name, err)
	}
	errs := []error{os.Remove(filepath.Join(ledger, "config", "genesis.json"))}
	for _, entry := range entries {
		if entry.Name() != "config" {
			errs = append(errs, os.RemoveAll(filepath.Join(ledger, entry.Name())))
		}
	}
	return errors.Join(errs...)
}

// Evidence counts the proofs of double signing in the blocks from one height on.
func (c *Cluster) Evidence(ctx context.Context, through *Node, from int64) (int, error) {
	rpc, err := through.RPC()
	if err != nil {
		return 0, err
	}
	status, err := through.Status(ctx)
	if err != nil {
		return 0, err
	}
	found := 0
	for height := max(from, status.Earliest); height <= status.Height; height++ {
		block, err := rpc.Block(ctx, &height)
		if err != nil {
			return found, fmt.Errorf("block %d: %w", height, err)
		}
		found += len(block.Block.Evidence.Evidence)
	}
	return found, nil
}

// Validators are the addresses and powers of those who make the next block.
func (c *Cluster) Validators(ctx context.Context, through *Node) (map[string]int64, error) {
	rpc, err := through.RPC()
	if err != nil {
		return nil, err
	}
	page := 100
	list, err := rpc.Validators(ctx, nil, nil, &page)
	if err != nil {
		return nil, fmt.Errorf("validators: %w", err)
	}
	powers := map[string]int64{}
	for _, v := range list.Validators {
		powers[v.Address.String()] = v.VotingPower
	}
	return powers, nil
}
