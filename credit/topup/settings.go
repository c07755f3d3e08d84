package topup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"

	"cosmossdk.io/math"

	"ayni.example/internal/clock"
	"ayni.example/internal/home"
)

const (
	settingsMost = 64 << 10
	secretLeast  = 16 // bytes
	dueMost      = 366
)

// Settings is what HOME/topup.yaml holds.
type Settings struct {
	// Rates are the credits for one whole unit of a currency.
	Rates   map[string]string `yaml:"rates"`
	Invoice *InvoiceSettings  `yaml:"invoice"`
	Webhook *WebhookSettings  `yaml:"webhook"`
}

// InvoiceSettings turns invoices on.
type InvoiceSettings struct {
	PayTo   string `yaml:"pay_to"`
	DueDays int    `yaml:"due_days"` // 0 means 14
}

// WebhookSettings turns a payment service on.
type WebhookSettings struct {
	SecretFile string `yaml:"secret_file"` // a secret in each line: the one that counts, and while it changes the one before
	Header     string `yaml:"header"`      // of the signature; "" means Stripe-Signature
	Link       string `yaml:"link"`        // of the checkout; {order}, {minor} and {currency} are put in
	DueDays    int    `yaml:"due_days"`    // 0 means 14
}

// ReadSettings reads a home's settings; an absent file turns everything off.
func ReadSettings(path string) (Settings, error) {
	var s Settings
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read top-ups: %w", err)
	}
	if len(text) > settingsMost {
		return s, fmt.Errorf("top-ups %s: more than %d bytes", path, settingsMost)
	}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := yaml.UnmarshalWithOptions(text, &s, yaml.Strict()); err != nil {
			return s, fmt.Errorf("top-ups %s: %s", path, strings.TrimSpace(yaml.FormatError(err, false, false)))
		}
	}
	if s.Webhook != nil && !filepath.IsAbs(s.Webhook.SecretFile) {
		s.Webhook.SecretFile = filepath.Join(filepath.Dir(path), s.Webhook.SecretFile)
	}
	return s, nil
}

// rates reads and checks the rates.
func (s Settings) rates() (map[string]math.Int, error) {
	all := make(map[string]math.Int, len(s.Rates))
	for code, text := range s.Rates {
		if _, err := scale(code); err != nil {
			return nil, fmt.Errorf("rates: %w", err)
		}
		rate, err := home.Credits(text)
		if err == nil && (!rate.IsPositive() || rate.BigInt().BitLen() > 120) {
			err = errors.New("want more than nothing, and not too much")
		}
		if err != nil {
			return nil, fmt.Errorf("rates: %s: %w", code, err)
		}
		all[code] = rate
	}
	return all, nil
}

// adapters are those that are turned on, with the days that their orders have.
func (s Settings) adapters(now clock.Clock) (map[string]Adapter, map[string]int, error) {
	all, days := map[string]Adapter{}, map[string]int{}
	if s.Invoice != nil {
		if strings.TrimSpace(s.Invoice.PayTo) == "" {
			return nil, nil, errors.New("invoice: pay_to: say where the transfer goes")
		}
		all[InvoiceName], days[InvoiceName] = Invoice{s.Invoice.PayTo}, s.Invoice.DueDays
	}
	if s.Webhook != nil {
		hook, err := s.Webhook.open(now)
		if err != nil {
			return nil, nil, fmt.Errorf("webhook: %w", err)
		}
		all[WebhookName], days[WebhookName] = hook, s.Webhook.DueDays
	}
	for name, n := range days {
		if n < 0 || n > dueMost {
			return nil, nil, fmt.Errorf("%s: due_days %d: want 1 to %d", name, n, dueMost)
		}
		if n == 0 {
			days[name] = 14
		}
	}
	return all, days, nil
}

func (w WebhookSettings) open(now clock.Clock) (*Webhook, error) {
	link, err := url.Parse(w.Link)
	if err != nil || link.Scheme != "https" && link.Hostname() != "127.0.0.1" || !strings.Contains(w.Link, "{order}") {
		return nil, fmt.Errorf("link %q: want an address such as https://pay.example/checkout?client_reference_id={order}", w.Link)
	}
	header := w.Header
	if header == "" {
		header = "Stripe-Signature"
	}
	secrets, err := readSecrets(w.SecretFile)
	if err != nil {
		return nil, err
	}
	return &Webhook{secrets: secrets, header: http.CanonicalHeaderKey(header), link: w.Link, now: now}, nil
}

// readSecrets reads a file that only its owner may read.
func readSecrets(path string) ([][]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("secret_file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 || info.Size() > settingsMost {
		return nil, fmt.Errorf("secret_file %s: want a small file that others may not read (chmod 600)", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("secret_file: %w", err)
	}
	var secrets [][]byte
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if len(line) < secretLeast {
			return nil, fmt.Errorf("secret_file %s: a secret has at least %d bytes", path, secretLeast)
		}
		secrets = append(secrets, []byte(line))
	}
	if len(secrets) == 0 || len(secrets) > 4 {
		return nil, fmt.Errorf("secret_file %s: want one secret in a line, at most 4", path)
	}
	return secrets, nil
}
