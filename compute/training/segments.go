package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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
