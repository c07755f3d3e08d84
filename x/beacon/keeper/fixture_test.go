package keeper_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/internal/vrf"
	"ayni.example/x/beacon"
	"ayni.example/x/internal/ledgertest"
)

// fixture is a ledger with a beacon; seats are people by name.
type fixture struct {
	*ledgertest.Ledger
	tb   testing.TB
	keys map[string]ed25519.PrivateKey
}

func newFixture(tb testing.TB, names ...string) *fixture {
	tb.Helper()
	f := &fixture{Ledger: ledgertest.Start(tb), tb: tb, keys: map[string]ed25519.PrivateKey{}}
	for _, name := range names {
		f.seat(name)
	}
	return f
}

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("beacon key of " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func text(name string) string { return ledgertest.Text(ledgertest.Account(name)) }

// seat gives somebody an active seat with a registered key.
func (f *fixture) seat(name string) {
	f.tb.Helper()
	f.Members.Set(ledgertest.Account(name), true)
	f.keys[name] = keyOf(name)
	f.send(f.registration(name, keyOf(name)))
}

func (f *fixture) registration(name string, key ed25519.PrivateKey) *beacon.MsgRegisterKey {
	f.tb.Helper()
	_, proof, err := vrf.Prove(key, beacon.Possession(ledgertest.ChainID, ledgertest.Account(name)))
	ledgertest.Must(f.tb, err)
	return &beacon.MsgRegisterKey{Operator: text(name), Key: public(key), Proof: proof}
}

func (f *fixture) send(msg sdk.Msg) *sdk.Result {
	f.tb.Helper()
	res, err := f.Send(msg)
	ledgertest.Must(f.tb, err)
	return res
}

// request asks for a round as a module does.
func (f *fixture) request() uint64 {
	f.tb.Helper()
	number, err := f.Beacon.Request(f.Ctx)
	ledgertest.Must(f.tb, err)
	return number
}

// block goes to the next block, which begins with the entry, does what the test wants in it, and ends it.
func (f *fixture) block(d time.Duration, entry []byte, do ...func()) {
	f.tb.Helper()
	f.Advance(1, d)
	f.Beacon.PreBlock(f.Ctx, entry)
	for _, one := range do {
		one()
	}
	f.Schedule.EndBlock(f.Ctx)
	ledgertest.Must(f.tb, f.Beacon.Invariants(f.Ctx))
}

// extension is what a seat adds to its vote now; none where the round does not wait for it.
func (f *fixture) extension(name string) []byte {
	f.tb.Helper()
	duty, due, err := f.Beacon.Duty(f.Ctx, public(f.keys[name]))
	ledgertest.Must(f.tb, err)
	if !due {
		return nil
	}
	return beacon.EncodeExtension(duty.Round, proofOf(f.tb, f.keys[name], duty.Entrant, duty.Alpha))
}

func proofOf(tb testing.TB, key ed25519.PrivateKey, entrant uint16, alpha []byte) beacon.Proof {
	tb.Helper()
	_, proof, err := vrf.Prove(key, alpha)
	ledgertest.Must(tb, err)
	return beacon.Proof{Entrant: entrant, Proof: [vrf.ProofSize]byte(proof)}
}

// entry is the next block's first, with the proofs of those named.
func (f *fixture) entry(names ...string) []byte {
	f.tb.Helper()
	extensions := make([][]byte, 0, len(names))
	for _, name := range names {
		extensions = append(extensions, f.extension(name))
	}
	entry, err := f.Beacon.Entry(f.Ctx, extensions, 1<<20)
	ledgertest.Must(f.tb, err)
	if len(entry) > 0 {
		ledgertest.Must(f.tb, f.Beacon.CheckEntry(f.Ctx, entry))
	}
	return entry
}

// open asks for a round and lets it open.
func (f *fixture) open() beacon.Round {
	f.tb.Helper()
	number := f.request()
	f.block(time.Second, nil)
	r := f.round(number)
	if !r.Open() {
		f.tb.Fatalf("round %d is not open", number)
	}
	return r
}

// draw is a whole round to which those named contribute.
func (f *fixture) draw(names ...string) beacon.Round {
	f.tb.Helper()
	number := f.open().Number
	f.block(time.Second, f.entry(names...))
	return f.round(number)
}

func (f *fixture) round(number uint64) beacon.Round {
	f.tb.Helper()
	r, err := f.Beacon.Rounds.Get(f.Ctx, number)
	ledgertest.Must(f.tb, err)
	return r
}

// pass makes blocks of four seconds until the open round's window is over.
func (f *fixture) pass(number uint64) beacon.Round {
	f.tb.Helper()
	windows := f.round(number).Windows
	for range 1_000 {
		if r := f.round(number); !r.Open() || r.Windows > windows {
			return r
		}
		f.block(4*time.Second, nil)
	}
	f.tb.Fatalf("the window of round %d does not end", number)
	return beacon.Round{}
}

func (f *fixture) known(name string) beacon.Seat {
	f.tb.Helper()
	s, err := f.Beacon.Seats.Get(f.Ctx, ledgertest.Account(name))
	ledgertest.Must(f.tb, err)
	return s
}

func (f *fixture) params(change func(*beacon.Params)) beacon.Params {
	f.tb.Helper()
	p, err := f.Beacon.Params.Get(f.Ctx)
	ledgertest.Must(f.tb, err)
	change(&p)
	ledgertest.Must(f.tb, f.Beacon.Params.Set(f.Ctx, p))
	return p
}

func (f *fixture) expect(err, want error) {
	f.tb.Helper()
	if !errors.Is(err, want) {
		f.tb.Fatalf("error %v, want %v", err, want)
	}
}

// operators names the entrants of a round in their order, and all in the order of their addresses.
func operators(r beacon.Round) []string {
	list := make([]string, 0, len(r.Entrants))
	for _, e := range r.Entrants {
		list = append(list, e.Operator)
	}
	return list
}

func texts(names ...string) []string {
	slices.SortFunc(names, func(a, b string) int { return bytes.Compare(ledgertest.Account(a), ledgertest.Account(b)) })
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = text(name)
	}
	return list
}
