package chain

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/cometbft/cometbft/p2p"
)

// listenFile keeps the port that was free at the first start, since other nodes hold the address.
const listenFile = "listen"

// ErrPeer is a text that is no node's address.
var ErrPeer = errors.New("not a node address of the form ID@HOST:PORT")

// CheckPeer tells whether a text, perhaps from an invite, is a node's address.
func CheckPeer(peer string) error {
	id, address, found := strings.Cut(peer, "@")
	if !found || strings.ContainsAny(peer, ", \t\n") {
		return fmt.Errorf("%w: %q", ErrPeer, peer)
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("%w: %w", ErrPeer, err)
	}
	if len(id) != 2*p2p.IDByteLength || strings.Trim(id, "0123456789abcdef") != "" {
		return fmt.Errorf("%w: %q", ErrPeer, peer)
	}
	return nil
}

func joinPeers(peers []string) string { return strings.Join(peers, ",") }

// listenAddress settles the port when cfg leaves it open: the one of the last start while it is free, else a new one.
func listenAddress(cfg NodeConfig) (string, error) {
	host, port, err := net.SplitHostPort(cfg.Listen)
	if cfg.Listen == "" {
		host, port, err = "127.0.0.1", "0", nil
	}
	if err != nil {
		return "", fmt.Errorf("ledger listen address %q: %w", cfg.Listen, err)
	}
	if port != "0" {
		return net.JoinHostPort(host, port), nil
	}
	path := filepath.Join(cfg.root(), "config", listenFile)
	if kept, err := os.ReadFile(path); err == nil {
		if address, err := probe(net.JoinHostPort(host, strings.TrimSpace(string(kept)))); err == nil {
			return address, nil
		}
	}
	address, err := probe(net.JoinHostPort(host, "0"))
	if err != nil {
		return "", fmt.Errorf("find a free port for the ledger: %w", err)
	}
	if _, port, err = net.SplitHostPort(address); err != nil {
		return "", fmt.Errorf("find a free port for the ledger: %w", err)
	}
	if err := os.WriteFile(path, []byte(port+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the ledger's port: %w", err)
	}
	return address, nil
}

// probe binds an address for a moment, to learn that it is free and which port 0 became. CometBFT cannot be handed a listener.
func probe(address string) (string, error) {
	listener, err := net.Listen("tcp", address) //nolint:noctx // binds and returns at once
	if err != nil {
		return "", err
	}
	bound := listener.Addr().String()
	return bound, listener.Close()
}
