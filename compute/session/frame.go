package session

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"ayni.example/p2p"
	"ayni.example/sandbox"
)

// Protocol names the streams.
const Protocol = "/ayni/compute/1"

// Bounds of a stream.
const (
	dataMax   = 32 << 10
	textMax   = 2 << 20 // JSON: an open with its arguments, an answer with its replicas and events
	openMax   = 256 << 10
	blobMax   = 4 << 20 // a manifest
	sendTime  = time.Minute
	pingEvery = 15 * time.Second
	quietMax  = time.Minute // between two frames
	openTime  = 15 * time.Second
)

// kind of a frame: one byte before the length.
type kind byte

const (
	kindOpen kind = iota + 1
	kindOK
	kindData
	kindErrors // error output
	kindEnd
	kindResize
	kindEvent
	kindLog // eight bytes of offset, then text
	kindExit
	kindError
	kindPing
)

// ErrProtocol refuses what no honest peer sends.
var ErrProtocol = errors.New("the peer broke the protocol")

var errFinished = errors.New("the stream is finished")

// frame is one piece of a stream.
type frame struct {
	kind kind
	body []byte
}

// limit of a frame's body.
func (k kind) limit() int {
	switch k {
	case kindOpen:
		return openMax
	case kindOK, kindEvent:
		return textMax
	case kindData, kindErrors, kindLog:
		return dataMax + 8
	default:
		return 4 << 10
	}
}

// wire sends and receives frames. Any goroutine may send; one receives.
type wire struct {
	stream   *p2p.Stream
	mu       sync.Mutex
	finished atomic.Bool
}

// finish makes who waits for a frame give up, at the latest when the next one comes.
func (w *wire) finish() {
	w.finished.Store(true)
	_ = w.stream.Unblock() // the deadline of a stream that is gone
}

func (w *wire) send(k kind, body []byte) error {
	if len(body) > k.limit() {
		return fmt.Errorf("%w: %d bytes in a frame of kind %d", ErrProtocol, len(body), k)
	}
	b := make([]byte, 0, 5+len(body))
	b = append(b, byte(k))
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stream.SendRaw(append(b, body...), sendTime)
}

func (w *wire) sendJSON(k kind, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.send(k, text)
}

// receive reads the next frame that is no ping.
func (w *wire) receive(timeout time.Duration) (frame, error) {
	for {
		if w.finished.Load() {
			return frame{}, errFinished
		}
		var header [5]byte
		if err := w.stream.ReceiveRaw(header[:], timeout); err != nil {
			return frame{}, err
		}
		f := frame{kind: kind(header[0])}
		size := binary.BigEndian.Uint32(header[1:])
		if f.kind < kindOpen || f.kind > kindPing || int64(size) > int64(f.kind.limit()) {
			return frame{}, fmt.Errorf("%w: %d bytes in a frame of kind %d", ErrProtocol, size, f.kind)
		}
		f.body = make([]byte, size)
		if err := w.stream.ReceiveRaw(f.body, timeout); err != nil {
			return frame{}, err
		}
		if f.kind != kindPing {
			return f, nil
		}
	}
}

func (f frame) decode(v any) error {
	if err := p2p.DecodeFrame(f.body, v); err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return nil
}

// ping keeps the other side from giving up, until stop is closed.
func (w *wire) ping(stop <-chan struct{}, failed func()) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			if w.send(kindPing, nil) != nil {
				failed()
				return
			}
		}
	}
}

// writer sends what is written as frames of a kind.
type writer struct {
	*wire
	kind kind
}

// Write implements io.Writer.
func (w writer) Write(b []byte) (int, error) {
	done := 0
	for done < len(b) {
		n := min(len(b)-done, dataMax)
		if err := w.send(w.kind, b[done:done+n]); err != nil {
			return done, err
		}
		done += n
	}
	return done, nil
}

// Action is what a request wants.
type Action string

// The actions.
const (
	ActManifest Action = "manifest"
	ActStatus   Action = "status"
	ActLogs     Action = "logs"
	ActEvents   Action = "events"
	ActExec     Action = "exec"
	ActGet      Action = "get"
	ActPut      Action = "put"
	ActForward  Action = "forward"
)

// scope that an action needs; "" for none that is known.
func (a Action) scope() Scope {
	switch a {
	case ActManifest:
		return ScopeManifest
	case ActStatus, ActEvents:
		return ScopeStatus
	case ActLogs:
		return ScopeLogs
	case ActExec:
		return ScopeExec
	case ActGet:
		return ScopeRead
	case ActPut:
		return ScopeWrite
	case ActForward:
		return ScopeForward
	}
	return ""
}

// Request opens a stream.
type Request struct {
	Token    Token             `json:"token"`
	Lease    string            `json:"lease"`
	Action   Action            `json:"action"`
	Replica  string            `json:"replica,omitempty"`
	Resume   map[string]string `json:"resume,omitempty"` // replica -> digest of a checkpoint, with a manifest
	Offset   int64             `json:"offset,omitempty"` // of logs; below 0 from the end
	Since    uint64            `json:"since,omitempty"`  // number of an event
	Follow   bool              `json:"follow,omitempty"`
	Args     []string          `json:"args,omitempty"`
	Env      []string          `json:"env,omitempty"`
	Terminal *sandbox.Size     `json:"terminal,omitempty"`
	Path     string            `json:"path,omitempty"`
	Port     int               `json:"port,omitempty"`
}

// logEnd says where logs ended.
type logEnd struct {
	Offset int64 `json:"offset"`
}

// exit is a program's code.
type exit struct {
	Code int `json:"code"`
}
