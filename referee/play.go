package referee

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/tensor/trace"
	"ayni.example/x/referee"
)

// defend answers what is asked of this machine's claim: questions first, each of which can lose the claim by itself.
func (s *Service) defend(ctx context.Context, d duty) error {
	o, err := s.open(ctx, d)
	if err != nil {
		return fmt.Errorf("open the book of a claim of ours: %w", err)
	}
	var failed error
	for _, q := range d.claim.Questions {
		opening, err := o.book.Open(trace.Operand{Source: trace.Before, Tensor: int(q.Tensor), Tile: int(q.Tile)})
		if err == nil {
			err = s.send(ctx, &referee.MsgAnswer{
				Sender: s.cfg.Address, Claim: []byte(d.id), Tensor: q.Tensor, Tile: q.Tile, Opening: referee.NewOpening(opening),
			})
		}
		failed = errors.Join(failed, err)
	}
	if d.dispute == nil || !d.dispute.Defending() {
		return failed
	}
	answer, err := s.answer(o, d.dispute)
	if err == nil {
		err = s.send(ctx, answer)
	}
	return errors.Join(failed, err)
}

// answer is what the book says for the stage of a dispute.
func (s *Service) answer(o *open, d *referee.Dispute) (sdk.Msg, error) {
	if d.Stage == referee.StageTile {
		m, err := d.Proof(o.program, o.book)
		if err != nil {
			return nil, err
		}
		m.Defender = s.cfg.Address
		return m, nil
	}
	hashes, err := d.View(o.program, o.book)
	return &referee.MsgShow{Defender: s.cfg.Address, Claim: d.Claim, Turn: d.Turn, Hashes: hashes}, err
}

// challenge points at the first part of what was shown that differs from the book.
func (s *Service) challenge(ctx context.Context, d duty) error {
	o, err := s.open(ctx, d)
	if err != nil {
		return fmt.Errorf("open the book of a claim that is challenged: %w", err)
	}
	part, found, err := d.dispute.False(o.program, o.book)
	if err != nil {
		return err
	}
	if !found {
		return errors.New("nothing that the defender shows is false; the bond is lost, and this machine's memory or processor is to be checked")
	}
	return s.send(ctx, &referee.MsgPoint{Challenger: s.cfg.Address, Claim: []byte(d.id), Turn: d.dispute.Turn, Part: part})
}

// audit trains the steps of a claim again and says what came out.
func (s *Service) audit(ctx context.Context, d duty) error {
	o, err := s.open(ctx, d)
	switch {
	case errors.Is(err, ErrState):
		return s.withheld(ctx, d)
	case err != nil && ctx.Err() == nil:
		s.cfg.Logger.Warn("a claim cannot be audited here", "claim", hex.EncodeToString([]byte(d.id)), "error", err)
		return s.send(ctx, &referee.MsgReport{Auditor: s.cfg.Address, Claim: []byte(d.id)})
	case err != nil:
		return err
	}
	root, err := o.book.StateRoot(d.claim.To)
	if err != nil {
		return err
	}
	if string(root[:]) == string(d.claim.After) {
		return s.send(ctx, &referee.MsgReport{Auditor: s.cfg.Address, Claim: []byte(d.id), Agrees: true})
	}
	s.cfg.Logger.Warn("a claim is false", "claim", hex.EncodeToString([]byte(d.id)), "defender", d.claim.Defender)
	return s.send(ctx, &referee.MsgChallenge{Challenger: s.cfg.Address, Claim: []byte(d.id)})
}

// questionsMax is for how many tiles of a state that cannot be fetched an audit asks before it says that it cannot tell.
const questionsMax = 3

// withheld asks on the ledger for a tile of the state that nobody hands over: who does not have it loses the claim.
func (s *Service) withheld(ctx context.Context, d duty) error {
	for _, q := range d.claim.Questions {
		if q.Asker == s.cfg.Address {
			return nil // the answer is awaited
		}
	}
	if d.claim.Audit.Asked >= questionsMax {
		return s.send(ctx, &referee.MsgReport{Auditor: s.cfg.Address, Claim: []byte(d.id)})
	}
	job, err := s.cfg.Ledger.Job(ctx, d.claim.Job)
	if err != nil {
		return err
	}
	program, err := trace.NewProgram(job.Shape)
	if err != nil {
		return err
	}
	tensor := s.cfg.Pick(program.State())
	tile := s.cfg.Pick(program.Before(tensor).Tiles())
	return s.send(ctx, &referee.MsgAsk{Asker: s.cfg.Address, Claim: []byte(d.id), Tensor: uint32(tensor), Tile: uint32(tile)})
}

func (s *Service) send(ctx context.Context, msg sdk.Msg) error {
	_, err := s.cfg.Ledger.Submit(ctx, msg)
	return err
}
