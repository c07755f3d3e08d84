package machine

import (
	"context"
	"crypto/rand"
	"math/big"
	"path/filepath"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/client"
	"ayni.example/compute/audit"
	"ayni.example/referee"
)

// openReferee lets this machine answer for the trainings that it leased out, and audit those of others where it is enlisted.
func (m *Machine) openReferee(context.Context) error {
	work, err := audit.New(audit.Config{
		Ledger: m.ledger, Dir: filepath.Join(m.config.Home.Dir(), "data", "audits"), Store: m.fetches.artifacts, Fetch: m.bring,
		Own: func(order []byte, segment uint64, root []byte) (artifact.Digest, bool) {
			return m.hosting.reached(order, segment, root)
		},
		Logger: m.config.Log,
	})
	if err != nil {
		return advice(err, "is the folder of the home writable?")
	}
	service, err := referee.New(referee.Config{
		Ledger: disputes{m.ledger}, Address: m.address, Work: work, Pick: pick, Logger: m.config.Log,
	})
	if err != nil {
		return err
	}
	m.addReader("referee", service.Run)
	return nil
}

// bring fetches an artifact from peers into the store of this home.
func (m *Machine) bring(ctx context.Context, d artifact.Digest, most int64) error {
	_, err := m.exchange.Fetch(ctx, exchange.Request{Digest: d, Into: m.fetches.artifacts, Max: most})
	return err
}

// pick draws a number below n; which tile of a state is asked for must not be foretold.
func pick(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil { // the system's source never fails
		return 0
	}
	return int(v.Int64())
}

// disputes is the ledger as the referee sees it.
type disputes struct{ *ledger }

var _ referee.Ledger = disputes{}

// Submit implements referee.Ledger.
func (d disputes) Submit(ctx context.Context, msgs ...sdk.Msg) (client.TxResult, error) {
	return d.send(ctx, msgs...)
}
