package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"ayni.example/inference/engine"
)

// maxGrow is what a client gets on its word, in bytes; more comes as its body does.
const maxGrow = 1 << 20

// readBody reads a request's body within bounds of size and time.
func (g *Gateway) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, engine.Errorf(engine.Invalid, "the request body is encoded as %q", encoding).WithHint("send it as it is")
	}
	most := g.cfg.Limits.Body
	if r.ContentLength > most {
		return nil, tooLarge(most)
	}
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(g.cfg.Now().Add(g.cfg.Timeouts.Body)); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 512), maxGrow)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return nil, bodyError(err, most)
	}
	// A deadline that stayed would look like the client's leaving while it waits for the answer.
	if err := control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, err
	}
	return body.Bytes(), nil
}

func bodyError(err error, most int64) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge(most)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return engine.Errorf(engine.Invalid, "the request body took too long")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return engine.Errorf(engine.Invalid, "the request body ended early")
	}
	return engine.Errorf(engine.Invalid, "read request body: %w", err)
}

func tooLarge(most int64) error {
	return engine.Errorf(engine.TooLarge, "the request body has more than %d bytes", most)
}
