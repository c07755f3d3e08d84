package x402

import (
	"bytes"
	"net/http"
	"strings"
)

// recorder keeps an answer for those who ask again. One that costs what it used is sent only when that is known, but for a stream,
// which is sent as it comes.
type recorder struct {
	w      http.ResponseWriter
	live   bool
	before func(h http.Header, charge bool)
	status int
	body   bytes.Buffer
	long   bool // more than is kept
	sent   bool
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.w.Header() }

// Unwrap lets a handler set deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.w }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status != 0 {
		return
	}
	r.status = status
	content := r.Header().Get("Content-Type")
	stream := strings.HasPrefix(content, "text/event-stream") || strings.HasPrefix(content, "application/x-ndjson")
	if r.live {
		r.head(status < http.StatusBadRequest)
	} else if stream {
		r.live = true
		r.Header().Set("Trailer", ResponseHeader)
		r.head(false)
	}
}

func (r *recorder) head(charge bool) {
	r.before(r.Header(), charge)
	r.sent = true
	r.w.WriteHeader(r.status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if r.live {
		if r.long = r.long || r.body.Len()+len(b) > answerMax; !r.long {
			r.body.Write(b)
		}
		return r.w.Write(b)
	}
	return r.body.Write(b)
}

// FlushError sends what a stream has so far.
func (r *recorder) FlushError() error {
	if !r.live || !r.sent {
		return nil
	}
	return http.NewResponseController(r.w).Flush()
}

// end is when the handler is done: a stream's price goes into the trailer.
func (r *recorder) end() {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if r.live && r.sent && r.Header().Get("Trailer") != "" {
		r.before(r.Header(), true)
	}
}

// send gives out what was held back.
func (r *recorder) send() {
	if r.sent {
		return
	}
	r.head(true)
	_, _ = r.w.Write(r.body.Bytes())
}

// kept is the answer, nil when it is too long to keep.
func (r *recorder) kept() []byte {
	if r.long || r.body.Len() > answerMax {
		return nil
	}
	return append([]byte{}, r.body.Bytes()...)
}
