package cluster

import (
	"fmt"
	"path/filepath"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"

	"ayni.example/chain"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
)

// power is each validator's.
const power = 10

// found makes the keys and one genesis in every home.
func (c *Cluster) found(cfg Config) error {
	c.Keys, c.ChainID = testchain.Keys(cfg.Accounts), testchain.ChainID
	genesis := chain.GenesisConfig{ChainID: c.ChainID, Time: time.Now().Add(-time.Second), Admin: c.Address(0)}
	for i := range c.Keys {
		genesis.Accounts = append(genesis.Accounts, chain.GenesisAccount{Address: c.Address(i), Balance: testchain.Credits(1_000_000)})
	}
	for i, n := range c.Nodes[:cfg.Nodes] {
		key, err := chain.ValidatorKey(n.Home)
		if err != nil {
			return err
		}
		genesis.Validators = append(genesis.Validators, chain.GenesisValidator{Name: n.Name, Operator: c.Address(i), Key: key, Power: power})
	}
	doc, err := chain.NewGenesis(genesis)
	if err != nil {
		return err
	}
	var peers []string
	for _, n := range c.Nodes {
		key, err := p2p.LoadOrGenNodeKey(filepath.Join(n.Home, "ledger", cmtcfg.DefaultConfigDir, "node_key.json"))
		if err != nil {
			return fmt.Errorf("make node key: %w", err)
		}
		peers = append(peers, string(key.ID())+"@"+n.at(peerPort))
	}
	for i, n := range c.Nodes {
		for j, peer := range peers {
			if i != j {
				n.peers = append(n.peers, peer)
			}
		}
		node, err := chain.NewNode(chain.NodeConfig{Home: n.Home, Genesis: doc, Listen: "127.0.0.1:0"})
		if err != nil {
			return err
		}
		node.Close()
	}
	return nil
}

// Address is that of an account.
func (c *Cluster) Address(account int) string {
	return ethkey.Format(c.Keys[account].PubKey().Address())
}
