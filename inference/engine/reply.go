package engine

import (
	"encoding/json"
	"fmt"
	"time"
)

// Reply is what a dialect needs beside the answer itself to write it down.
type Reply struct {
	Receipt string           // receipt id, from which the dialects make their ids
	Model   string           // the name the caller used
	Build   string           // engine build
	Started time.Time        // when the request came in
	Now     func() time.Time // the clock, for created_at and durations
}

// End is what closes an answer.
type End struct {
	Result Result
	Cost   string // what the caller pays, in decimal credits; "" when nothing is said
}

// Text is the canonical form of an embedding that receipts bind: the vectors as JSON, each number the shortest that
// reads back to the same float32.
func (e Embedding) Text() (string, error) {
	text, err := json.Marshal(e.Vectors)
	if err != nil {
		return "", fmt.Errorf("write vectors: %w", err)
	}
	return string(text), nil
}
