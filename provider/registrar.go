package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/x/inference"
	"ayni.example/x/provider"
)

const (
	// settled is how long a registrar rests once all is right; a change wakes it.
	settled = time.Minute
	// retryMin and retryMax bound the pause after a failure; it doubles.
	retryMin, retryMax = time.Second, 30 * time.Second
	// once bounds one look at the ledger and what follows from it.
	once = 2 * time.Minute
)

// Ledger is what a registrar asks of the ledger; package client answers it.
type Ledger interface {
	Submit(ctx context.Context, msgs ...sdk.Msg) error
	Balance(ctx context.Context, address string) (math.Int, error)
	ProviderParams(ctx context.Context) (provider.Params, error)
	Provider(ctx context.Context, address string) (provider.Provider, error)
	Model(ctx context.Context, digest []byte) (inference.Model, error)
	Offers(ctx context.Context, filter client.OfferFilter) ([]inference.Offer, error)
}

// Wanted is what the ledger should say of this machine.
type Wanted struct {
	Profile provider.Profile
	Offers  []Item
}

// Item is an offer with its model; provider, registrant and heights are the ledger's to set.
type Item struct {
	Model inference.Model
	Offer inference.Offer
}

// Config is what a registrar needs.
type Config struct {
	Address string
	Ledger  Ledger
	Wanted  func(ctx context.Context) (Wanted, error)
	Format  func(acredit math.Int) string // how an amount is shown to people
	Logger  *slog.Logger
}

// Registrar keeps this machine's entry and offers on the ledger as wanted.
type Registrar struct {
	config Config
	wake   chan struct{}
	mu     sync.Mutex
	state  string
}

// New returns a registrar; it does nothing until Run.
func New(config Config) (*Registrar, error) {
	if config.Address == "" || config.Ledger == nil || config.Wanted == nil || config.Format == nil || config.Logger == nil {
		return nil, errors.New("registrar: address, ledger, wanted, format and logger are required")
	}
	return &Registrar{config: config, wake: make(chan struct{}, 1), state: "not registered yet: waiting for the ledger"}, nil
}

// State tells in a sentence whether this machine serves, or why not.
func (r *Registrar) State() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// Wake makes the registrar look again now: something wanted has changed.
func (r *Registrar) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run reconciles until ctx ends.
func (r *Registrar) Run(ctx context.Context) error {
	pause := retryMin
	for {
		rest := settled
		if err := r.Reconcile(ctx); err != nil {
			r.config.Logger.Info("not registered as wanted", "reason", err.Error(), "retry_in", pause.String())
			rest, pause = pause, min(2*pause, retryMax)
		} else {
			pause = retryMin
		}
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-r.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// Reconcile looks once and does what is missing, in one transaction for the entry and one for the offers.
func (r *Registrar) Reconcile(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, once)
	defer cancel()
	wanted, err := r.config.Wanted(ctx)
	if err == nil {
		err = r.entry(ctx, wanted.Profile)
	}
	if err != nil {
		r.set("not registered: " + err.Error())
		return err
	}
	if err := r.offers(ctx, wanted.Offers); err != nil {
		r.set(fmt.Sprintf("registered as %s, but not all offers stand: %s", wanted.Profile.Name, err))
		return err
	}
	r.set(fmt.Sprintf("registered as %s, offering %d model(s)", wanted.Profile.Name, len(wanted.Offers)))
	return nil
}

func (r *Registrar) set(state string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = state
}

// entry registers this machine, or brings its entry up to date.
func (r *Registrar) entry(ctx context.Context, want provider.Profile) error {
	if err := want.Validate(); err != nil {
		return err
	}
	have, err := r.config.Ledger.Provider(ctx, r.config.Address)
	switch {
	case errors.Is(err, client.ErrNotFound):
		return r.register(ctx, want)
	case err != nil:
		return err
	case have.Status != provider.StatusActive:
		return fmt.Errorf("the ledger says %s: %s", word(have.Status), have.Reason)
	case sameProfile(have.Profile(), want):
		return nil
	}
	r.config.Logger.Info("entry on the ledger is updated")
	return r.config.Ledger.Submit(ctx, &provider.MsgUpdate{
		Address: r.config.Address, Name: want.Name, ReceiptKey: want.ReceiptKey, PeerId: want.PeerID,
		Endpoints: want.Endpoints, Capabilities: want.Capabilities, Policy: want.Policy,
	})
}

func (r *Registrar) register(ctx context.Context, want provider.Profile) error {
	params, err := r.config.Ledger.ProviderParams(ctx)
	if err != nil {
		return err
	}
	balance, err := r.config.Ledger.Balance(ctx, r.config.Address)
	if err != nil {
		return err
	}
	if !balance.GT(params.BondMin) {
		return fmt.Errorf("the bond is %s credits and a fee, the balance %s: ask an issuer for credits for %s",
			r.config.Format(params.BondMin), r.config.Format(balance), r.config.Address)
	}
	r.config.Logger.Info("machine registers as a provider", "bond", r.config.Format(params.BondMin))
	return r.config.Ledger.Submit(ctx, &provider.MsgRegister{
		Address: r.config.Address, Name: want.Name, ReceiptKey: want.ReceiptKey, PeerId: want.PeerID,
		Endpoints: want.Endpoints, Capabilities: want.Capabilities, Policy: want.Policy, Bond: params.BondMin,
	})
}

// offers makes the ledger's list equal to what is wanted.
func (r *Registrar) offers(ctx context.Context, want []Item) error {
	have, err := r.config.Ledger.Offers(ctx, client.OfferFilter{Provider: r.config.Address})
	if err != nil {
		return err
	}
	standing := make(map[string]inference.Offer, len(have))
	for _, o := range have {
		standing[string(o.Model)] = o
	}
	var changes [][]sdk.Msg // each of one offer
	for _, item := range want {
		change, err := r.offer(ctx, item, standing)
		if err != nil {
			return err
		}
		if len(change) > 0 {
			changes = append(changes, change)
		}
		delete(standing, string(item.Offer.Model))
	}
	for _, o := range have {
		if _, unwanted := standing[string(o.Model)]; unwanted {
			changes = append(changes, []sdk.Msg{&inference.MsgRemoveOffer{Provider: r.config.Address, Model: o.Model}})
		}
	}
	return r.change(ctx, changes)
}

// change sends all in one transaction. Where the ledger refuses that, each goes by itself, so that an offer which may not be, such as one
// against the terms of its model's owner, holds up no other.
func (r *Registrar) change(ctx context.Context, changes [][]sdk.Msg) error {
	if len(changes) == 0 {
		return nil
	}
	err := r.config.Ledger.Submit(ctx, slices.Concat(changes...)...)
	if len(changes) == 1 || !errors.Is(err, client.ErrRejected) {
		return err
	}
	var refused []error
	for _, msgs := range changes {
		err := r.config.Ledger.Submit(ctx, msgs...)
		if err != nil && !errors.Is(err, client.ErrRejected) {
			return err
		}
		refused = append(refused, err)
	}
	return errors.Join(refused...)
}

// offer is what is missing for one offer: its model's entry, its own, or nothing.
func (r *Registrar) offer(ctx context.Context, item Item, standing map[string]inference.Offer) ([]sdk.Msg, error) {
	if have, ok := standing[string(item.Offer.Model)]; ok && sameOffer(have, item.Offer) {
		return nil, nil
	}
	set := &inference.MsgSetOffer{Provider: r.config.Address, Offer: item.Offer}
	set.Offer.Provider = r.config.Address
	_, err := r.config.Ledger.Model(ctx, item.Model.Digest)
	switch {
	case errors.Is(err, client.ErrNotFound):
		return []sdk.Msg{&inference.MsgRegisterModel{Registrant: r.config.Address, Model: item.Model}, set}, nil
	case err != nil:
		return nil, err
	}
	return []sdk.Msg{set}, nil
}

func sameProfile(a, b provider.Profile) bool {
	return a.Name == b.Name && bytes.Equal(a.ReceiptKey, b.ReceiptKey) && a.PeerID == b.PeerID && a.Policy == b.Policy &&
		sameList(a.Endpoints, b.Endpoints) && sameList(a.Capabilities, b.Capabilities)
}

func sameOffer(a, b inference.Offer) bool {
	return a.Name == b.Name && a.PriceInput.Equal(b.PriceInput) && a.PriceOutput.Equal(b.PriceOutput) && a.Context == b.Context &&
		a.Engine == b.Engine && sameList(a.Capabilities, b.Capabilities) && sameList(a.Assurances, b.Assurances)
}

func sameList(a, b []string) bool { return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b) }

func word(s provider.Status) string {
	switch s {
	case provider.StatusSuspended:
		return "suspended"
	case provider.StatusLeaving:
		return "leaving"
	default:
		return "not active"
	}
}
