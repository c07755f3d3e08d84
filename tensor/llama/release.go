package llama

import (
	"fmt"
	"strings"

	"ayni.example/tensor/token"
)

// Bounds on stop strings.
const (
	MaxStops    = 16
	maxStopSize = 1024 // bytes
)

// release decides which text may be shown: nothing that is, or may become, a stop string.
type release struct {
	stream *token.Stream
	stops  []string
	held   string
}

func newRelease(t *token.Tokenizer, stops []string) (*release, error) {
	if len(stops) > MaxStops {
		return nil, fmt.Errorf("%d stop strings, at most %d are allowed", len(stops), MaxStops)
	}
	for _, s := range stops {
		if s == "" || len(s) > maxStopSize {
			return nil, fmt.Errorf("stop string of %d bytes, want 1 to %d", len(s), maxStopSize)
		}
	}
	return &release{stream: t.Stream(), stops: stops}, nil
}

// push adds a token and returns the text that is safe to show. When a stop string is
// complete, the text before it is the last.
func (r *release) push(id int32) (text string, stopped bool) {
	r.held += r.stream.Push(id)
	return r.advance()
}

// flush ends the text: what was held back is shown, unless the bytes that were missing
// complete a stop string.
func (r *release) flush() string {
	r.held += r.stream.Flush()
	text, stopped := r.advance()
	if !stopped {
		text += r.show(len(r.held))
	}
	return text
}

func (r *release) advance() (string, bool) {
	first := -1
	for _, s := range r.stops {
		if i := strings.Index(r.held, s); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	if first >= 0 {
		text := r.show(first)
		r.held = ""
		return text, true
	}
	keep := 0
	for _, s := range r.stops {
		keep = max(keep, overlap(r.held, s))
	}
	return r.show(len(r.held) - keep), false
}

// overlap is the length of the longest end of text that is a proper start of stop.
func overlap(text, stop string) int {
	for n := min(len(text), len(stop)-1); n > 0; n-- {
		if strings.HasSuffix(text, stop[:n]) {
			return n
		}
	}
	return 0
}

func (r *release) show(n int) string {
	text := r.held[:n]
	r.held = r.held[n:]
	return text
}
