package p2p

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// Reset codes tell the other side why a stream broke off.
const (
	resetBusy     = network.StreamRateLimited
	resetShutdown = network.StreamShutdown
	resetProtocol = network.StreamProtocolViolation
)

// ErrPeerBusy means that the peer refused the stream because this machine has too many open or opens them too fast.
var ErrPeerBusy = errors.New("peer takes no more streams from this machine now")

// Stream exchanges frames with one peer. One goroutine may send while another receives.
type Stream struct {
	conn Conn
	peer string
	now  func() time.Time
}

// NewStream puts frames on a connection whose other end is known as peer.
func NewStream(conn Conn, peer string, now func() time.Time) *Stream {
	return &Stream{conn: conn, peer: peer, now: now}
}

// Peer is the other side's proven peer id, in text form.
func (s *Stream) Peer() string { return s.peer }

// Raw is the connection beneath, for whoever hands its bytes on and reads no frames.
func (s *Stream) Raw() Conn { return s.conn }

// Send writes v as one frame of at most limit bytes within the timeout.
func (s *Stream) Send(v any, limit int, timeout time.Duration) error {
	body, err := EncodeFrame(v)
	if err != nil {
		return err
	}
	if err := s.conn.SetWriteDeadline(s.now().Add(timeout)); err != nil {
		return fmt.Errorf("set write deadline: %w", err)
	}
	return busy(WriteFrame(s.conn, body, limit))
}

// Receive reads one frame of at most limit bytes within the timeout into v.
func (s *Stream) Receive(v any, limit int, timeout time.Duration) error {
	if err := s.conn.SetReadDeadline(s.now().Add(timeout)); err != nil {
		return fmt.Errorf("set read deadline: %w", err)
	}
	body, err := ReadFrame(s.conn, limit)
	if err != nil {
		return busy(err)
	}
	return DecodeFrame(body, v)
}

// Unblock makes a Receive that waits, and every later one, return an error; what is being sent is not disturbed.
func (s *Stream) Unblock() error { return s.conn.SetReadDeadline(s.now().Add(-time.Hour)) }

// Close ends the stream in good order: what was sent still arrives.
func (s *Stream) Close() error { return s.conn.Close() }

// Break ends the stream at once, in both directions; a Send or Receive that waits returns an error.
func (s *Stream) Break() {
	if stream, ok := s.conn.(network.Stream); ok {
		_ = stream.ResetWithError(resetProtocol)
		return
	}
	_ = s.conn.Close()
}

// busy names the one reset that a peer's limits cause.
func busy(err error) error {
	var reset *network.StreamError
	if errors.As(err, &reset) && reset.Remote && reset.ErrorCode == resetBusy {
		return fmt.Errorf("%w: %w", ErrPeerBusy, err)
	}
	return err
}

// SendRaw writes bytes without a frame, all of them within the timeout; the other side knows how many.
func (s *Stream) SendRaw(b []byte, timeout time.Duration) error {
	if err := s.conn.SetWriteDeadline(s.now().Add(timeout)); err != nil {
		return fmt.Errorf("set write deadline: %w", err)
	}
	_, err := s.conn.Write(b)
	return busy(err)
}

// ReceiveRaw fills b with bytes that come without a frame, all of them within the timeout.
func (s *Stream) ReceiveRaw(b []byte, timeout time.Duration) error {
	if err := s.conn.SetReadDeadline(s.now().Add(timeout)); err != nil {
		return fmt.Errorf("set read deadline: %w", err)
	}
	_, err := io.ReadFull(s.conn, b)
	return busy(err)
}
