package machine

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"ayni.example/artifact/exchange"
	"ayni.example/artifact/holding"
	"ayni.example/chain"
	"ayni.example/client/proof"
	"ayni.example/client/verdict"
	"ayni.example/compute/tenant"
	"ayni.example/council"
	"ayni.example/credit"
	"ayni.example/credit/keystore"
	"ayni.example/index"
	"ayni.example/inference/engine"
	"ayni.example/inference/engine/exact"
	"ayni.example/inference/gateway"
	"ayni.example/inference/serve"
	"ayni.example/internal/clock"
	"ayni.example/internal/daemon"
	"ayni.example/internal/home"
	"ayni.example/p2p"
	"ayni.example/provenance/pool/desk"
	"ayni.example/provider"
	"ayni.example/provider/invite"
	"ayni.example/tensor/starter"
)

// firstBlock bounds the wait for the ledger at a start.
const firstBlock = 60 * time.Second

// Config is what a machine needs.
type Config struct {
	Home           *home.Home
	Settings       home.Config
	Invitation     string               // token, "" to go on with what the home has or to begin a network
	Network        *cmttypes.GenesisDoc // to start in a network that several founded, nil otherwise
	Follow         bool                 // without a seat in Network
	StateSync      chain.StateSync      // where a new home fetches the state; zero: it makes all blocks itself
	LedgerOnly     bool                 // neither gateway nor provider, no engines
	SkipUpgrade    int64                // height of a change of release to leave out; 0: none
	PassphraseFile string
	Version        string
	Log            *slog.Logger
}

// Machine is one home in operation.
type Machine struct {
	config    Config
	now       clock.Clock
	keys      *keystore.Keystore
	address   string
	host      *p2p.Host
	seat      *council.Request // that this home made, if it made one
	node      *chain.Node
	ledger    *ledger
	store     *credit.Store
	database  *sql.DB
	engines   []engine.Engine
	library   *exact.Library // of the exact engine
	shelf     *shelf
	exchange  *exchange.Exchange
	fetches   *fetches
	holder    *holding.Holder
	server    *serve.Server
	payer     *credit.Payer
	tower     *credit.Watchtower
	remote    remoteBackend
	catalog   *gateway.Catalog
	apiKeys   *gateway.Keys
	receipts  *gateway.Receipts
	gateway   *gateway.Gateway
	registrar *provider.Registrar
	owed      *owed
	hosting   *hosting
	agents    *agents
	inviter   *invite.Inviter
	collector *proof.Collector
	notary    *verdict.Notary
	index     *index.Index
	offers    *offers
	lineages  *lineages
	tenant    *tenant.Keeper
	desk      *desk.Desk
	data      *data
	ordering  sync.Mutex // one order of this machine's after the other
	operator  *operatorListener
	url       string
	measuring sync.Mutex // one measurement of proofs at a time
	closers   []io.Closer
	services  []daemon.Service
}

// New opens everything that the home holds and makes what is missing; nothing serves yet. What was opened is closed again
// when something fails.
func New(ctx context.Context, config Config) (*Machine, error) {
	m := &Machine{config: config, now: clock.System}
	steps := []func(context.Context) error{
		m.openHome, m.openHost, m.openLedger, m.openLineage, m.openEvidence, m.openMoney, m.openIndex, m.openServing, m.openArtifacts, m.openVault, m.openReferee, m.openTenant, m.openPools, m.openHosting, m.openAgents,
		m.openGateway, m.openOperator,
	}
	if config.LedgerOnly {
		steps = []func(context.Context) error{m.openHome, m.openLedger, m.openEvidence, m.openOperator}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			if closeErr := m.close(); closeErr != nil {
				config.Log.Warn("not closed in good order", "error", closeErr.Error())
			}
			return nil, err
		}
	}
	return m, nil
}

// Run serves until ctx ends; ready is called once, when everything answers.
func (m *Machine) Run(ctx context.Context, ready func(url string)) error {
	services := append(slices.Clone(m.services), daemon.Service{Name: "ready", Run: func(ctx context.Context) error {
		if err := m.started(ctx); err != nil {
			return err
		}
		ready(m.url)
		<-ctx.Done()
		return m.config.Home.Withdraw()
	}})
	err := daemon.Run(ctx, m.config.Log, services...)
	return errors.Join(err, m.close())
}

// started returns when this machine answers, and has told other commands how to reach it. Among several validators it tells them
// before the first block, which may take days to come: over two thirds of the power must be there.
func (m *Machine) started(ctx context.Context) error {
	announce := func() error {
		return m.config.Home.Announce(home.Running{URL: m.url, Operator: m.operator.url, Control: m.operator.token, PID: os.Getpid()})
	}
	if err := m.node.WaitListening(ctx); err != nil {
		return err
	}
	if m.config.LedgerOnly {
		m.url = "tcp://" + m.node.PeerAddress()
		return announce()
	}
	if len(m.node.Genesis().Validators) > 1 {
		if err := announce(); err != nil {
			return err
		}
		if m.node.Height() < 1 {
			m.config.Log.Info("waiting for the first block: validators with more than two thirds of the power must be there")
		}
		return m.node.WaitHeight(ctx, 1)
	}
	wait, cancel := context.WithTimeout(ctx, firstBlock)
	defer cancel()
	if err := m.node.WaitHeight(wait, 1); err != nil {
		return fmt.Errorf("wait for the first block: %w", err)
	}
	return announce()
}

// LedgerOnly tells that this machine runs nothing but the ledger.
func (m *Machine) LedgerOnly() bool { return m.config.LedgerOnly }

// Starter is the name of the model that every machine has.
func (m *Machine) Starter() string { return starter.Name }

// Home is the machine's folder.
func (m *Machine) Home() string { return m.config.Home.Dir() }

func (m *Machine) add(name string, run func(context.Context) error) {
	m.services = append(m.services, daemon.Service{Name: name, Run: run})
}

// addReader adds a service that asks the ledger, which answers from the first block on.
func (m *Machine) addReader(name string, run func(context.Context) error) {
	m.add(name, func(ctx context.Context) error {
		if err := m.node.WaitHeight(ctx, 1); err != nil {
			return err
		}
		return run(ctx)
	})
}

func (m *Machine) openHome(context.Context) error {
	h := m.config.Home
	if err := h.Create(); err != nil {
		return advice(err, "name a folder that you can write with --home")
	}
	if err := h.Lock(); err != nil {
		return err
	}
	m.closers = append(m.closers, closer(h.Unlock))
	keys, err := openWallet(h, m.config.PassphraseFile, true)
	if err != nil {
		return err
	}
	m.keys, m.address = keys, Address(keys.Wallet())
	return nil
}

// openHost makes the peer-to-peer identity and its listener, at the port that it had before.
func (m *Machine) openHost(ctx context.Context) error {
	port, err := keepPort(ctx, filepath.Join(m.config.Home.Dir(), "data", "peer_port"), m.config.Settings.PeerPort, m.config.Settings.Peer)
	if err != nil {
		return err
	}
	m.host, err = p2p.New(p2p.Config{
		Key: m.keys.Wallet().P2PKey(), Listen: []string{fmt.Sprintf("/ip%s/%s/tcp/%d", family(m.config.Settings.Peer), m.config.Settings.Peer, port)},
		Now: m.now, Logger: m.config.Log,
	})
	if err != nil {
		return advice(fmt.Errorf("listen for peers: %w", err), "is --peer an address of this machine? is the port free?")
	}
	m.closers = append(m.closers, m.host)
	return nil
}

// openOperator makes the listener of the operator's API.
func (m *Machine) openOperator(ctx context.Context) error {
	token := rand.Text()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the operator: %w", err)
	}
	m.operator = newOperatorListener(m, listener, token)
	m.closers = append(m.closers, listener)
	m.add("operator", m.operator.run)
	return nil
}

func (m *Machine) close() error {
	var errs []error
	if m.node != nil {
		m.node.Close()
	}
	for _, c := range slices.Backward(m.closers) {
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

type closer func() error

func (c closer) Close() error { return c() }
