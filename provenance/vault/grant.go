package vault

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ayni.example/internal/canon"
)

// Lifetimes of grants.
const (
	LifeDefault = 90 * 24 * time.Hour
	LifeMax     = 400 * 24 * time.Hour
	purposeMax  = 256
)

// Terms are what an owner grants to whom. Nobody learns them from the ledger: it has Commitment alone.
type Terms struct {
	ChainID string   `json:"chain_id"`
	Owner   string   `json:"owner"`
	Grantee string   `json:"grantee"`
	Object  string   `json:"object"` // id
	Scope   []string `json:"scope"`
	Purpose string   `json:"purpose"`
	Expires int64    `json:"expires"` // the first second of Unix time in which it is worth nothing
	Salt    []byte   `json:"salt"`
}

// Commitment is the grant's id: what the ledger keeps of it.
func (t Terms) Commitment() [32]byte {
	var expires [8]byte
	binary.BigEndian.PutUint64(expires[:], uint64(t.Expires))
	return canon.Sum("ayni/vault/grant/1", t.Salt, []byte(t.ChainID), []byte(t.Owner), []byte(t.Grantee), []byte(t.Object),
		[]byte(strings.Join(t.Scope, "\x00")), []byte(t.Purpose), expires[:])
}

// ID is the commitment in hexadecimal digits.
func (t Terms) ID() string {
	sum := t.Commitment()
	return hex.EncodeToString(sum[:])
}

// Check refuses terms that no vault makes.
func (t Terms) Check() error {
	switch {
	case !isID(t.Object, 32), len(t.Salt) != 32, t.ChainID == "" || len(t.ChainID) > 64, t.Owner == "" || len(t.Owner) > 64,
		t.Grantee == "" || len(t.Grantee) > 64, t.Expires <= 0:
		return fmt.Errorf("%w: its terms are not whole", ErrNoGrant)
	case len(t.Purpose) == 0 || len(t.Purpose) > purposeMax || !isText(t.Purpose):
		return fmt.Errorf("%w: want up to %d bytes of text", ErrPurpose, purposeMax)
	}
	return CheckScope(t.Scope)
}

// State of a grant, here; the ledger has the last word on whether it stands.
type State string

// The states, in the order in which a grant passes them.
const (
	Making   State = "making"   // the ledger may not have it yet
	Stands   State = "stands"   // until it expires
	Revoking State = "revoking" // nothing is read any more; keys or ledger may not be done
	Revoked  State = "revoked"
)

// Grant is one that this vault's owner gave.
type Grant struct {
	Terms Terms `json:"terms"`
	Made  int64 `json:"made"` // seconds of Unix time
	State State `json:"state"`
}

// Grant draws a salt and keeps what is granted, before the ledger hears of it.
func (v *Vault) Grant(ctx context.Context, t Terms) (Grant, error) {
	t.Salt = make([]byte, 32)
	if _, err := io.ReadFull(v.random, t.Salt); err != nil {
		return Grant{}, fmt.Errorf("draw a salt: %w", err)
	}
	if err := t.Check(); err != nil {
		return Grant{}, err
	}
	now := v.now()
	if life := time.Unix(t.Expires, 0).Sub(now); life <= 0 || life > LifeMax {
		return Grant{}, fmt.Errorf("%w: it would last %s, want up to %d days", ErrExpired, life.Round(time.Second), int(LifeMax.Hours()/24))
	}
	o, err := v.Object(t.Object)
	if err != nil {
		return Grant{}, err
	}
	if len(o.In(t.Scope)) == 0 {
		return Grant{}, fmt.Errorf("%w: %q covers no item of %s", ErrScope, t.Scope, o.ID)
	}
	release, err := v.lock(ctx)
	if err != nil {
		return Grant{}, err
	}
	defer release()
	g := Grant{Terms: t, Made: now.Unix(), State: Making}
	return g, v.keep(g)
}

// keep writes a grant's record.
func (v *Vault) keep(g Grant) error { return v.seal(v.grantPath(g.Terms.ID()), g) }

// SetState moves a grant on; the ledger has said so, or the owner.
func (v *Vault) SetState(ctx context.Context, id string, s State) error {
	release, err := v.lock(ctx)
	if err != nil {
		return err
	}
	defer release()
	g, err := v.Granted(id)
	if err != nil || g.State == s {
		return err
	}
	if g.State == Revoked || g.State == Revoking && s != Revoked {
		return fmt.Errorf("%w: it is %s and not %s again", ErrRevoked, g.State, s)
	}
	g.State = s
	return v.keep(g)
}

// Granted reads a grant that this owner gave.
func (v *Vault) Granted(id string) (Grant, error) {
	var g Grant
	if !isID(id, 64) {
		return g, fmt.Errorf("%w: %.70q", ErrNoGrant, id)
	}
	err := v.open(v.grantPath(id), &g)
	if errors.Is(err, os.ErrNotExist) {
		return g, fmt.Errorf("%w: %s", ErrNoGrant, id)
	}
	if err == nil && g.Terms.ID() != id {
		err = fmt.Errorf("%w: grant %s lies in the place of %s", ErrSealed, g.Terms.ID(), id)
	}
	return g, err
}

// Grants lists what this owner granted, of one object or of all (""), oldest first. Records that do not open are ErrSealed, beside the list of
// the others.
func (v *Vault) Grants(object string) ([]Grant, error) {
	entries, err := os.ReadDir(filepath.Join(v.dir, "grants"))
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	var list []Grant
	var sealed []error
	for _, e := range entries {
		id, ours := strings.CutSuffix(e.Name(), ".age")
		if !ours || !isID(id, 64) {
			continue
		}
		g, err := v.Granted(id)
		if errors.Is(err, ErrNoGrant) {
			continue
		}
		if errors.Is(err, ErrSealed) {
			sealed = append(sealed, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		if object == "" || g.Terms.Object == object {
			list = append(list, g)
		}
	}
	slices.SortStableFunc(list, func(a, b Grant) int { return int(a.Made - b.Made) })
	return list, errors.Join(sealed...)
}

// FindGrant reads a grant by its id or the beginning of it.
func (v *Vault) FindGrant(word string) (Grant, error) {
	if isID(word, 64) {
		return v.Granted(word)
	}
	list, err := v.Grants("")
	if err != nil {
		return Grant{}, err
	}
	found := -1
	for n, g := range list {
		if len(word) >= 6 && strings.HasPrefix(g.Terms.ID(), word) {
			if found >= 0 {
				return Grant{}, fmt.Errorf("%w: %s begins the ids of several", ErrNoGrant, word)
			}
			found = n
		}
	}
	if found < 0 {
		return Grant{}, fmt.Errorf("%w: %.70q", ErrNoGrant, word)
	}
	return list[found], nil
}

// Allows says why a grant does not let its grantee read now, as far as this vault knows.
func (g Grant) Allows(now time.Time) error {
	switch {
	case g.State == Revoking || g.State == Revoked:
		return ErrRevoked
	case now.Unix() >= g.Terms.Expires:
		return fmt.Errorf("%w at %s", ErrExpired, time.Unix(g.Terms.Expires, 0).UTC().Format(time.DateTime))
	}
	return nil
}

func (v *Vault) grantPath(id string) string { return filepath.Join(v.dir, "grants", id+".age") }

// Unmake removes a grant that the ledger refused.
func (v *Vault) Unmake(ctx context.Context, id string) error {
	release, err := v.lock(ctx)
	if err != nil {
		return err
	}
	defer release()
	g, err := v.Granted(id)
	if err != nil {
		return err
	}
	if g.State != Making {
		return fmt.Errorf("%w: it is %s", ErrNoGrant, g.State)
	}
	return wipe(v.grantPath(id))
}
