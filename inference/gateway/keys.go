package gateway

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"cosmossdk.io/math"

	"ayni.example/inference/engine"
	"ayni.example/internal/clock"
)

const (
	// KeyPrefix starts every API key, so that a leaked one can be recognised.
	KeyPrefix = "ak-"

	keyBytes  = 32     // randomness of a key
	maxKeys   = 10_000 // of one gateway
	maxName   = 100    // bytes of a key's name
	maxModels = 100    // a key may be limited to
	maxRate   = 1_000_000
)

// ErrNoKey tells that there is no API key with that id.
var ErrNoKey = errors.New("no such api key")

// Key is an API key without its secret, which is shown once and stored hashed.
type Key struct {
	ID      string    `json:"id"` // "k-...", for lists and logs; no secret
	Name    string    `json:"name"`
	Budget  *math.Int `json:"budget,omitempty"` // acredit that it may spend in all; nil without bound
	Spent   math.Int  `json:"spent"`            // acredit, by receipts
	Rate    int       `json:"rate"`             // requests a minute, 0 without bound
	Models  []string  `json:"models"`           // that it may ask for; empty for all
	Admin   bool      `json:"admin"`            // may use the console and see all receipts
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// KeySpec is what the owner decides about a key.
type KeySpec struct {
	Name    string
	Budget  *math.Int
	Rate    int
	Models  []string
	Admin   bool
	Expires time.Time
}

// KeysConfig is what Keys works with.
type KeysConfig struct {
	DB     *sql.DB
	Now    clock.Clock
	Random io.Reader
}

// Keys are the API keys of one gateway. The command line may change them while the gateway runs.
type Keys struct {
	db     *sql.DB
	now    clock.Clock
	random io.Reader

	mu      sync.Mutex
	held    map[string]math.Int // reserved by requests in flight, by key id
	buckets map[string]*bucket  // by key id
}

// OpenKeys opens the keys in a database and makes the tables where they are absent.
func OpenKeys(ctx context.Context, cfg KeysConfig) (*Keys, error) {
	if cfg.DB == nil || cfg.Now == nil || cfg.Random == nil {
		return nil, errors.New("api keys need a database, a clock and randomness")
	}
	if err := migrate(ctx, cfg.DB); err != nil {
		return nil, err
	}
	return &Keys{
		db: cfg.DB, now: cfg.Now, random: cfg.Random,
		held: map[string]math.Int{}, buckets: map[string]*bucket{},
	}, nil
}

// Create makes a key; the secret is returned here and never again.
func (k *Keys) Create(ctx context.Context, spec KeySpec) (secret string, key Key, err error) {
	if err := spec.validate(); err != nil {
		return "", Key{}, err
	}
	raw := make([]byte, keyBytes+4)
	if _, err := io.ReadFull(k.random, raw); err != nil {
		return "", Key{}, fmt.Errorf("make api key: %w", err)
	}
	secret = KeyPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:keyBytes]))
	key = Key{
		ID: "k-" + hex.EncodeToString(raw[keyBytes:]), Name: spec.Name, Budget: spec.Budget, Spent: math.ZeroInt(), Rate: spec.Rate,
		Models: spec.Models, Admin: spec.Admin, Created: k.now().UTC().Truncate(time.Millisecond), Expires: spec.Expires,
	}
	if err := k.insert(ctx, key, hashKey(secret)); err != nil {
		return "", Key{}, err
	}
	return secret, key, nil
}

// Update changes what the owner decides; what was spent and the secret stay.
func (k *Keys) Update(ctx context.Context, id string, spec KeySpec) (Key, error) {
	if err := spec.validate(); err != nil {
		return Key{}, err
	}
	if err := k.update(ctx, id, spec); err != nil {
		return Key{}, err
	}
	return k.Key(ctx, id)
}

// Revoke ends a key at once; it stays in the list with what it spent.
func (k *Keys) Revoke(ctx context.Context, id string) error { return k.revoke(ctx, id) }

// Authenticate finds the key behind a secret. A wrong, revoked or expired one is an *engine.Error of kind Unauthorised.
func (k *Keys) Authenticate(ctx context.Context, secret string) (Key, error) {
	const hint = "make one with `ayni key create`"
	if !strings.HasPrefix(secret, KeyPrefix) || len(secret) > 128 {
		return Key{}, engine.Errorf(engine.Unauthorised, "this is no api key of this gateway").WithHint(hint)
	}
	key, err := k.byHash(ctx, hashKey(secret))
	switch {
	case errors.Is(err, ErrNoKey):
		return Key{}, engine.Errorf(engine.Unauthorised, "the api key is not known here").WithHint(hint)
	case err != nil:
		return Key{}, err
	case !key.Revoked.IsZero():
		return Key{}, engine.Errorf(engine.Unauthorised, "the api key was revoked on %s", key.Revoked.Format(time.DateOnly)).WithHint(hint)
	case !key.Expires.IsZero() && !k.now().Before(key.Expires):
		return Key{}, engine.Errorf(engine.Unauthorised, "the api key expired on %s", key.Expires.Format(time.DateOnly)).WithHint(hint)
	}
	return key, nil
}

// MayUse tells whether the key is allowed to ask for a model, by any of the names given.
func (k Key) MayUse(names ...string) bool {
	if len(k.Models) == 0 {
		return true
	}
	return slices.ContainsFunc(k.Models, func(allowed string) bool { return slices.Contains(names, allowed) })
}

func (s KeySpec) validate() error {
	switch {
	case s.Name == "" || len(s.Name) > maxName || strings.ContainsFunc(s.Name, func(r rune) bool { return r < ' ' }):
		return engine.Errorf(engine.Invalid, "a key's name has 1 to %d bytes and no control characters", maxName)
	case s.Budget != nil && (s.Budget.IsNil() || s.Budget.IsNegative()):
		return engine.Errorf(engine.Invalid, "a key's budget is an amount of at least 0")
	case s.Rate < 0 || s.Rate > maxRate:
		return engine.Errorf(engine.Invalid, "a key's rate is 0 to %d requests a minute", maxRate)
	case len(s.Models) > maxModels:
		return engine.Errorf(engine.Invalid, "a key is limited to at most %d models", maxModels)
	}
	return nil
}

// hashKey is what is stored. A key has 256 random bits, so one SHA-256 is as good as a slow hash.
func hashKey(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
