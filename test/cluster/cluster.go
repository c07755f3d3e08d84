package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cosmossdk.io/math"

	"ayni.example/internal/ethkey"
	"ayni.example/test/delay"
	"ayni.example/test/netns"
	"ayni.example/test/slowdisk"
)

// Config says what to build.
type Config struct {
	Dir      string // of the homes
	Binary   string // the program
	Nodes    int    // zero: 4
	Spare    int    // further machines, which are no validators and which Start leaves alone
	Accounts int    // with money, for load; zero: 8
	Link     delay.Link
	Rate     string // of each machine's sending, as tc writes it; empty: 100mbit
	Settings string // further lines of every config.yaml
	SlowDisk bool   // homes on disks that can be made slow
	Seed     uint64
}

// Cluster is a network in operation.
type Cluster struct {
	Nodes   []*Node
	Keys    []*ethkey.PrivKey // of the accounts with money
	ChainID string
	Switch  *delay.Switch
	genesis string // the network's file
	seats   int    // validators at the founding
	supply  math.Int
}

// Missing tells why this machine cannot run one, or "".
func Missing() string { return netns.Missing() }

// Sweep removes what a killed process left.
func Sweep() error { return errors.Join(netns.Sweep(), slowdisk.Sweep()) }

// New founds a network; nothing runs yet. What was made is removed again when something fails.
func New(ctx context.Context, cfg Config) (*Cluster, error) {
	cfg.Nodes, cfg.Accounts = orDefault(cfg.Nodes, 4), orDefault(cfg.Accounts, 8)
	if cfg.Rate == "" {
		cfg.Rate = "100mbit"
	}
	if err := Sweep(); err != nil {
		return nil, err
	}
	c := &Cluster{seats: cfg.Nodes}
	if err := c.build(ctx, cfg); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) build(ctx context.Context, cfg Config) error {
	var ports []delay.Port
	for i := range cfg.Nodes + cfg.Spare {
		n, err := newNode(cfg, i)
		if err != nil {
			return err
		}
		c.Nodes = append(c.Nodes, n)
		ports = append(ports, delay.Port{Namespace: n.namespace, Address: n.address})
	}
	var err error
	if c.Switch, err = delay.New(delay.Config{Ports: ports, Link: cfg.Link, Rate: cfg.Rate, Seed: cfg.Seed}); err != nil {
		return err
	}
	return c.found(ctx, cfg)
}

func newNode(cfg Config, index int) (*Node, error) {
	name := fmt.Sprintf("v%d", index+1)
	n := &Node{
		Name: name, Home: filepath.Join(cfg.Dir, name), binary: cfg.Binary,
		address: netip.AddrFrom4([4]byte{10, 78, 0, byte(index + 1)}), index: index,
	}
	if err := os.MkdirAll(n.Home, 0o700); err != nil {
		return nil, fmt.Errorf("make home: %w", err)
	}
	if cfg.SlowDisk {
		below := n.Home + ".disk"
		if err := os.MkdirAll(below, 0o700); err != nil {
			return nil, fmt.Errorf("make home: %w", err)
		}
		var err error
		if n.Disk, err = slowdisk.Mount(below, n.Home); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(filepath.Join(n.Home, "config.yaml"), []byte(n.config()+cfg.Settings), logMode); err != nil {
		return nil, fmt.Errorf("make home: %w", err)
	}
	n.Env(clockEnv + "=" + n.clockFile())
	var err error
	if n.namespace, err = netns.Make(name); err != nil {
		return nil, err
	}
	return n, nil
}

// config is the machine's settings.
func (n *Node) config() string {
	return fmt.Sprintf("name: %s\nledger_listen: %s\nledger_rpc: %s\nlog: info\n", n.Name, n.at(peerPort), n.at(rpcPort))
}

// Start runs all validators and waits until each answers.
func (c *Cluster) Start(ctx context.Context) error {
	for _, n := range c.Nodes[:c.seats] {
		if err := n.Start(); err != nil {
			return err
		}
	}
	for _, n := range c.Nodes[:c.seats] {
		if err := n.Answers(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Running are the nodes with a process.
func (c *Cluster) Running() []*Node {
	return slices.DeleteFunc(slices.Clone(c.Nodes), func(n *Node) bool { return !n.Running() })
}

// WaitHeight returns when the nodes, or all that run, have the block of a height.
func (c *Cluster) WaitHeight(ctx context.Context, height int64, nodes ...*Node) error {
	if len(nodes) == 0 {
		nodes = c.Running()
	}
	for _, n := range nodes {
		for {
			status, err := n.Status(ctx)
			if err == nil && status.Height >= height {
				break
			}
			if ended, gone := n.Ended(); gone {
				return fmt.Errorf("%s ended: %w; %s", n.Name, ended, n.Tail())
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s: wait for height %d, it is at %d: %w", n.Name, height, status.Height, errors.Join(ctx.Err(), err))
			case <-time.After(lookInterval):
			}
		}
	}
	return nil
}

// Close kills the processes and removes namespaces and mounts; the homes stay.
func (c *Cluster) Close() error {
	var errs []error
	for _, n := range c.Nodes {
		n.Kill()
	}
	if c.Switch != nil {
		errs = append(errs, c.Switch.Close())
	}
	for _, n := range c.Nodes {
		errs = append(errs, n.remove())
	}
	return errors.Join(errs...)
}

func orDefault(value, standard int) int {
	if value == 0 {
		return standard
	}
	return value
}
