package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	"ayni.example/chain"
	"ayni.example/client"
	"ayni.example/client/proof"
	"ayni.example/internal/home"
	"ayni.example/provider/invite"
)

// joinTimeout bounds the conversation with the inviter.
const joinTimeout = 2 * time.Minute

// openLedger opens the ledger node: of the network that the home is in, of the one that invited it, or of a new one.
func (m *Machine) openLedger(ctx context.Context) error {
	h := m.config.Home
	var genesis *cmttypes.GenesisDoc
	var peers []string
	var err error
	if m.seat, err = ownSeat(h); err != nil {
		return err
	}
	switch {
	case m.config.Network != nil:
		genesis, peers, err = m.enter(m.config.Network)
	case h.Exists() && m.config.Invitation != "":
		return advice(errors.New("this home is in a network already"), "run it with `ayni up`, or join with another --home")
	case h.Exists():
		peers, err = readPeers(h)
	case m.config.Invitation == "" && m.seat != nil:
		return advice(fmt.Errorf("this home has asked for a seat in %s, and has not started in it", m.seat.Network),
			"start with `ayni network start GENESIS --digest DIGEST`, or use another --home")
	case m.config.Invitation == "" && invited(h):
		return advice(errors.New("this home began to join a network and did not finish"), "join again with the same invitation, or use another --home")
	case m.config.Invitation != "":
		genesis, peers, err = m.join(ctx)
	default:
		genesis, err = begin(h, m.config.Settings.Name, m.address, m.now()) //nolint:contextcheck // the fee check that is meant gets its context with each transaction
	}
	if err != nil {
		return err
	}
	m.node, err = chain.NewNode(chain.NodeConfig{ //nolint:contextcheck // as above
		Home: h.Dir(), Genesis: genesis, Peers: peers, Logger: m.config.Log, Version: m.config.Version,
		Listen: m.ledgerListen(), External: m.ledgerAddress(), RPC: m.config.Settings.LedgerRPC,
		IdleInterval: time.Duration(m.config.Settings.EmptyBlockSeconds) * time.Second, SkipUpgrade: m.config.SkipUpgrade,
		Workers:   m.config.Settings.BlockWorkers,
		StateSync: m.config.StateSync, Now: m.now, SnapshotInterval: m.config.Settings.SnapshotBlocks, RetainBlocks: m.config.Settings.RetainBlocks,
	})
	if err != nil {
		return fmt.Errorf("open ledger: %w", err)
	}
	m.add("ledger", m.node.Run)
	c, err := client.New(client.Config{
		RPC: m.node.RPC(), ChainID: m.node.Genesis().ChainID, Signer: accountKey(m.keys.Wallet()), Logger: m.config.Log,
		PriceMax: priceMax(m.config.Settings.GasPriceMax),
	})
	if err != nil {
		return err
	}
	m.ledger = newLedger(c)
	m.owed = newOwed(m.ledger, m.now)
	m.addReader("beacon", m.keepBeacon)
	if m.seat != nil || len(peers) > 0 {
		m.addReader("seat", m.keepSeat)
	}
	return nil
}

// ledgerListen is where the ledger's network listens; without a port the node keeps a free one. A seat's address that is a name
// may be another machine's, which hands connections on.
func (m *Machine) ledgerListen() string {
	s := m.config.Settings
	if s.LedgerListen != "" {
		return s.LedgerListen
	}
	if host, port, err := net.SplitHostPort(m.ledgerAddress()); err == nil && s.LedgerPort == 0 {
		if net.ParseIP(host) == nil {
			host = "0.0.0.0"
		}
		return net.JoinHostPort(host, port)
	}
	return net.JoinHostPort(s.Peer, strconv.Itoa(s.LedgerPort))
}

// ledgerAddress is HOST:PORT at which others dial this machine's ledger node; "" is where it listens.
func (m *Machine) ledgerAddress() string {
	switch {
	case m.config.Settings.LedgerAddress != "":
		return m.config.Settings.LedgerAddress
	case m.seat != nil:
		return m.seat.Address()
	}
	return ""
}

// enter checks that this home has its place in a network that several founded, and keeps whom to connect to.
func (m *Machine) enter(genesis *cmttypes.GenesisDoc) (*cmttypes.GenesisDoc, []string, error) {
	identity, err := chain.OpenIdentity(m.config.Home.Dir())
	if err != nil {
		return nil, nil, err
	}
	seats, err := chain.GenesisSeats(genesis)
	if err != nil {
		return nil, nil, err
	}
	var peers []string
	seated := false
	for _, seat := range seats {
		seated = seated || bytes.Equal(seat.ConsensusKey, identity.Key())
		peers = append(peers, seat.Peer)
	}
	if !seated && !m.config.Follow {
		return nil, nil, advice(fmt.Errorf("the genesis of %s has no seat for the key of this home", genesis.ChainID),
			"is it the --home that made the request? to follow the network, until the council admits this home or for good, add --follow")
	}
	peers = others(peers, identity.NodeID())
	return genesis, peers, keepPeers(m.config.Home, peers)
}

// others are the peers that can be dialled, without this node itself.
func others(peers []string, self string) []string {
	return slices.DeleteFunc(peers, func(peer string) bool { return chain.CheckPeer(peer) != nil || strings.HasPrefix(peer, self+"@") })
}

func keepPeers(h *home.Home, peers []string) error {
	return home.WriteFile(h.Peers(), []byte(strings.Join(peers, "\n")+"\n"))
}

// join shows the invitation and keeps what came back.
func (m *Machine) join(ctx context.Context) (*cmttypes.GenesisDoc, []string, error) {
	token, err := invite.Decode(m.config.Invitation)
	if err != nil {
		return nil, nil, advice(err, "ask for the whole token again: `ayni invite` on the other machine prints it")
	}
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	m.config.Log.Info("joining", "chain_id", token.ChainID)
	network, err := invite.Join(ctx, m.host, token, m.address)
	if err != nil {
		return nil, nil, advice(fmt.Errorf("join %s: %w", token.ChainID, err), "is the inviting machine running, reachable, and the invitation fresh?")
	}
	genesis, err := chain.DecodeGenesis(network.Genesis)
	if err != nil {
		return nil, nil, fmt.Errorf("genesis of %s: %w", token.ChainID, err)
	}
	if genesis.ChainID != token.ChainID {
		return nil, nil, fmt.Errorf("the invitation names %s, its genesis %s", token.ChainID, genesis.ChainID)
	}
	if network.First > genesis.InitialHeight && len(m.config.StateSync.RPC) == 0 { // it would wait for the blocks before for ever
		return nil, nil, advice(fmt.Errorf("join %s: the ledger of the inviting machine begins at block %d, it no longer has the blocks before", token.ChainID, network.First),
			"fetch the state instead: join again with the same invitation and --state-sync --trust-height HEIGHT --trust-hash HASH (`ayni network show` on a machine that you trust) "+
				"--sync-from HOST:PORT (their --ledger-rpc)")
	}
	if err := chain.CheckPeer(network.Ledger); err != nil {
		return nil, nil, fmt.Errorf("ledger node of the inviter: %w", err)
	}
	peers := []string{network.Ledger}
	return genesis, peers, keepPeers(m.config.Home, peers)
}

func readPeers(h *home.Home) ([]string, error) {
	text, err := os.ReadFile(h.Peers())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read peers: %w", err)
	}
	return strings.Fields(string(text)), nil
}

// invited tells that a join got as far as learning whom to follow.
func invited(h *home.Home) bool {
	_, err := os.Stat(h.Peers())
	return err == nil
}

// trust is what this machine's own proofs begin from.
func (m *Machine) trust() proof.Trust { return proof.Trust{Genesis: m.node.Genesis()} }

// keepPort is the port asked for, or the one kept in a file from before, or a free one, which is then kept.
func keepPort(ctx context.Context, file string, asked int, host string) (int, error) {
	if asked != 0 {
		return asked, nil
	}
	text, err := os.ReadFile(file)
	if err == nil {
		port, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return 0, advice(fmt.Errorf("port kept in %s: %w", file, err), "remove the file: another port is picked")
		}
		return port, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return 0, fmt.Errorf("read port: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, advice(fmt.Errorf("find a free port at %s: %w", host, err), "is --peer an address of this machine?")
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return 0, err
	}
	return port, home.WriteFile(file, []byte(strconv.Itoa(port)+"\n"))
}

// family is the version in a multiaddr.
func family(ip string) string {
	if strings.Contains(ip, ":") {
		return "6"
	}
	return "4"
}

// priceMax reads a setting that has been checked; none: no limit.
func priceMax(setting string) math.Int {
	if setting == "" {
		return math.Int{}
	}
	limit, _ := math.NewIntFromString(setting)
	return limit
}
