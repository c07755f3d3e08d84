package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/privval"
)

// Names of the signer's files. The key's and the record's are CometBFT's own.
const (
	anchorName  = "signer_anchor"  // tells this home from a copy of it
	holdName    = "signer_hold"    // why nothing is signed
	promoteName = "signer_promote" // the next key is taking the first one's place
)

// signerFiles are where a home keeps its keys for blocks.
type signerFiles struct {
	config, data string // folders
}

func filesOf(cfg NodeConfig) signerFiles {
	cc := cfg.comet("")
	return signerFiles{filepath.Dir(cc.PrivValidatorKeyFile()), filepath.Dir(cc.PrivValidatorStateFile())}
}

func (f signerFiles) key() string     { return filepath.Join(f.config, "priv_validator_key.json") }
func (f signerFiles) record() string  { return filepath.Join(f.data, "priv_validator_state.json") }
func (f signerFiles) nextKey() string { return filepath.Join(f.config, "priv_validator_key_next.json") }

func (f signerFiles) nextRecord() string {
	return filepath.Join(f.data, "priv_validator_state_next.json")
}
func (f signerFiles) anchor() string    { return filepath.Join(f.data, anchorName) }
func (f signerFiles) hold() string      { return filepath.Join(f.data, holdName) }
func (f signerFiles) promotion() string { return filepath.Join(f.data, promoteName) }

// heldKey is one key with its record.
type heldKey struct {
	*privval.FilePV
	start  position           // of the record when this process began
	signed map[int64][][]byte // signatures of this process, by height
}

func (k *heldKey) address() []byte { return k.Key.Address }

func (k *heldKey) remember(height int64, signature []byte) {
	k.signed[height] = append(k.signed[height], bytes.Clone(signature))
	delete(k.signed, height-remembered)
}

// made tells whether this process made a signature.
func (k *heldKey) made(height int64, signature []byte) bool {
	for _, own := range k.signed[height] {
		if bytes.Equal(own, signature) {
			return true
		}
	}
	return false
}

// settle makes the first key of a new home, ends a promotion that was interrupted, and tells whether the keys must hold still.
func (f signerFiles) settle() (*hold, error) {
	if err := f.finishPromotion(); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(f.key())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, f.create()
	}
	if err != nil {
		return nil, fmt.Errorf("read validator key: %w", err)
	}
	if err := cmtjson.Unmarshal(raw, new(privval.FilePVKey)); err != nil {
		return nil, fmt.Errorf("validator key %s is damaged; restore it from a backup: %w", f.key(), err)
	}
	if guardOff() {
		return nil, f.mendRecord(f.record())
	}
	kept, err := f.readHold()
	if err != nil {
		return nil, err
	}
	if kept != nil {
		if kept.Mode == holdResume && !f.anchored() { // the word was given for the home that this one was copied from
			kept.Mode = holdListen
		}
		return kept, f.mendRecord(f.record())
	}
	why := f.doubt()
	if why == "" {
		return nil, nil
	}
	begun := hold{Mode: holdListen, Reason: why}
	if err := f.saveHold(begun); err != nil { // before anything else, so that a kill does not lose it
		return nil, err
	}
	return &begun, f.mendRecord(f.record())
}

// doubt tells why the record cannot be trusted, or "".
func (f signerFiles) doubt() string {
	if _, err := os.Stat(f.anchor()); err != nil {
		return "this home lacks the mark of the place where its key was made: it was restored, or copied in part"
	}
	if !f.anchored() {
		return "this home is a copy, or was restored from one: its original may be signing"
	}
	raw, err := os.ReadFile(f.record())
	if err != nil {
		return "the record of what was signed last is lost"
	}
	if err := cmtjson.Unmarshal(raw, new(privval.FilePVLastSignState)); err != nil {
		return "the record of what was signed last is damaged"
	}
	return ""
}

// anchored tells whether this is the place that was marked.
func (f signerFiles) anchored() bool {
	own, err := identityOf(f.anchor())
	if err != nil {
		return false
	}
	kept, err := os.ReadFile(f.anchor())
	return err == nil && string(kept) == own
}

// create draws the first key. Its file comes last: without it all of this happens again.
func (f signerFiles) create() error {
	drawn := privval.GenFilePV(f.key(), f.record())
	drawn.LastSignState.Save()
	if err := errors.Join(f.remove(f.hold()), f.dropAnchor()); err != nil {
		return err
	}
	drawn.Key.Save()
	return f.flush()
}

// mendRecord puts an empty record where there is none that can be read; the keys hold still until that is safe.
func (f signerFiles) mendRecord(path string) error {
	raw, err := os.ReadFile(path)
	if err == nil && cmtjson.Unmarshal(raw, new(privval.FilePVLastSignState)) == nil {
		return nil
	}
	empty, err := cmtjson.MarshalIndent(privval.FilePVLastSignState{}, "", "  ")
	if err != nil {
		return fmt.Errorf("make an empty record of signatures: %w", err)
	}
	return f.write(path, empty)
}

// load reads the keys. CometBFT's loader ends the process at a fault, hence settle before.
func (f signerFiles) load() ([]*heldKey, error) {
	keys := make([]*heldKey, 0, 2)
	keys = append(keys, held(privval.LoadFilePV(f.key(), f.record())))
	raw, err := os.ReadFile(f.nextKey())
	if errors.Is(err, fs.ErrNotExist) {
		return keys, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read next validator key: %w", err)
	}
	if err := cmtjson.Unmarshal(raw, new(privval.FilePVKey)); err != nil {
		return nil, fmt.Errorf("next validator key %s is damaged; restore it from a backup: %w", f.nextKey(), err)
	}
	if err := f.mendRecord(f.nextRecord()); err != nil { // under the hold of the home, if there is one
		return nil, err
	}
	return append(keys, held(privval.LoadFilePV(f.nextKey(), f.nextRecord()))), nil
}

func held(file *privval.FilePV) *heldKey {
	s := file.LastSignState
	return &heldKey{FilePV: file, start: position{s.Height, s.Round, s.Step}, signed: map[int64][][]byte{}}
}

// release raises the records to a position that is never signed again, and then makes this the home of its keys.
func (f signerFiles) release(keys []*heldKey, floor position) error {
	for _, key := range keys {
		last := &key.LastSignState
		if floor.after(position{last.Height, last.Round, last.Step}) {
			last.Height, last.Round, last.Step, last.Signature, last.SignBytes = floor.Height, floor.Round, floor.Step, nil, nil
			last.Save()
		}
		key.start, key.signed = position{last.Height, last.Round, last.Step}, map[int64][][]byte{}
	}
	return errors.Join(f.dropAnchor(), f.remove(f.hold()))
}

// dropAnchor marks this place. The mark names its own file in a way that no copy keeps.
func (f signerFiles) dropAnchor() error {
	fresh := f.anchor() + ".new"
	if err := f.write(fresh, nil); err != nil {
		return err
	}
	own, err := identityOf(fresh)
	if err != nil {
		return fmt.Errorf("mark the home of the validator key: %w", err)
	}
	file, err := os.OpenFile(fresh, os.O_WRONLY, 0) //nolint:gosec // the folder is the owner's home
	if err != nil {
		return fmt.Errorf("mark the home of the validator key: %w", err)
	}
	_, err = file.WriteString(own)
	if err := errors.Join(err, file.Sync(), file.Close(), os.Rename(fresh, f.anchor())); err != nil { //nolint:gosec // the folder is the owner's home
		return fmt.Errorf("mark the home of the validator key: %w", err)
	}
	return f.flush()
}

func (f signerFiles) readHold() (*hold, error) {
	raw, err := os.ReadFile(f.hold())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the hold on signing: %w", err)
	}
	var kept hold
	if err := json.Unmarshal(raw, &kept); err != nil {
		return &hold{Mode: holdListen, Reason: "the file that says why nothing is signed is damaged"}, nil
	}
	return &kept, nil
}

func (f signerFiles) saveHold(h hold) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode the hold on signing: %w", err)
	}
	return f.write(f.hold(), raw)
}

// write replaces a file in one step, flushed to disk.
func (f signerFiles) write(path string, content []byte) error {
	fresh := path + ".tmp"
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the folder is the owner's home
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(fresh, path); err != nil { //nolint:gosec // the folder is the owner's home
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.flush()
}

func (f signerFiles) remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { //nolint:gosec // the folder is the owner's home
		return fmt.Errorf("remove %s: %w", path, err)
	}
	return f.flush()
}

// flush makes the names in both folders durable.
func (f signerFiles) flush() error {
	for _, folder := range []string{f.data, f.config} {
		dir, err := os.Open(folder)
		if err != nil {
			return fmt.Errorf("flush %s: %w", folder, err)
		}
		if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
			return fmt.Errorf("flush %s: %w", folder, err)
		}
	}
	return nil
}
