package host

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"cosmossdk.io/math"

	"ayni.example/agent/charter"
	"ayni.example/internal/canon"
)

// Thinker is a model that is asked through the network. With the same request an exact engine gives the same answer.
type Thinker interface {
	Think(ctx context.Context, r Request) (Thought, error)
}

// Request is one question to a model.
type Request struct {
	Model    charter.Model `json:"model"`
	Messages []Turn        `json:"messages"`
	Tools    []Spec        `json:"tools,omitempty"`
	Seed     uint64        `json:"seed"`
}

// Turn is one message of a chat, in the form of the chat API.
type Turn struct {
	Role    string `json:"role"` // system, user, assistant or tool
	Content string `json:"content"`
	Calls   []Call `json:"calls,omitempty"`   // of an assistant
	Answers string `json:"answers,omitempty"` // the id of the call that a tool's turn answers
}

// Call is what a model wants a tool to do.
type Call struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"` // JSON, as the model wrote it
}

// Spec tells a model of a tool.
type Spec struct {
	Name       string          `json:"name"`
	About      string          `json:"about"`
	Parameters json.RawMessage `json:"parameters"`
}

// Thought is a model's answer.
type Thought struct {
	Text    string `json:"text"`
	Calls   []Call `json:"calls,omitempty"`
	Receipt string `json:"receipt,omitempty"` // of the network
}

// Bounds of one thought.
const (
	callsMax     = 8
	thoughtMax   = 256 << 10
	argumentsMax = 64 << 10
	triesMax     = 16 // places where a call may begin in a text
)

type mostKey struct{}

// bounded has a thought for somebody else's agent cost this machine no more than its part of what the wake-up brings: a charter can name any
// model, also one that its owner sells.
func (w *wakeup) bounded(ctx context.Context) context.Context {
	if w.own() {
		return ctx
	}
	brings := math.MinInt(w.cfg.Price, w.lease.Cost)
	return context.WithValue(ctx, mostKey{}, brings.QuoRaw(int64(max(w.document.Steps, 1))))
}

// MostOf is what a thought may cost in acredit, where it is bounded.
func MostOf(ctx context.Context) (most math.Int, bounded bool) {
	most, bounded = ctx.Value(mostKey{}).(math.Int)
	return most, bounded
}

// Seed is that of a wake-up's n-th call of the model; 53 bits, which every JSON reader keeps.
func Seed(wake []byte, n int) uint64 {
	sum := canon.Sum("ayni-agent-think/1", wake, binary.BigEndian.AppendUint64(nil, uint64(n)))
	return binary.BigEndian.Uint64(sum[:8]) >> 11
}

// Digest names a request in a decision.
func (r Request) Digest() (string, error) {
	body, err := canon.Marshal(r)
	if err != nil {
		return "", err
	}
	return sum(body), nil
}

// Digest names a thought by what the model said, whoever gave a receipt for it.
func (t Thought) Digest() (string, error) {
	t.Receipt = ""
	body, err := canon.Marshal(t)
	if err != nil {
		return "", err
	}
	return sum(body), nil
}

func sum(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// bound refuses a thought that no model of this size has, and reads calls out of the text where the charter says so.
func (t Thought) bound(m charter.Model) (Thought, error) {
	size := len(t.Text)
	for _, c := range t.Calls {
		size += len(c.Name) + len(c.Arguments) + len(c.ID)
	}
	if size > thoughtMax || len(t.Calls) > callsMax {
		return Thought{}, fmt.Errorf("the model's answer has %d bytes and %d calls, at most %d and %d", size, len(t.Calls), thoughtMax, callsMax)
	}
	t.Text = strings.ToValidUTF8(t.Text, "\uFFFD")
	if m.Calls == charter.CallsText && len(t.Calls) == 0 {
		if c, ok := textCall(t.Text); ok {
			t.Calls = []Call{c}
		}
	}
	return t, nil
}

// textCall reads {"tool":"name","arguments":{…}}, the whole of an answer or behind other words.
func textCall(text string) (Call, bool) {
	at := strings.IndexByte(text, '{')
	for tries := 0; at >= 0 && tries < triesMax; tries++ {
		var c struct {
			Tool      string          `json:"tool"`
			Arguments json.RawMessage `json:"arguments"`
		}
		d := json.NewDecoder(strings.NewReader(text[at:]))
		if d.Decode(&c) == nil && c.Tool != "" {
			if len(c.Arguments) == 0 {
				c.Arguments = json.RawMessage("{}")
			}
			return Call{ID: "text", Name: c.Tool, Arguments: string(c.Arguments)}, true
		}
		next := strings.IndexByte(text[at+1:], '{')
		if next < 0 {
			return Call{}, false
		}
		at += 1 + next
	}
	return Call{}, false
}
