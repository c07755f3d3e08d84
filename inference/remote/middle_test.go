package remote_test

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"

	"ayni.example/inference/wire"
	"ayni.example/p2p"
)

// errCut is what both sides see of a connection that a test cuts.
var errCut = errors.New("connection cut by the test")

// middle stands between payer and provider and sees every frame, in order. up and down may change a frame; an error cuts the
// connection in place of passing the frame on.
type middle struct {
	inner    *p2p.Stream
	up, down func(*wire.Frame) error

	mu       sync.Mutex
	deadline time.Time
	read     bytes.Buffer
}

func (m *middle) Read(b []byte) (int, error) {
	if m.read.Len() == 0 {
		m.mu.Lock()
		wait := time.Until(m.deadline)
		m.mu.Unlock()
		var f wire.Frame
		if err := m.inner.Receive(&f, wire.MaxOpen, wait); err != nil {
			return 0, err
		}
		if err := m.pass(m.down, &f, &m.read); err != nil {
			return 0, err
		}
	}
	return m.read.Read(b)
}

func (m *middle) Write(b []byte) (int, error) {
	var f wire.Frame
	if err := p2p.DecodeFrame(b[4:], &f); err != nil {
		return 0, err
	}
	var out bytes.Buffer
	if err := m.pass(m.up, &f, &out); err != nil {
		return 0, err
	}
	if err := m.inner.Send(f, wire.MaxOpen, 5*time.Second); err != nil {
		return 0, err
	}
	return len(b), nil
}

// pass lets a hook see a frame and writes what remains of it.
func (m *middle) pass(hook func(*wire.Frame) error, f *wire.Frame, to io.Writer) error {
	if hook != nil {
		if err := hook(f); err != nil {
			m.inner.Break()
			return err
		}
	}
	body, err := p2p.EncodeFrame(f)
	if err != nil {
		return err
	}
	return p2p.WriteFrame(to, body, wire.MaxOpen)
}

func (m *middle) Close() error { return m.inner.Close() }

func (m *middle) SetReadDeadline(t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deadline = t
	return nil
}

func (m *middle) SetWriteDeadline(time.Time) error { return nil }

// middle puts hooks on one stream.
func (w *world) middle(inner *p2p.Stream, up, down func(*wire.Frame) error) *p2p.Stream {
	return p2p.NewStream(&middle{inner: inner, up: up, down: down}, inner.Peer(), time.Now)
}

// between puts hooks on every stream that the payer opens.
func (w *world) between(up, down func(*wire.Frame) error) {
	w.dial = func(inner *p2p.Stream) (*p2p.Stream, error) { return w.middle(inner, up, down), nil }
}
