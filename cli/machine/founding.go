package machine

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ayni.example/chain"
	"ayni.example/council"
	"ayni.example/internal/clock"
	"ayni.example/internal/home"
)

// Files of a network that is being founded, in HOME/data.
const (
	seatFile    = "seat.json"     // this machine's own request
	draftFile   = "network.draft" // the seats gathered so far
	genesisFile = "genesis.json"  // once the draft is frozen
)

// ErrNoDraft is a home that founds no network.
var ErrNoDraft = errors.New("no network is being founded in this home")

// Founding is the part of a home in which a network of several organisations comes about. The caller holds the home's lock.
type Founding struct {
	Home           *home.Home
	PassphraseFile string
	Now            clock.Clock
}

// Ask is what the owner says of the seat that this machine asks for.
type Ask struct {
	Network string // "" draws the id of a new network
	Name    string
	Address string // HOST:PORT at which others reach this machine's ledger node
}

// Request makes this machine's request for a seat, and the keys that it needs where there are none.
func (f Founding) Request(ask Ask) (council.Request, error) {
	if f.Home.Exists() {
		return council.Request{}, advice(errors.New("this home is in a network already"), "name another with --home")
	}
	if err := council.CheckAddress(ask.Address); err != nil {
		return council.Request{}, advice(err, "give --address HOST:PORT, as the other organisations reach this machine")
	}
	keys, err := openWallet(f.Home, f.PassphraseFile, true)
	if err != nil {
		return council.Request{}, err
	}
	identity, err := chain.OpenIdentity(f.Home.Dir())
	if err != nil {
		return council.Request{}, err
	}
	r, err := council.Sign(council.Ask{
		Network: ask.Network, Name: ask.Name, Peer: identity.NodeID() + "@" + ask.Address,
		Account: accountKey(keys.Wallet()), Consensus: identity,
	})
	if err != nil {
		return r, err
	}
	raw, err := r.Encode()
	if err != nil {
		return r, err
	}
	return r, home.WriteFile(f.path(seatFile), raw)
}

// Begin draws a chain id and begins a draft with this machine's own seat.
func (f Founding) Begin(name, address string, power int64) (council.Request, error) {
	if _, err := f.draft(); !errors.Is(err, ErrNoDraft) {
		return council.Request{}, errors.Join(err, advice(errors.New("this home founds a network already"),
			"go on with `ayni network add-validator` and `ayni network genesis`, or name another --home"))
	}
	id, err := chain.NewChainID(rand.Reader)
	if err != nil {
		return council.Request{}, err
	}
	r, err := f.Request(Ask{Network: id, Name: name, Address: address})
	if err != nil {
		return r, err
	}
	d := council.NewDraft(id)
	if err := d.Add(r, power); err != nil {
		return r, err
	}
	return r, f.keep(d)
}

// Add takes another organisation's request into the draft.
func (f Founding) Add(r council.Request, power int64) (*council.Draft, error) {
	d, err := f.draft()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(f.path(genesisFile)); err == nil {
		return nil, advice(errors.New("the draft is frozen: its genesis was made"),
			"to open it again remove "+f.path(genesisFile)+", and tell everybody that the old digest is void")
	}
	switch err := d.Add(r, power); {
	case errors.Is(err, council.ErrNetwork):
		return nil, advice(err, "ask for another one, made there with: ayni network request --network "+d.Network)
	case err != nil:
		return nil, err
	}
	return d, f.keep(d)
}

// Freeze makes the genesis, once: asked again it gives the same one.
func (f Founding) Freeze(terms func(*council.Draft) council.Terms) (raw []byte, err error) {
	d, err := f.draft()
	if err != nil {
		return nil, err
	}
	if raw, err := os.ReadFile(f.path(genesisFile)); err == nil {
		_, err := chain.DecodeGenesis(raw)
		return raw, err
	}
	genesis, err := d.Freeze(terms(d), f.Now().Add(-genesisMoment))
	if err != nil {
		return nil, err
	}
	if raw, err = chain.EncodeGenesis(genesis); err != nil {
		return nil, err
	}
	return raw, home.WriteFile(f.path(genesisFile), raw)
}

func (f Founding) path(name string) string { return dataFile(f.Home, name) }

func (f Founding) draft() (*council.Draft, error) {
	raw, err := os.ReadFile(f.path(draftFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, advice(ErrNoDraft, "`ayni network init` begins one; a network that runs is changed by its council, through a machine that runs")
	}
	if err != nil {
		return nil, fmt.Errorf("read draft: %w", err)
	}
	return council.DecodeDraft(raw)
}

func (f Founding) keep(d *council.Draft) error {
	raw, err := d.Encode()
	if err != nil {
		return err
	}
	return home.WriteFile(f.path(draftFile), raw)
}

func dataFile(h *home.Home, name string) string {
	return filepath.Join(filepath.Dir(h.Database()), name)
}

// ownSeat is the request that this home made, nil if it made none.
func ownSeat(h *home.Home) (*council.Request, error) {
	raw, err := os.ReadFile(dataFile(h, seatFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read this machine's seat: %w", err)
	}
	r, err := council.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("this machine's seat: %w", err)
	}
	return &r, nil
}
