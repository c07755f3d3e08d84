package host

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"

	"filippo.io/age"

	"ayni.example/agent/charter"
	"ayni.example/x/agent"
)

// Replayed is what came of asking the model again.
type Replayed struct {
	Wake     uint64    `json:"wake"`
	Thoughts []Checked `json:"thoughts"`
	// Unchecked says what nobody can compute again: results of tools, and what could not be opened.
	Unchecked []string `json:"unchecked,omitempty"`
}

// Checked is one thought.
type Checked struct {
	Same   bool   `json:"same"`
	Why    string `json:"why,omitempty"` // it is not, or was not compared
	Asked  bool   `json:"asked"`         // the model was
	Prompt string `json:"prompt"`
}

// OK tells whether every thought was computed again with the same result.
func (r Replayed) OK() bool {
	for _, c := range r.Thoughts {
		if !c.Same {
			return false
		}
	}
	return len(r.Thoughts) > 0
}

// Replay makes the prompts of a wake-up again from its transcript, asks the model with the seed that the ledger drew, and compares.
// document is the charter's, as it was then.
func Replay(ctx context.Context, a Artifacts, entry agent.Entry, document charter.Document, t Thinker, keys ...age.Identity) (Replayed, error) {
	out := Replayed{Wake: entry.Wake.Number}
	d, err := ReadDecision(ctx, a, entry.Decision)
	if err != nil {
		return out, err
	}
	if err := d.belongs(entry, document); err != nil {
		return out, err
	}
	sealed, err := a.Fetch(ctx, digest(rawDigest(d.Transcript)), transcriptMax, "transcript of an agent")
	if err != nil {
		return out, fmt.Errorf("transcript: %w", err)
	}
	var script Transcript
	if err := Open(sealed, &script, keys...); err != nil {
		return out, fmt.Errorf("transcript: %w", err)
	}
	if err := d.told(script); err != nil {
		return out, err
	}
	for n := range d.Thoughts {
		out.Thoughts = append(out.Thoughts, check(ctx, t, script.request(document.Model, entry.Seed, n), d.Thoughts[n]))
	}
	for _, u := range d.Tools {
		out.Unchecked = append(out.Unchecked, fmt.Sprintf("what %s gave back", u.Name))
	}
	return out, nil
}

// belongs holds a decision against the entry that names it.
func (d Decision) belongs(e agent.Entry, document charter.Document) error {
	text, err := charter.Encode(document)
	if err != nil {
		return err
	}
	sum := charter.Digest(text)
	switch {
	case d.Agent != hex.EncodeToString(e.Agent) || d.Wake != e.Wake.Number:
		return fmt.Errorf("decision is of wake-up %d of agent %s", d.Wake, d.Agent)
	case d.Seed != hex.EncodeToString(e.Seed):
		return fmt.Errorf("decision has the seed %s, the ledger drew %x", d.Seed, e.Seed)
	case d.Document != hex.EncodeToString(sum[:]):
		return fmt.Errorf("decision follows another charter: %s", d.Document)
	case !bytes.Equal(rawDigest(d.Memory), e.Memory):
		return fmt.Errorf("decision leaves another memory than the ledger has")
	}
	return nil
}

// told holds a transcript against the decision: its words are those that were digested.
func (d Decision) told(t Transcript) error {
	if t.Format != 1 || t.Wake != d.Wake || len(t.Steps) != len(d.Thoughts) || len(t.First) == 0 {
		return fmt.Errorf("transcript has %d steps, the decision %d thoughts", len(t.Steps), len(d.Thoughts))
	}
	used := 0
	for n, s := range t.Steps {
		if answer, err := s.Thought.Digest(); err != nil || answer != d.Thoughts[n].Answer {
			return fmt.Errorf("transcript has another answer %d than the decision", n)
		}
		if len(s.Results) > len(s.Thought.Calls) || used+len(s.Results) > len(d.Tools) {
			return fmt.Errorf("transcript has other calls than the decision")
		}
		for i, text := range s.Results {
			u := d.Tools[used]
			if sum([]byte(text)) != u.Result || sum([]byte(s.Thought.Calls[i].Arguments)) != u.Arguments {
				return fmt.Errorf("transcript has another call of %s than the decision", u.Name)
			}
			used++
		}
	}
	return nil
}

func check(ctx context.Context, t Thinker, r Request, claimed Told) Checked {
	prompt, err := r.Digest()
	c := Checked{Prompt: prompt}
	switch {
	case err != nil:
		c.Why = err.Error()
		return c
	case prompt != claimed.Prompt:
		c.Why = "the prompt, with the ledger's seed, is not the one that was asked: " + claimed.Prompt
		return c
	}
	got, err := t.Think(ctx, r)
	if err == nil {
		got, err = got.bound(r.Model)
	}
	if err != nil {
		c.Why = "not compared: " + err.Error()
		return c
	}
	c.Asked = true
	answer, err := got.Digest()
	switch {
	case err != nil:
		c.Why = err.Error()
	case answer != claimed.Answer:
		c.Why = "the model says something else: " + cut(got.Text, 200)
	default:
		c.Same = true
	}
	return c
}
