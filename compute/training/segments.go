package training

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ayni.example/artifact"
	"ayni.example/internal/home"
)

// segment is one that this machine reached.
type segment struct {
	Index uint64   `json:"index"`
	Root  [32]byte `json:"root"`
	State string   `json:"state"` // digest of the artifact
	// Results are digests of what the recipe exports, of the last segment once they are there: it is not committed before.
	Results [][]byte `json:"results,omitempty"`
}

const (
	segmentsFile = "segments.json"
	segmentsMax  = 1 << 24 // bytes of it
)

// State is the artifact of the state after a segment of an order that this machine reached itself, with the root that is asked for. The one
// that stands on the ledger may be nowhere to be had: whoever committed to it chose its digest.
func (w *Worker) State(order []byte, index uint64, root []byte) (artifact.Digest, bool) {
	known, err := readSegments(filepath.Join(w.cfg.Dir, hex.EncodeToString(order)))
	s, reached := known[index]
	if err != nil || !reached || !bytes.Equal(s.Root[:], root) {
		return "", false
	}
	_, err = w.cfg.Store.Stat(artifact.Digest(s.State))
	return artifact.Digest(s.State), err == nil
}

// readSegments gives what was noted, by index.
func readSegments(dir string) (map[uint64]segment, error) {
	text, err := os.ReadFile(filepath.Join(dir, segmentsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return map[uint64]segment{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	if len(text) > segmentsMax {
		return nil, fmt.Errorf("read segments: %s is too large", segmentsFile)
	}
	var list []segment
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	known := make(map[uint64]segment, len(list))
	for _, s := range list {
		known[s.Index] = s
	}
	return known, nil
}

// writeSegments replaces what was noted.
func writeSegments(dir string, known map[uint64]segment) error {
	list := make([]segment, 0, len(known))
	for _, s := range known {
		list = append(list, s)
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return home.WriteFile(filepath.Join(dir, segmentsFile), text)
}
