package machine

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver of the gateway's database

	"cosmossdk.io/math"

	"ayni.example/chain"
	"ayni.example/client/verdict"
	"ayni.example/credit"
	"ayni.example/internal/home"
	"ayni.example/p2p"
	"ayni.example/provider/invite"
	x "ayni.example/x/credit"
)

const (
	// depositsMost is how many deposits one channel may grow to.
	depositsMost = 1000
	// claimAbove is how much may be unclaimed before the watchtower claims, in credits.
	claimAbove = "1"
	lanesMost  = 16
)

// openMoney opens the stores and the parts that pay and are paid.
func (m *Machine) openMoney(ctx context.Context) error {
	var err error
	if m.store, err = credit.OpenStore(ctx, m.config.Home.Database()); err != nil {
		return advice(fmt.Errorf("open vouchers and receipts: %w", err),
			"is the disk full or failing? keep a copy of the file: it holds what others owe this machine")
	}
	m.closers = append(m.closers, m.store)
	if m.database, err = openDatabase(ctx, gatewayDatabase(m.config.Home)); err != nil {
		return err
	}
	m.closers = append(m.closers, m.database)
	if err := m.openPayer(); err != nil {
		return err
	}
	m.notary = &verdict.Notary{Collector: m.collector, Store: m.store, Trust: m.trust(), Latest: m.node.Height}
	m.addReader("evidence", verdict.NewCapture(m.notary, m.config.Log).Run)
	return m.openInviter(ctx)
}

func (m *Machine) openPayer() error {
	deposit, err := home.Credits(m.config.Settings.Deposit)
	if err != nil {
		return fmt.Errorf("deposit: %w", err)
	}
	m.payer, err = credit.NewPayer(credit.PayerConfig{
		Store: m.store, Ledger: m.ledger, ChainID: m.node.Genesis().ChainID, Address: m.address, Session: m.keys.Wallet().SessionKey(),
		Policy: credit.Policy{Deposit: deposit, DepositMax: deposit.MulRaw(depositsMost), Lanes: lanesMost},
		Clock:  m.now, Logger: m.config.Log,
	})
	return err
}

// gatewayDatabase is the file of API keys, receipts and payments on the spot.
func gatewayDatabase(h *home.Home) string {
	return filepath.Join(filepath.Dir(h.Database()), "gateway.db")
}

// openDatabase opens the gateway's tables: every write is on the disk when it returns.
func openDatabase(ctx context.Context, path string) (*sql.DB, error) {
	query := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(1)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, advice(fmt.Errorf("open %s: %w", path, err), "check the disk and the file's permissions")
	}
	return db, nil
}

// openInviter lets other machines in, at this machine's expense as an issuer.
func (m *Machine) openInviter(ctx context.Context) error {
	genesis, err := chain.EncodeGenesis(m.node.Genesis())
	if err != nil {
		return err
	}
	m.inviter, err = invite.New(ctx, invite.Config{
		DB: m.database, Genesis: genesis, Ledger: m.node.PeerAddress, First: m.node.First, Now: m.now, Random: rand.Reader, Logger: m.config.Log,
		Grant: func(ctx context.Context, address string, amount math.Int) error {
			return m.ledger.Submit(ctx, &x.MsgIssue{Issuer: m.address, Recipient: address, Amount: amount})
		},
	})
	if err != nil {
		return err
	}
	m.host.Handle(invite.Protocol, p2p.HandlerLimits{Streams: 8, PeerStreams: 1, PeerBurst: 4, PeerEvery: time.Second}, m.inviter.Handle)
	return nil
}
