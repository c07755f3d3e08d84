package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
)

const (
	// power is each validator's.
	power = 10
	// founderCredits is what each operator begins with.
	founderCredits = 1_000
	// accountCredits is what each account of the load begins with.
	accountCredits = 1_000_000
	commandTimeout = time.Minute
)

// found does what the organisations would do by hand, each in its own home: the first begins, the others ask for seats, and all
// start from one file with one digest.
func (c *Cluster) found(ctx context.Context, cfg Config) error {
	c.Keys = testchain.Keys(cfg.Accounts)
	c.supply = testchain.Credits(int64(cfg.Nodes)*founderCredits + int64(cfg.Accounts)*accountCredits)
	c.genesis = filepath.Join(cfg.Dir, "genesis.json")
	first := c.Nodes[0]
	var asked struct{ Network string }
	if err := first.Read(ctx, &asked, "network", "init", "--name", first.Name, "--address", first.at(peerPort), "--power", strconv.Itoa(power)); err != nil {
		return err
	}
	c.ChainID = asked.Network
	for _, n := range c.Nodes[1:cfg.Nodes] {
		file, err := c.Request(ctx, n)
		if err != nil {
			return err
		}
		if _, err := first.Run(ctx, "network", "add-validator", file, "--power", strconv.Itoa(power)); err != nil {
			return err
		}
	}
	terms := filepath.Join(cfg.Dir, "terms.yaml")
	if err := os.WriteFile(terms, []byte(c.terms(cfg)), logMode); err != nil {
		return fmt.Errorf("write terms: %w", err)
	}
	var frozen struct{ Digest string }
	if err := first.Read(ctx, &frozen, "network", "genesis", "--config", terms, "-o", c.genesis); err != nil {
		return err
	}
	for i, n := range c.Nodes {
		n.first = []string{"network", "start", c.genesis, "--digest", frozen.Digest, "--ledger-only"}
		if i >= cfg.Nodes {
			n.first = append(n.first, "--follow")
		}
	}
	return nil
}

// Request has a machine ask for a seat and returns the file for the council.
func (c *Cluster) Request(ctx context.Context, n *Node) (string, error) {
	file := n.Home + ".request.json"
	_, err := n.Run(ctx, "network", "request", "--network", c.ChainID, "--name", n.Name, "--address", n.at(peerPort), "-o", file)
	return file, err
}

// terms give money to the operators and to the accounts of the load. Nobody issues more, so that the supply stays.
func (c *Cluster) terms(cfg Config) string {
	var b strings.Builder
	b.WriteString("balances:\n")
	for _, n := range c.Nodes[:cfg.Nodes] {
		fmt.Fprintf(&b, "  %s: \"%d\"\n", n.Name, founderCredits)
	}
	for i := range c.Keys {
		fmt.Fprintf(&b, "  %q: \"%d\"\n", c.Address(i), accountCredits)
	}
	return b.String()
}

// Address is that of an account.
func (c *Cluster) Address(account int) string {
	return ethkey.Format(c.Keys[account].PubKey().Address())
}

// Run is one command on the node's home; it returns standard output.
func (n *Node) Run(ctx context.Context, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, n.binary, append(args, "--home", n.Home)...)
	cmd.Env = append(os.Environ(), n.env...)
	out, err := n.output(cmd)
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
		}
		return out, fmt.Errorf("%s: ayni %s: %w", n.Name, strings.Join(args, " "), err)
	}
	return out, nil
}

// Read runs a command with --json and decodes what it prints.
func (n *Node) Read(ctx context.Context, into any, args ...string) error {
	out, err := n.Run(ctx, append(args, "--json")...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("%s: ayni %s: %w in %s", n.Name, strings.Join(args, " "), err, out)
	}
	return nil
}
