package referee

import (
	"context"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/tensor/trace"
	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

// Bounds of a claim's name.
const (
	kindMax   = 32
	kindChars = "abcdefghijklmnopqrstuvwxyz0123456789/-"
	NameMax   = 40
)

// Entry is a claim as a module enters it.
type Entry struct {
	Kind     string // of which the module has registered a Handler
	Name     []byte // the module's own
	Defender string
	Payer    string // of the fee; a module's account too
	Job      []byte // digest of a job that was entered
	From, To uint64 // steps of the job
	Before   []byte // state root before the first
	After    []byte // state root after the last
	Fee      math.Int
}

// Handler is told what became of the claims of a kind. The claim is gone already.
type Handler interface {
	Accepted(ctx context.Context, name []byte) error
	Refuted(ctx context.Context, name []byte, winner sdk.AccAddress) error
}

// NewClaim checks an entry against its job and returns the claim.
func NewClaim(e Entry, job trace.Job, p Params, height int64, now time.Time) (Claim, error) {
	c := Claim{
		Kind: e.Kind, Name: e.Name, Defender: e.Defender, Payer: e.Payer, Job: e.Job, From: e.From, To: e.To,
		Before: e.Before, After: e.After, Fee: e.Fee, EnteredHeight: height,
		ClosesHeight: height + int64(p.Window.Blocks), ClosesTime: now.Unix() + int64(p.Window.Seconds),
		Audit: Audit{Stage: AuditRound},
	}
	if err := c.Validate(); err != nil {
		return c, err
	}
	switch {
	case e.To > job.Steps:
		return c, ErrInvalid.Wrapf("steps %d to %d of a job of %d", e.From, e.To, job.Steps)
	case e.To-e.From > job.Segment:
		return c, ErrInvalid.Wrapf("%d steps in a claim, a segment has %d", e.To-e.From, job.Segment)
	case e.From == 0 && string(e.Before) != string(job.Initial[:]):
		return c, ErrInvalid.Wrap("the first claim does not begin with the job's initial state")
	}
	return c, nil
}

// ID is the claim's name among all.
func (c Claim) ID() []byte { return ClaimID(c.Kind, c.Name) }

// Busy tells whether something has begun that the claim's end waits for.
func (c Claim) Busy() bool {
	return len(c.Questions) > 0 || len(c.Waiting) > 0 || c.Undecided()
}

// Undecided tells whether an auditor may be drawn still, or is at work.
func (c Claim) Undecided() bool { return c.Audit.Stage == AuditRound || c.Audit.Stage == AuditDrawn }

// Audits tells whether an account is the auditor at work.
func (c Claim) Audits(account string) bool {
	return c.Audit.Stage == AuditDrawn && c.Audit.Auditor == account
}

// Question is the place of the question for a tile; negative: there is none.
func (c Claim) Question(tensor, tile uint32) int {
	for i, q := range c.Questions {
		if q.Tensor == tensor && q.Tile == tile {
			return i
		}
	}
	return -1
}

// Validate checks the claim without any state.
func (c Claim) Validate() error {
	if err := bound.Word("kind", c.Kind, kindChars, kindMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if len(c.Name) == 0 || len(c.Name) > NameMax {
		return ErrInvalid.Wrapf("name of %d bytes is not 1 to %d", len(c.Name), NameMax)
	}
	for _, h := range []struct {
		name string
		hash []byte
	}{{"job", c.Job}, {"root before", c.Before}, {"root after", c.After}} {
		if err := checkHash(h.name, h.hash); err != nil {
			return err
		}
	}
	if c.From >= c.To || c.To-c.From > trace.MaxSegment {
		return ErrInvalid.Wrapf("steps %d to %d are not 1 to %d", c.From, c.To, trace.MaxSegment)
	}
	if err := credit.CheckAmount("fee", c.Fee); err != nil {
		return err
	}
	return c.Audit.validate()
}

func (a Audit) validate() error {
	if a.Stage <= AuditUnspecified || a.Stage > AuditChallenged {
		return ErrInvalid.Wrapf("stage %d of an audit", a.Stage)
	}
	if len(a.Tried) > drawsBound || a.Stage != AuditRound && a.Stage != AuditNone && a.Auditor == "" {
		return ErrInvalid.Wrapf("audit at stage %d of %q after %d others", a.Stage, a.Auditor, len(a.Tried))
	}
	return nil
}

func checkHash(field string, hash []byte) error {
	if err := bound.Length(field, hash, HashSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
