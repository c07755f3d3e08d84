package host

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"ayni.example/agent/charter"
	"ayni.example/artifact"
	"ayni.example/internal/canon"
)

// Decision is what a host says that an agent thought and did, by digests; its own stands in the act. Anybody may read it.
type Decision struct {
	Format     uint32   `json:"format"` // 1
	Agent      string   `json:"agent"`
	Wake       uint64   `json:"wake"`
	Document   string   `json:"document"` // of the charter
	Seed       string   `json:"seed"`
	Message    string   `json:"message,omitempty"`
	Before     string   `json:"before,omitempty"` // memory
	Thoughts   []Told   `json:"thoughts,omitempty"`
	Tools      []Used   `json:"tools,omitempty"`
	Notes      []string `json:"notes,omitempty"` // what was off, lost or cut
	Transcript string   `json:"transcript"`      // sealed: every word
	Answer     string   `json:"answer"`          // sealed
	Memory     string   `json:"memory"`          // sealed
}

// Told is one call of the model.
type Told struct {
	Model   string `json:"model"`
	Prompt  string `json:"prompt"` // digest of the whole request
	Answer  string `json:"answer"`
	Receipt string `json:"receipt,omitempty"`
}

// Used is one call of a tool.
type Used struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
	Result    string `json:"result"`
	Payment   string `json:"payment,omitempty"` // id of the reservation
	Paid      string `json:"paid,omitempty"`    // acredit
	Refused   string `json:"refused,omitempty"`
}

// Transcript is every word of a wake-up, from which its prompts can be made again.
type Transcript struct {
	Format  uint32  `json:"format"` // 1
	Wake    uint64  `json:"wake"`
	Memory  Memory  `json:"memory"`
	Message Message `json:"message"`
	Specs   []Spec  `json:"specs,omitempty"`
	First   []Turn  `json:"first"`
	Steps   []Step  `json:"steps,omitempty"`
}

// Step is a thought with what its calls gave.
type Step struct {
	Thought Thought  `json:"thought"`
	Results []string `json:"results,omitempty"`
}

const decisionMax = 1 << 20

// request is the n-th question to the model: all that was said before it.
func (t Transcript) request(m charter.Model, seed []byte, n int) Request {
	r := Request{Model: m, Messages: append([]Turn(nil), t.First...), Seed: Seed(seed, n)}
	if m.Calls != charter.CallsText {
		r.Tools = t.Specs
	}
	for _, s := range t.Steps[:n] {
		if m.Calls == charter.CallsText {
			r.Messages = append(r.Messages, Turn{Role: "assistant", Content: s.Thought.Text})
			for _, text := range s.Results {
				r.Messages = append(r.Messages, Turn{Role: "user", Content: "Result of the tool:\n" + text})
			}
			continue
		}
		r.Messages = append(r.Messages, Turn{Role: "assistant", Content: s.Thought.Text, Calls: s.Thought.Calls})
		for i, text := range s.Results {
			r.Messages = append(r.Messages, Turn{Role: "tool", Content: text, Answers: s.Thought.Calls[i].ID})
		}
	}
	return r
}

// said is the last thing that the model said without a call.
func (t Transcript) said() string {
	if n := len(t.Steps); n > 0 && len(t.Steps[n-1].Thought.Calls) == 0 {
		return t.Steps[n-1].Thought.Text
	}
	return ""
}

func (d *Decision) start(w *wakeup, b beginning) {
	*d = Decision{
		Format: 1, Agent: hex.EncodeToString(w.agent.Id), Wake: w.lease.Wake.Number, Document: hex.EncodeToString(w.charter.Document),
		Seed: hex.EncodeToString(w.lease.Seed), Message: hex.EncodeToString(w.lease.Wake.Message), Before: hex.EncodeToString(w.agent.Memory), Notes: b.Notes,
	}
}

func (d *Decision) note(format string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
}

func (d *Decision) thought(r Request, t Thought) error {
	prompt, err := r.Digest()
	if err != nil {
		return err
	}
	answer, err := t.Digest()
	if err != nil {
		return err
	}
	d.Thoughts = append(d.Thoughts, Told{Model: r.Model.Name, Prompt: prompt, Answer: answer, Receipt: t.Receipt})
	return nil
}

// leave seals what the wake-up leaves.
func (w *wakeup) leave() (left, error) {
	said := w.script.said()
	last := w.script.First[len(w.script.First)-1].Content
	memory, err := w.script.Memory.after(w.notes, Past{Wake: w.script.Wake, Came: last, Said: said}, w.document.Memory.Bytes, w.document.Memory.Turns)
	if err != nil {
		return left{}, err
	}
	var l left
	answerTo := w.document.Readers
	if reply := w.script.Message.Reply; reply != "" {
		answerTo = append(append([]string(nil), answerTo...), reply)
	}
	for _, part := range []struct {
		value   any
		readers []string
		to      *string
	}{
		{w.script, w.document.Readers, &w.record.Transcript},
		{Answer{Format: 1, Wake: w.script.Wake, Text: said}, answerTo, &w.record.Answer},
		{memory, w.document.Readers, &w.record.Memory},
	} {
		blob, err := Seal(part.value, w.keys, part.readers)
		if err != nil && len(part.readers) > len(w.document.Readers) { // the sender's recipient is none
			blob, err = Seal(part.value, w.keys, w.document.Readers)
		}
		if err != nil {
			return left{}, fmt.Errorf("seal what the wake-up leaves: %w", err)
		}
		d := artifact.DigestOf(blob)
		*part.to, l.Memory = d.Hex(), d // memory is the last
		l.Blobs = append(l.Blobs, blob)
	}
	text, err := canon.Marshal(w.record)
	if err != nil {
		return left{}, err
	}
	if len(text) > decisionMax {
		return left{}, errors.New("the decision is too large")
	}
	l.Decision = artifact.DigestOf(text)
	l.Blobs = append(l.Blobs, text)
	return l, nil
}

// ReadDecision fetches and reads one.
func ReadDecision(ctx context.Context, a Artifacts, sum []byte) (Decision, error) {
	var d Decision
	text, err := a.Fetch(ctx, digest(sum), decisionMax, "decision of an agent")
	if err != nil {
		return d, err
	}
	return d, DecodeDecision(text, &d)
}

// DecodeDecision reads what any host may have written.
func DecodeDecision(text []byte, d *Decision) error {
	if err := canon.Unmarshal(text, d, canon.Limits{Bytes: decisionMax, Depth: 8}); err != nil {
		return fmt.Errorf("decision: %w", err)
	}
	if d.Format != 1 {
		return fmt.Errorf("decision: format %d is not 1", d.Format)
	}
	return nil
}
