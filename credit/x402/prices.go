package x402

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"cosmossdk.io/math"

	"ayni.example/internal/clock"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
)

const (
	pricesMax     = 200
	priceFileMax  = 256 << 10
	reloadSeconds = 1
)

// PriceLine is a price as its owner writes it, in credits.
type PriceLine struct {
	Path        string `yaml:"path" json:"path"`
	Method      string `yaml:"method,omitempty" json:"method,omitempty"`
	Model       string `yaml:"model,omitempty" json:"model,omitempty"`
	Tool        string `yaml:"tool,omitempty" json:"tool,omitempty"`
	Payee       string `yaml:"payee,omitempty" json:"payee,omitempty"`
	Scheme      string `yaml:"scheme" json:"scheme"`
	Amount      string `yaml:"amount" json:"amount"`
	Input       string `yaml:"input,omitempty" json:"input,omitempty"`
	Output      string `yaml:"output,omitempty" json:"output,omitempty"`
	Description string `yaml:"description,omitempty" json:"description,omitempty"`
}

// PriceFile is what HOME/payments.yaml holds.
type PriceFile struct {
	// FacilitatorPerHour is how many payments of other servers this machine carries to the ledger in an hour; 0: none.
	FacilitatorPerHour int         `yaml:"facilitator_per_hour,omitempty" json:"facilitator_per_hour"`
	Prices             []PriceLine `yaml:"prices" json:"prices"`
}

// Price reads the line.
func (l PriceLine) Price() (Price, error) {
	p := Price{
		Method: l.Method, Path: l.Path, Model: l.Model, Tool: l.Tool, Scheme: l.Scheme, Description: l.Description, Input: math.ZeroInt(), Output: math.ZeroInt(),
	}
	if l.Payee != "" {
		payee, err := ethkey.AddressCodec{}.StringToBytes(l.Payee)
		if err != nil {
			return p, fmt.Errorf("payee: %w", err)
		}
		p.Payee = payee
	}
	for _, field := range []struct {
		text string
		into *math.Int
	}{{l.Amount, &p.Amount}, {l.Input, &p.Input}, {l.Output, &p.Output}} {
		if field.text == "" {
			continue
		}
		amount, err := home.Credits(field.text)
		if err != nil {
			return p, err
		}
		*field.into = amount
	}
	return p, p.Validate()
}

// ReadPrices reads a price file; an absent one has no prices.
func ReadPrices(path string) (PriceFile, []Price, error) {
	var f PriceFile
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil, nil
	}
	if err != nil {
		return f, nil, fmt.Errorf("read prices: %w", err)
	}
	if len(text) > priceFileMax {
		return f, nil, fmt.Errorf("prices %s: more than %d bytes", path, priceFileMax)
	}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
			return f, nil, fmt.Errorf("prices %s: %s", path, strings.TrimSpace(yaml.FormatError(err, false, false)))
		}
	}
	if len(f.Prices) > pricesMax || f.FacilitatorPerHour < 0 {
		return f, nil, fmt.Errorf("prices %s: more than %d prices, or a negative number", path, pricesMax)
	}
	prices := make([]Price, 0, len(f.Prices))
	for i, line := range f.Prices {
		p, err := line.Price()
		if err != nil {
			return f, nil, fmt.Errorf("prices %s: prices[%d]: %w", path, i, err)
		}
		prices = append(prices, p)
	}
	return f, prices, nil
}

// WritePrices replaces a price file; what is not valid is not written.
func WritePrices(path string, f PriceFile) error {
	for i, line := range f.Prices {
		if _, err := line.Price(); err != nil {
			return fmt.Errorf("prices[%d]: %w", i, err)
		}
	}
	text, err := yaml.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode prices: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".payments-*")
	if err != nil {
		return fmt.Errorf("write prices: %w", err)
	}
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write prices: %w", err), os.Remove(temporary.Name()))
	}
	return nil
}

// Set puts a line in place of the one for the same requests, or behind all.
func (f *PriceFile) Set(line PriceLine) {
	f.Remove(line)
	f.Prices = append(f.Prices, line)
}

// Remove takes the line for the same requests as this one out, and tells whether there was one.
func (f *PriceFile) Remove(line PriceLine) bool {
	before := len(f.Prices)
	f.Prices = slices.DeleteFunc(f.Prices, func(l PriceLine) bool {
		return l.Method == line.Method && l.Path == line.Path && l.Model == line.Model && l.Tool == line.Tool
	})
	return len(f.Prices) < before
}

// PriceList follows a price file while a machine runs. One that became unreadable leaves the prices as they were.
type PriceList struct {
	path string
	now  clock.Clock
	warn func(error)

	mu     sync.Mutex
	looked time.Time
	stamp  time.Time
	prices []Price
}

// NewPriceList reads the file for the first time.
func NewPriceList(path string, now clock.Clock, warn func(error)) (*PriceList, PriceFile, error) {
	f, prices, err := ReadPrices(path)
	if err != nil {
		return nil, f, err
	}
	return &PriceList{path: path, now: now, warn: warn, looked: now(), prices: prices}, f, nil
}

// Prices are those of now.
func (l *PriceList) Prices() []Price {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Sub(l.looked) < reloadSeconds*time.Second {
		return l.prices
	}
	l.looked = now
	var stamp time.Time
	if info, err := os.Stat(l.path); err == nil {
		stamp = info.ModTime()
	}
	if stamp.Equal(l.stamp) {
		return l.prices
	}
	_, prices, err := ReadPrices(l.path)
	if err != nil {
		l.warn(err)
		return l.prices
	}
	l.stamp, l.prices = stamp, prices
	return prices
}
