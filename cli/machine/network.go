package machine

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/math"

	"ayni.example/chain"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/x/credit"
)

// What a network of one machine begins with, in credits.
const (
	firstBalance    = "10000"
	firstQuota      = "100000"
	quotaPeriod     = 24 * time.Hour
	firstPower      = 100
	genesisMoment   = time.Second // into the past, so that the clock's grain cannot put it into the future
	folderMode      = 0o700
	validatorFolder = "ledger"
)

// begin makes the genesis of a new network, whose first machine is this one: admin, issuer and validator.
func begin(h *home.Home, name, account string, now time.Time) (*cmttypes.GenesisDoc, error) {
	id, err := chain.NewChainID(rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := chain.ValidatorKey(h.Dir())
	if err != nil {
		return nil, fmt.Errorf("make validator key: %w", err)
	}
	balance, err := home.Credits(firstBalance)
	if err != nil {
		return nil, err
	}
	quota, err := home.Credits(firstQuota)
	if err != nil {
		return nil, err
	}
	doc, err := chain.NewGenesis(chain.GenesisConfig{
		ChainID: id, Time: now.Add(-genesisMoment), Admin: account,
		Accounts:   []chain.GenesisAccount{{Address: account, Balance: balance}},
		Issuers:    []credit.Issuer{{Address: account, Quota: quota, PeriodSeconds: uint32(quotaPeriod / time.Second), Issued: math.ZeroInt()}},
		Validators: []chain.GenesisValidator{{Name: name, Operator: account, Key: key, Power: firstPower}},
	})
	if err != nil {
		return nil, fmt.Errorf("make genesis: %w", err)
	}
	return doc, nil
}

// accountOf is the ledger address of a wallet's account key.
func accountOf(key *ethkey.PrivKey) string { return ethkey.Format(key.PubKey().Address()) }

// secretMax bounds a file with a passphrase or a key.
const secretMax = 64 << 10

// passphrase reads the wallet's passphrase from the file given, from AYNI_PASSPHRASE, or from HOME/passphrase; fresh draws
// one when there is none.
func passphrase(h *home.Home, file string, fresh bool) (string, error) {
	if file == "" {
		if p, ok := os.LookupEnv("AYNI_PASSPHRASE"); ok {
			return p, nil
		}
		file = h.Passphrase()
	}
	text, err := home.ReadFile(file, secretMax)
	if errors.Is(err, os.ErrNotExist) && file == h.Passphrase() && fresh {
		drawn := rand.Text()
		return drawn, home.WriteFile(file, []byte(drawn+"\n"))
	}
	if err != nil {
		return "", advice(fmt.Errorf("read passphrase: %w", err), "name the file with --passphrase-file, or set AYNI_PASSPHRASE")
	}
	return firstLine(text), nil
}
