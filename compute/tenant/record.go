package tenant

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"ayni.example/artifact"
	"ayni.example/compute/manifest"
	"ayni.example/compute/worker"
	"ayni.example/x/compute"
)

// recordMax bounds a record's file: a deployment has at most 4 MiB.
const recordMax = 8 << 20

// idForm is an order's id as text; nothing else is the name of a record.
var idForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// Record is what is kept of an order of this machine's.
type Record struct {
	Order       string                `json:"order"` // id
	Number      uint64                `json:"number"`
	Name        string                `json:"name"`
	Made        time.Time             `json:"made"`
	Deployment  []byte                `json:"deployment,omitempty"`  // with its secrets; gone once the order is closed
	Folders     bool                  `json:"folders,omitempty"`     // it has checkpoint folders
	Checkpoints map[string]Checkpoint `json:"checkpoints,omitempty"` // the latest that is here, by replica
	Given       string                `json:"given,omitempty"`       // the last lease whose machine took the deployment
	Closed      bool                  `json:"closed,omitempty"`
}

// Checkpoint is a folder of a replica as an artifact that lies here.
type Checkpoint struct {
	Digest artifact.Digest `json:"digest"`
	Time   time.Time       `json:"time"`
}

// newRecord is that of a deployment that is about to be ordered.
func newRecord(order []byte, number uint64, blob []byte, now time.Time) (Record, error) {
	d, err := manifest.Decode(blob)
	if err != nil {
		return Record{}, err
	}
	r := Record{Order: hex.EncodeToString(order), Number: number, Name: d.Name, Made: now.UTC(), Deployment: blob}
	for _, s := range d.Services {
		r.Folders = r.Folders || s.Checkpoint != nil
	}
	return r, nil
}

func (r Record) id() []byte {
	id, err := hex.DecodeString(r.Order)
	if err != nil || len(id) != compute.OrderIDSize {
		return nil // no record that was read is so
	}
	return id
}

// folders are the replicas that have a checkpoint folder.
func (r Record) folders() (map[string]bool, error) {
	d, err := manifest.Decode(r.Deployment)
	if err != nil {
		return nil, err
	}
	return worker.Folders(d), nil
}

// resume are the digests that a machine begins from.
func (r Record) resume() map[string]string {
	list := make(map[string]string, len(r.Checkpoints))
	for replica, c := range r.Checkpoints {
		list[replica] = string(c.Digest)
	}
	return list
}

// shelf keeps records, each in a file that only the owner reads.
type shelf string

func (s shelf) path(order string) string { return filepath.Join(string(s), order+".json") }

// all reads the records; one that cannot be read is told of and left as it is.
func (s shelf) all() (records []Record, err error) {
	entries, err := os.ReadDir(string(s))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", err)
	}
	var bad []error
	for _, e := range entries {
		order, is := strings.CutSuffix(e.Name(), ".json")
		if !is || !idForm.MatchString(order) {
			continue
		}
		r, err := s.read(order)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		records = append(records, r)
	}
	return records, errors.Join(bad...)
}

func (s shelf) read(order string) (Record, error) {
	info, err := os.Stat(s.path(order))
	if err == nil && info.Size() > recordMax {
		err = fmt.Errorf("it has %d bytes, more than %d", info.Size(), recordMax)
	}
	var r Record
	if err == nil {
		var text []byte
		if text, err = os.ReadFile(s.path(order)); err == nil {
			err = json.Unmarshal(text, &r)
		}
	}
	if err == nil && r.Order != order {
		err = errors.New("it is another order's")
	}
	if err != nil {
		return r, fmt.Errorf("read order %s: %w", order, err)
	}
	return r, nil
}

// write replaces a record whole or not at all.
func (s shelf) write(r Record) error {
	text, err := json.Marshal(r)
	if err == nil {
		err = os.MkdirAll(string(s), 0o700)
	}
	if err == nil {
		err = replace(s.path(r.Order), text)
	}
	if err != nil {
		return fmt.Errorf("keep order %s: %w", r.Order, err)
	}
	return nil
}

// replace writes a file beside its place, has it on disk, and moves it there.
func replace(path string, text []byte) error {
	f, err := os.OpenFile(path+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func (s shelf) remove(order string) error { return os.Remove(s.path(order)) }
