package vault

import (
	"fmt"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kinds of objects: how they came.
const (
	KindFile   = "file"
	KindFolder = "folder"
	KindTable  = "table"
	KindJSON   = "json"
	KindMail   = "mail"
)

// Object is one thing of its owner's: what is added, granted and erased together.
type Object struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Added   int64  `json:"added"`   // seconds of Unix time
	Version uint64 `json:"version"` // grows with each change of identities
	Salt    []byte `json:"salt"`    // of what the ledger says about it
	Asset   string `json:"asset"`   // which it is on the ledger, in hexadecimal digits, or ""
	Uses    []Use  `json:"uses,omitempty"`
	Items   []Item `json:"items"` // by name
}

// Item is a part of an object: an age file with an identity of its own, so that a scope is a set of keys.
type Item struct {
	Name     string `json:"name"`
	Media    string `json:"media"` // as in Content-Type
	File     string `json:"file"`  // its age file is FILE.age
	Size     int64  `json:"size"`
	Sealed   int64  `json:"sealed"`   // bytes of the age file
	Digest   string `json:"digest"`   // SHA-256 of the age file, in hexadecimal digits
	Identity string `json:"identity"` // AGE-SECRET-KEY-1…
	Shared   bool   `json:"shared"`   // replicas may hold the age file
}

// Size is what the items have together.
func (o Object) Size() int64 {
	var n int64
	for _, i := range o.Items {
		n += i.Size
	}
	return n
}

// When it was added.
func (o Object) When() time.Time { return time.Unix(o.Added, 0).UTC() }

// In are the items that a scope covers.
func (o Object) In(scope []string) []Item {
	var list []Item
	for _, i := range o.Items {
		if Covers(scope, i.Name) {
			list = append(list, i)
		}
	}
	return list
}

// scopeMax bounds the patterns of a scope.
const scopeMax = 16

// Covers tells whether a scope has an item: "*" has all, "mail/" all below it, anything else what path.Match says of it.
func Covers(scope []string, item string) bool {
	for _, p := range scope {
		if p == "*" || p == item || strings.HasSuffix(p, "/") && strings.HasPrefix(item, p) {
			return true
		}
		if ok, err := path.Match(p, item); err == nil && ok {
			return true
		}
	}
	return false
}

// CheckScope refuses patterns that cover nothing that could be there.
func CheckScope(scope []string) error {
	if len(scope) == 0 || len(scope) > scopeMax {
		return fmt.Errorf("%w: %d patterns, want 1 to %d", ErrScope, len(scope), scopeMax)
	}
	for _, p := range scope {
		if _, err := path.Match(p, ""); err != nil || !isText(p) || p == "" {
			return fmt.Errorf("%w: %.60q is no pattern: want *, a name, a folder with / behind it, or a name with *", ErrScope, p)
		}
	}
	return nil
}

// checkName allows what people read: relative, no control characters, bounded.
func checkName(name string) error {
	if name == "" || !isText(name) || strings.HasPrefix(name, "/") {
		return fmt.Errorf("%w: %.60q: want up to %d bytes of text", ErrName, name, nameMax)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return fmt.Errorf("%w: %.60q", ErrName, name)
		}
	}
	return nil
}

func isText(text string) bool {
	return len(text) <= nameMax && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// check refuses a record that no vault wrote, from a backup.
func (o Object) check() error {
	if !isID(o.ID, 32) || len(o.Salt) != 32 || len(o.Items) == 0 || len(o.Items) > itemsMax || o.Asset != "" && !isID(o.Asset, 64) {
		return fmt.Errorf("%w: object %.40q", ErrSealed, o.ID)
	}
	if err := checkName(o.Name); err != nil {
		return err
	}
	if err := checkUses(o.Uses); err != nil {
		return err
	}
	files := map[string]bool{}
	for n, i := range o.Items {
		if err := checkName(i.Name); err != nil {
			return err
		}
		if !isID(i.File, 32) || !isID(i.Digest, 64) || i.Size < 0 || i.Sealed <= 0 || files[i.File] || n > 0 && i.Name <= o.Items[n-1].Name {
			return fmt.Errorf("%w: item %.60q of %s", ErrSealed, i.Name, o.ID)
		}
		files[i.File] = true
	}
	return nil
}
