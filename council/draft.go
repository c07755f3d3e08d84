package council

import (
	"bytes"
	"errors"
	"fmt"

	"ayni.example/chain"
	"ayni.example/internal/canon"
)

// What speaks against a draft or a seat in it.
var (
	ErrDraft = errors.New("not a draft of a network")
	ErrTaken = errors.New("another seat of the draft has it already")
	ErrPower = fmt.Errorf("a seat's power is 1 to %d", chain.PowerMax)
	ErrFull  = fmt.Errorf("a network begins with at most %d seats", seatsMax)
)

const (
	draftForm = "ayni/network-draft/1"
	seatsMax  = 100
	draftMax  = seatsMax * 2 * requestMax
)

// Draft is a network that is being founded.
type Draft struct {
	Form    string      `json:"form"`
	Network string      `json:"network"` // chain id
	Seats   []DraftSeat `json:"seats"`
}

// DraftSeat is a request with the power that the founders agreed on.
type DraftSeat struct {
	Request Request `json:"request"`
	Power   int64   `json:"power"`
}

// NewDraft begins a network with its chain id, from chain.NewChainID.
func NewDraft(network string) *Draft {
	return &Draft{Form: draftForm, Network: network, Seats: []DraftSeat{}}
}

// DecodeDraft reads a draft and checks it as if each seat were added anew.
func DecodeDraft(raw []byte) (*Draft, error) {
	var kept Draft
	if err := canon.Unmarshal(bytes.TrimSuffix(raw, []byte("\n")), &kept, canon.Limits{Bytes: draftMax, Depth: 5}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDraft, err)
	}
	if kept.Form != draftForm {
		return nil, fmt.Errorf("%w: form %q instead of %q", ErrDraft, kept.Form, draftForm)
	}
	d := NewDraft(kept.Network)
	for _, seat := range kept.Seats {
		if err := d.Add(seat.Request, seat.Power); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDraft, err)
		}
	}
	return d, nil
}

// Encode writes a draft as a file.
func (d *Draft) Encode() ([]byte, error) {
	raw, err := canon.Marshal(d)
	return append(raw, '\n'), err
}

// Add takes a request into the draft, unless it shares anything with a seat that is there.
func (d *Draft) Add(r Request, power int64) error {
	if err := r.Verify(d.Network); err != nil {
		return err
	}
	if power < 1 || power > chain.PowerMax {
		return fmt.Errorf("%w: %d for %q", ErrPower, power, r.Name)
	}
	if len(d.Seats) == seatsMax {
		return ErrFull
	}
	for _, seat := range d.Seats {
		if what := shared(seat.Request, r); what != "" {
			return fmt.Errorf("%s of %q: %w: %q", what, r.Name, ErrTaken, seat.Request.Name)
		}
	}
	d.Seats = append(d.Seats, DraftSeat{Request: r, Power: power})
	return nil
}

// shared names what two seats must not have in common and do.
func shared(a, b Request) string {
	idA, _, _ := bytes.Cut([]byte(a.Peer), []byte("@"))
	idB, _, _ := bytes.Cut([]byte(b.Peer), []byte("@"))
	switch {
	case a.Name == b.Name:
		return "the name"
	case a.Operator == b.Operator:
		return "the operator"
	case bytes.Equal(a.Consensus, b.Consensus):
		return "the consensus key"
	case bytes.Equal(idA, idB):
		return "the node's id"
	case a.Address() == b.Address():
		return "the node's address"
	}
	return ""
}
