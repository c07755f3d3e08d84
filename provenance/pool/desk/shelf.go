package desk

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"ayni.example/internal/canon"
	"ayni.example/internal/home"
	"ayni.example/provenance/pool"
)

// Rules are what a pool is. They never change; another pool has other rules.
type Rules struct {
	Pool       string          `json:"pool"`       // id on the ledger, hexadecimal
	Name       string          `json:"name"`       // here, and in recipes as pool:NAME
	Schema     json.RawMessage `json:"schema"`     // see pool.ParseSchema
	Reference  string          `json:"reference"`  // name of the model that measures
	Model      string          `json:"model"`      // SHA-256 of its weights
	Validation string          `json:"validation"` // SHA-256 of the text that it is measured on
}

// Errors of the shelf.
var (
	ErrUnknown = errors.New("no such pool is kept here")
	ErrName    = errors.New("a pool's name is 1 to 40 of a-z, 0-9 and -, and begins with a letter")
)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// shelf is a folder of pools. Files are written whole or not at all.
type shelf struct{ dir string }

const (
	fileRules      = "rules.json"
	fileValidation = "validation.txt"
	dirInbox       = "inbox"    // contributions as they came, until they are judged
	dirAccepted    = "accepted" // contributions as they came
	dirTexts       = "texts"    // their new documents, what is trained on
	dirVerdicts    = "verdicts"
)

func (s shelf) path(name string, parts ...string) string {
	return filepath.Join(append([]string{s.dir, name}, parts...)...)
}

// create lays out a pool. A pool that is there with the same rules is no error.
func (s shelf) create(r Rules, validation []byte) error {
	if !nameForm.MatchString(r.Name) {
		return fmt.Errorf("%w: %q", ErrName, r.Name)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if have, err := os.ReadFile(s.path(r.Name, fileRules)); err == nil {
		if string(have) != string(text) {
			return fmt.Errorf("a pool %s with other rules is kept here", r.Name)
		}
		return nil
	}
	for _, dir := range []string{dirInbox, dirAccepted, dirTexts, dirVerdicts} {
		if err := os.MkdirAll(s.path(r.Name, dir), 0o700); err != nil {
			return err
		}
	}
	if err := home.WriteFile(s.path(r.Name, fileValidation), validation); err != nil {
		return err
	}
	return home.WriteFile(s.path(r.Name, fileRules), text)
}

// pools lists those that are kept, by name.
func (s shelf) pools() ([]Rules, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Rules
	for _, e := range entries {
		r, err := s.rules(e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // cut off while it was created
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

func (s shelf) rules(name string) (Rules, error) {
	var r Rules
	text, err := os.ReadFile(s.path(name, fileRules))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil || r.Name != name {
		return r, fmt.Errorf("%s cannot be read: %w", s.path(name, fileRules), err)
	}
	return r, nil
}

// find is the pool of an id.
func (s shelf) find(id string) (Rules, error) {
	list, err := s.pools()
	if err != nil {
		return Rules{}, err
	}
	at := slices.IndexFunc(list, func(r Rules) bool { return r.Pool == id })
	if at < 0 {
		return Rules{}, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	return list[at], nil
}

func (s shelf) validation(name string) ([]byte, error) {
	return os.ReadFile(s.path(name, fileValidation))
}

// contribution is the name of a contribution's files.
func contribution(id []byte) string { return hex.EncodeToString(id) }

// read gives a contribution that waits.
func (s shelf) read(name string, id []byte) ([]byte, error) {
	f, err := os.Open(s.path(name, dirInbox, contribution(id)))
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return io.ReadAll(io.LimitReader(f, pool.ContributionMax+1))
}

// settle puts away a contribution that was judged: kept with its new documents, or removed. It can be done again.
func (s shelf) settle(name string, id []byte, v pool.Verdict, text []byte) error {
	file := contribution(id)
	note, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := home.WriteFile(s.path(name, dirVerdicts, file+".json"), note); err != nil {
		return err
	}
	if !v.Accepted {
		return absent(os.Remove(s.path(name, dirInbox, file)))
	}
	if err := home.WriteFile(s.path(name, dirTexts, file+".txt"), text); err != nil {
		return err
	}
	return absent(os.Rename(s.path(name, dirInbox, file), s.path(name, dirAccepted, file)))
}

// remove forgets a contribution and what was found of it, which may quote it. It can be done again.
func (s shelf) remove(name string, id []byte) error {
	file := contribution(id)
	return errors.Join(
		absent(os.Remove(s.path(name, dirInbox, file))), absent(os.Remove(s.path(name, dirTexts, file+".txt"))),
		absent(os.Remove(s.path(name, dirAccepted, file))), absent(os.Remove(s.path(name, dirVerdicts, file+".json"))),
	)
}

// absent passes over a file that is not there.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// verdict is what was found of a contribution.
func (s shelf) verdict(name string, id []byte) (v pool.Verdict, known bool, err error) {
	text, err := os.ReadFile(s.path(name, dirVerdicts, contribution(id)+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	return v, true, json.Unmarshal(text, &v)
}

// index reads the accepted documents again.
func (s shelf) index(name string, schema *pool.Schema) (*pool.Index, error) {
	x := &pool.Index{}
	entries, err := os.ReadDir(s.path(name, dirAccepted))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := os.ReadFile(s.path(name, dirAccepted, e.Name()))
		if err != nil {
			return nil, err
		}
		documents, err := schema.Read(data)
		if err != nil {
			return nil, fmt.Errorf("accepted contribution %s: %w", e.Name(), err)
		}
		for _, d := range documents {
			sketch := pool.NewSketch(d)
			if _, _, known := x.Find(&sketch); !known {
				x.Add(&sketch)
			}
		}
	}
	return x, nil
}

// Digest of the rules, whoever keeps the pool: the content of the pool's asset.
func (r Rules) Digest() ([]byte, error) {
	schema, err := pool.CanonicalSchema(r.Schema)
	if err != nil {
		return nil, err
	}
	sum := canon.Sum("ayni/pool-rules/1", []byte(r.Name), schema, []byte(r.Reference), []byte(r.Model), []byte(r.Validation))
	return sum[:], nil
}
