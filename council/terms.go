package council

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"cosmossdk.io/math"

	"ayni.example/chain"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/x/credit"
)

// ErrTerms is a wrong line in the terms of a new network.
var ErrTerms = errors.New("terms of the network")

const (
	termsMax  = 256 << 10
	periodMax = 366 * 24 * time.Hour
)

// Terms are the money with which a network begins. A key is a seat's name or an account's address.
type Terms struct {
	// Balances are first balances in credits.
	Balances map[string]string `yaml:"balances"`
	// Issuers may make credits, each up to a quota in each period.
	Issuers map[string]IssuerTerms `yaml:"issuers"`
}

// IssuerTerms bound one issuer.
type IssuerTerms struct {
	Quota  string        `yaml:"quota"`  // credits
	Period time.Duration `yaml:"period"` // such as 24h
}

// ParseTerms reads YAML; an unknown field is an error.
func ParseTerms(text []byte) (Terms, error) {
	var t Terms
	if len(text) > termsMax {
		return t, fmt.Errorf("%w: %d bytes, at most %d", ErrTerms, len(text), termsMax)
	}
	if err := yaml.UnmarshalWithOptions(text, &t, yaml.Strict()); err != nil {
		return t, fmt.Errorf("%w: %w", ErrTerms, err)
	}
	return t, nil
}

// accounts are the first balances, by address; every operator has an account, if only an empty one.
func (t Terms) accounts(d *Draft) ([]chain.GenesisAccount, error) {
	balances := map[string]math.Int{}
	for _, seat := range d.Seats {
		balances[seat.Request.Operator] = math.ZeroInt()
	}
	for _, who := range slices.Sorted(maps.Keys(t.Balances)) {
		address, err := d.account(who)
		if err != nil {
			return nil, fmt.Errorf("%w: balances: %w", ErrTerms, err)
		}
		amount, err := home.Credits(t.Balances[who])
		if err != nil {
			return nil, fmt.Errorf("%w: balance of %q: %w", ErrTerms, who, err)
		}
		if had, twice := balances[address]; twice && !had.IsZero() {
			return nil, fmt.Errorf("%w: balance of %q is given twice", ErrTerms, who)
		}
		balances[address] = amount
	}
	var list []chain.GenesisAccount
	for _, address := range slices.Sorted(maps.Keys(balances)) {
		list = append(list, chain.GenesisAccount{Address: address, Balance: balances[address]})
	}
	return list, nil
}

// issuers are who may make credits, by address.
func (t Terms) issuers(d *Draft) ([]credit.Issuer, error) {
	byAddress := map[string]credit.Issuer{}
	for _, who := range slices.Sorted(maps.Keys(t.Issuers)) {
		terms := t.Issuers[who]
		address, err := d.account(who)
		if err != nil {
			return nil, fmt.Errorf("%w: issuers: %w", ErrTerms, err)
		}
		quota, err := home.Credits(terms.Quota)
		if err != nil {
			return nil, fmt.Errorf("%w: quota of %q: %w", ErrTerms, who, err)
		}
		if terms.Period < time.Second || terms.Period > periodMax || terms.Period%time.Second != 0 {
			return nil, fmt.Errorf("%w: period of %q: %s is not whole seconds from 1s to %s", ErrTerms, who, terms.Period, periodMax)
		}
		if _, twice := byAddress[address]; twice {
			return nil, fmt.Errorf("%w: issuer %q is given twice", ErrTerms, who)
		}
		byAddress[address] = credit.Issuer{
			Address: address, Quota: quota, PeriodSeconds: uint32(terms.Period / time.Second), Issued: math.ZeroInt(),
		}
	}
	var list []credit.Issuer
	for _, address := range slices.Sorted(maps.Keys(byAddress)) {
		list = append(list, byAddress[address])
	}
	return list, nil
}

// account finds an address by a seat's name, or takes it as it is.
func (d *Draft) account(who string) (string, error) {
	for _, seat := range d.Seats {
		if seat.Request.Name == who {
			return seat.Request.Operator, nil
		}
	}
	address, err := ethkey.AddressCodec{}.StringToBytes(who)
	if err != nil {
		return "", fmt.Errorf("%q is neither a seat's name nor an address", who)
	}
	return ethkey.Format(address), nil
}
