package p2p

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// What a frame is refused for.
var (
	ErrFrameTooLarge = errors.New("frame exceeds its bound")
	ErrFrameFormat   = errors.New("frame is not the expected JSON")
	ErrFrameCut      = errors.New("stream ended within a frame")
)

// frameHeader is the width of the length before a frame.
const frameHeader = 4

// frameStep bounds what is allocated before the bytes that a length promises have come.
const frameStep = 64 << 10

// Conn is what frames travel on: a libp2p stream, a net.Conn.
type Conn interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// ReadFrame reads one frame of at most limit bytes. io.EOF means that the stream ended before a frame began.
func ReadFrame(r io.Reader, limit int) ([]byte, error) {
	var header [frameHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("%w: %w", ErrFrameCut, err)
		}
		return nil, err
	}
	size := int64(binary.BigEndian.Uint32(header[:]))
	if size > int64(limit) {
		return nil, fmt.Errorf("%w: %d bytes announced, %d allowed", ErrFrameTooLarge, size, limit)
	}
	var body bytes.Buffer
	body.Grow(int(min(size, frameStep)))
	if _, err := io.CopyN(&body, r, size); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: %d of %d bytes came", ErrFrameCut, body.Len(), size)
		}
		return nil, err
	}
	return body.Bytes(), nil
}

// WriteFrame writes one frame in one call, so that a frame is never split between two packets without need.
func WriteFrame(w io.Writer, body []byte, limit int) error {
	if len(body) > limit {
		return fmt.Errorf("%w: %d bytes to send, %d allowed", ErrFrameTooLarge, len(body), limit)
	}
	frame := make([]byte, 0, frameHeader+len(body))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(body)))
	_, err := w.Write(append(frame, body...))
	return err
}

// DecodeFrame reads a frame's JSON into v and refuses fields that v lacks and bytes behind the value.
func DecodeFrame(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", ErrFrameFormat, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: bytes follow the value", ErrFrameFormat)
	}
	return nil
}

// EncodeFrame is a value's JSON as frames carry it: HTML characters as they are.
func EncodeFrame(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode frame: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
