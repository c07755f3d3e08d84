package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ayni.example/internal/canon"
	"ayni.example/internal/home"
)

// Kept says for whom this machine holds an age file as a replica, and so who may ask it to erase it.
type Kept struct {
	Digest string `json:"digest"` // in hexadecimal digits
	Owner  string `json:"owner"`
	Since  int64  `json:"since"`
	// Ordered is when its owner asked for it to be erased while it could not be yet; 0 where nothing is left to do.
	Ordered int64 `json:"ordered,omitempty"`
}

// KeepFor notes that an age file is its owner's to erase.
func (v *Vault) KeepFor(digest, owner string) error {
	if !isID(digest, 64) || owner == "" || len(owner) > 64 {
		return fmt.Errorf("%w: digest %.70q of %.70q", ErrName, digest, owner)
	}
	if k, err := v.KeptFor(digest); err == nil && k.Owner != owner {
		return fmt.Errorf("keep %s: it is kept for %s already", digest, k.Owner)
	}
	return v.noteKept(Kept{Digest: digest, Owner: owner, Since: v.now().Unix()})
}

func (v *Vault) noteKept(k Kept) error {
	text, err := canon.Marshal(k)
	if err != nil {
		return err
	}
	return home.WriteFile(v.keptPath(k.Digest), text)
}

// Order remembers that an age file is to be erased as soon as it may be, or with false that it was.
func (v *Vault) Order(digest string, stands bool) error {
	k, err := v.KeptFor(digest)
	if err != nil || stands == (k.Ordered > 0) {
		return err
	}
	if k.Ordered = 0; stands {
		k.Ordered = v.now().Unix()
	}
	return v.noteKept(k)
}

// Orders lists what is still to be erased for others.
func (v *Vault) Orders() ([]Kept, error) {
	entries, err := os.ReadDir(filepath.Join(v.dir, "kept"))
	if err != nil {
		return nil, err
	}
	var list []Kept
	for _, e := range entries {
		digest, ours := strings.CutSuffix(e.Name(), ".json")
		if !ours || !isID(digest, 64) {
			continue
		}
		k, err := v.KeptFor(digest)
		if err != nil {
			return nil, err
		}
		if k.Ordered > 0 {
			list = append(list, k)
		}
	}
	return list, nil
}

// KeptFor reads whose age file this machine holds; ErrUnknown where it holds none as a replica.
func (v *Vault) KeptFor(digest string) (Kept, error) {
	var k Kept
	if !isID(digest, 64) {
		return k, fmt.Errorf("%w: digest %.70q", ErrUnknown, digest)
	}
	text, err := home.ReadFile(v.keptPath(digest), lineMax)
	if errors.Is(err, os.ErrNotExist) {
		return k, fmt.Errorf("%w: digest %s", ErrUnknown, digest)
	}
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err == nil && k.Digest != digest {
		err = fmt.Errorf("%w: what is kept", ErrSealed)
	}
	return k, err
}

// Unkeep forgets that this machine was a replica.
func (v *Vault) Unkeep(digest string) error {
	if !isID(digest, 64) {
		return fmt.Errorf("%w: digest %.70q", ErrUnknown, digest)
	}
	return wipe(v.keptPath(digest))
}

func (v *Vault) keptPath(digest string) string { return filepath.Join(v.dir, "kept", digest+".json") }
