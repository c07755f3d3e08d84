package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"

	"cosmossdk.io/math"

	"ayni.example/internal/home"
	"ayni.example/receipt"
)

// offers are the models that the owner sells, kept in a file: what should stand on the ledger. They are known by digest, so
// that another model of the same name stays private.
type offers struct {
	mu     sync.Mutex
	file   string
	prices map[string]receipt.Price // by digest, acredit per token
}

// openOffers reads the file; a new machine offers the starter, whose digest is given.
func openOffers(file, starter string) (*offers, error) {
	o := &offers{file: file, prices: map[string]receipt.Price{}}
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		o.prices[starter] = receipt.Price{Input: math.NewInt(starterInput), Output: math.NewInt(starterOutput)}
		return o, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &o.prices)
	}
	if err != nil {
		return nil, fmt.Errorf("read offers %s: %w", file, err)
	}
	return o, nil
}

// Prices of the starter, acredit per token: 0.1 and 0.4 credits per million.
const (
	starterInput  = 100_000_000_000
	starterOutput = 400_000_000_000
)

// all is a copy.
func (o *offers) all() map[string]receipt.Price {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.prices)
}

// set changes one offer, or ends it when price is nil, and keeps the file.
func (o *offers) set(digest string, price *receipt.Price) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := maps.Clone(o.prices)
	if price == nil {
		delete(next, digest)
	} else {
		next[digest] = *price
	}
	text, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return fmt.Errorf("keep offers: %w", err)
	}
	if err := home.WriteFile(o.file, append(text, '\n')); err != nil {
		return err
	}
	o.prices = next
	return nil
}

// perMillion is the number of tokens that prices are shown for.
const perMillion = 1_000_000

// pricePerToken reads credits per million tokens as acredit per token, which is a whole number for up to 12 decimals.
func pricePerToken(text string) (math.Int, error) {
	amount, err := home.Credits(text)
	if err != nil {
		return math.Int{}, err
	}
	if !amount.ModRaw(perMillion).IsZero() {
		return math.Int{}, fmt.Errorf("price %s: at most 12 decimals, so that a token costs a whole number of acredit", text)
	}
	return amount.QuoRaw(perMillion), nil
}

func pricePerMillion(perToken math.Int) string {
	return home.FormatCredits(perToken.MulRaw(perMillion))
}
