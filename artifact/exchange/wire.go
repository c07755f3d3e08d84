package exchange

import (
	"errors"
	"fmt"
	"time"

	"ayni.example/artifact"
)

// Protocol is spoken on streams between peers.
const Protocol = "/ayni/artifact/1"

// Bounds of a stream.
const (
	frameMax = 512
	// chunkTime is what one chunk may take either way: a line of 35 kB/s is still served.
	chunkTime = 30 * time.Second
	// haveTime is longer than other answers take: a peer may hash a blob before it first gives it.
	haveTime = 15 * time.Second
	// idleTime is how long a server waits for the next request of a stream.
	idleTime = 60 * time.Second
)

// Words of a refusal.
const (
	wordAbsent = "absent"
	wordBusy   = "busy"
	wordOther  = "refused"
)

// request has one of Have and Get.
type request struct {
	Have  string `json:"have,omitempty"`
	Get   string `json:"get,omitempty"`
	Chunk int64  `json:"chunk,omitempty"`
}

// reply to a "have" has Size and From, to a "get" State.
type reply struct {
	Error string `json:"error,omitempty"`
	Size  int64  `json:"size,omitempty"`
	From  int64  `json:"from,omitempty"` // first chunk that the peer has, and all behind it
	State []byte `json:"state,omitempty"`
}

// errRefused says that a peer did not give what it was asked for.
var errRefused = errors.New("peer refused")

// errAway says that a peer wants to be asked later.
var errAway = errors.New("peer is busy")

// errProtocol says that a peer sent what no honest one does.
var errProtocol = errors.New("peer broke the protocol")

// holding reads the answer to a "have"; a claim that no honest peer makes is an errProtocol.
func (r reply) holding(d artifact.Digest) (size, from int64, err error) {
	if err := r.refusal(); err != nil {
		return 0, 0, err
	}
	if r.Size <= 0 || r.From < 0 || r.From >= artifact.Chunks(r.Size) || len(r.State) > 0 {
		return 0, 0, fmt.Errorf("%w: %s in %d bytes from chunk %d", errProtocol, d, r.Size, r.From)
	}
	return r.Size, r.From, nil
}

// before reads the answer to a "get", which the chunk follows.
func (r reply) before() (artifact.State, error) {
	if err := r.refusal(); err != nil {
		return artifact.State{}, err
	}
	if len(r.State) != len(artifact.State{}) || r.Size != 0 || r.From != 0 {
		return artifact.State{}, fmt.Errorf("%w: a chunk with a state of %d bytes", errProtocol, len(r.State))
	}
	return artifact.State(r.State), nil
}

func (r reply) refusal() error {
	switch r.Error {
	case "":
		return nil
	case wordBusy:
		return errAway
	}
	return fmt.Errorf("%w: %.40q", errRefused, r.Error)
}
