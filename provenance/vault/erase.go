package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ayni.example/internal/canon"
	"ayni.example/internal/home"
)

// Reply is what came of asking a replica to erase.
type Reply string

// The replies. A replica that says that it erased and still gives bytes has refused.
const (
	Erased   Reply = "erased"
	Refused  Reply = "refused"
	Silent   Reply = "silent"   // it is asked again, each time later
	Promised Reply = "promised" // it is bound to keep it until a day, and erases it then
	Unproved Reply = "unproved" // it was asked as often as anybody is: nobody knows
)

// Settled tells that a machine is not asked again.
func (r Reply) Settled() bool { return r != Silent && r != Promised }

// Replica is one machine that held an age file.
type Replica struct {
	Holder  string `json:"holder"`
	Digest  string `json:"digest"`
	Reply   Reply  `json:"reply"`
	Why     string `json:"why"`
	Receipt []byte `json:"receipt"` // signed by the holder, when it erased
	At      int64  `json:"at"`
	Tries   int    `json:"tries,omitempty"` // without an answer that settles it
	Next    int64  `json:"next,omitempty"`  // when it is asked again
	Until   int64  `json:"until,omitempty"` // when what binds a holder ends, as it was when it was asked first
}

// Blob is an age file as others know it.
type Blob struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// Erasure is the journal of one: nothing in it is personal, so that it may outlive what it is about.
type Erasure struct {
	Object   string    `json:"object"`
	Asset    string    `json:"asset"`
	Uses     []Use     `json:"uses,omitempty"` // where it went
	Grants   []string  `json:"grants"`         // that end on the ledger
	Blobs    []Blob    `json:"blobs"`          // that replicas may hold
	Begun    int64     `json:"begun"`
	Left     []string  `json:"left,omitempty"` // grants whose records do not open, and so stayed as they are
	Here     bool      `json:"here"`           // nothing of it is left in this vault
	Ledger   bool      `json:"ledger"`         // the ledger knows
	Replicas []Replica `json:"replicas"`
	Stale    bool      `json:"stale"` // age files that a rotation replaced: no object was erased
	Done     bool      `json:"done"`  // nobody is asked again
}

// Next is when somebody is to be asked again; 0 where that is at once, or never.
func (e Erasure) Next() int64 {
	var next int64
	for _, r := range e.Replicas {
		if !r.Reply.Settled() && (next == 0 || r.Next < next) {
			next = r.Next
		}
	}
	return next
}

// Erase begins an erasure, or goes on with one: the journal first, then everything here. After the journal is written nothing of the
// object is read again, whatever happens.
func (v *Vault) Erase(ctx context.Context, object string) (Erasure, error) {
	release, err := v.lock(ctx)
	if err != nil {
		return Erasure{}, err
	}
	defer release()
	e, err := v.Erasure(object)
	if errors.Is(err, ErrUnknown) {
		e, err = v.begin(object)
	}
	if err != nil || e.Here {
		return e, err
	}
	return v.erase(e)
}

// begin writes the journal.
func (v *Vault) begin(object string) (Erasure, error) {
	o, err := v.Object(object)
	if err != nil {
		return Erasure{}, err
	}
	grants, err := v.Grants(object)
	if err != nil && !errors.Is(err, ErrSealed) { // a record that does not open is in nobody's way
		return Erasure{}, err
	}
	e := Erasure{Object: object, Asset: o.Asset, Uses: o.Uses, Grants: []string{}, Blobs: []Blob{}, Begun: v.now().Unix(), Replicas: []Replica{}}
	for _, g := range grants {
		if g.State != Revoked {
			e.Grants = append(e.Grants, g.Terms.ID())
		}
	}
	for _, i := range o.Items {
		if i.Shared {
			e.Blobs = append(e.Blobs, Blob{i.Digest, i.Sealed})
		}
	}
	slices.Sort(e.Grants)
	return e, v.Note(e)
}

// erase destroys: identities and salts first, since without them the rest says nothing.
func (v *Vault) erase(e Erasure) (Erasure, error) {
	if err := v.sweep(); err != nil {
		return e, err
	}
	dir := v.folder(e.Object)
	if err := wipe(filepath.Join(dir, "record.age")); err != nil {
		return e, err
	}
	entries, err := os.ReadDir(filepath.Join(v.dir, "grants"))
	if err != nil {
		return e, err
	}
	for _, f := range entries {
		id, _ := strings.CutSuffix(f.Name(), ".age")
		g, err := v.Granted(id)
		if err == nil && g.Terms.Object == e.Object {
			err = wipe(v.grantPath(id))
		}
		if errors.Is(err, ErrSealed) { // it may be of this object or of another: nobody reads it any more
			e.Left = append(e.Left, id)
			continue
		}
		if err != nil && !errors.Is(err, ErrNoGrant) {
			return e, err
		}
	}
	if err := wipeFolder(dir); err != nil {
		return e, err
	}
	if err := v.forget(e.Object); err != nil {
		return e, err
	}
	e.Here = true
	return e, v.Note(e)
}

// Note writes an erasure's journal; that of a rotation goes once it is done.
func (v *Vault) Note(e Erasure) error {
	if e.Stale && e.Done {
		return wipe(v.erasure(e.Object)) // no object was erased, and nobody is asked any more
	}
	text, err := canon.Marshal(e)
	if err != nil {
		return err
	}
	return home.WriteFile(v.erasure(e.Object), text)
}

// Erasure reads a journal; ErrUnknown where nothing was erased.
func (v *Vault) Erasure(object string) (Erasure, error) {
	var e Erasure
	if !isID(object, 32) {
		return e, fmt.Errorf("%w: %.60q", ErrUnknown, object)
	}
	text, err := home.ReadFile(v.erasure(object), recordMax)
	if errors.Is(err, os.ErrNotExist) {
		return e, fmt.Errorf("%w: %s", ErrUnknown, object)
	}
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(text, &e); err != nil || e.Object != object {
		return e, fmt.Errorf("%w: erasure of %s", ErrSealed, object)
	}
	return e, nil
}

// Erasures lists all journals.
func (v *Vault) Erasures() ([]Erasure, error) {
	entries, err := os.ReadDir(filepath.Join(v.dir, "erasures"))
	if err != nil {
		return nil, err
	}
	var list []Erasure
	for _, f := range entries {
		id, ours := strings.CutSuffix(f.Name(), ".json")
		if !ours || !isID(id, 32) {
			continue
		}
		e, err := v.Erasure(id)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	slices.SortStableFunc(list, func(a, b Erasure) int { return int(a.Begun - b.Begun) })
	return list, nil
}

func (v *Vault) erasure(object string) string {
	return filepath.Join(v.dir, "erasures", object+".json")
}
