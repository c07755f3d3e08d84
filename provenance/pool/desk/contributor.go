package desk

import (
	"context"
	"encoding/hex"
	"fmt"

	"ayni.example/p2p"
	"ayni.example/provenance/pool"
)

// Ticket is what a contributor keeps of a contribution: with it the file can be sent again and the verdict be asked for. Who has it
// can open the commitment.
type Ticket struct {
	Pool         string `json:"pool"`
	Contribution string `json:"contribution"`
	Salt         string `json:"salt"`
	Digest       string `json:"digest"`
	Size         int64  `json:"size"`
}

// Ask fetches the rules of a pool.
func Ask(ctx context.Context, s *p2p.Stream, id []byte) (Rules, error) {
	a, err := exchange(ctx, s, question{Pool: hex.EncodeToString(id)}, nil)
	if err != nil {
		return Rules{}, err
	}
	if a.Rules == nil || a.Rules.Pool != hex.EncodeToString(id) {
		return Rules{}, fmt.Errorf("%w: it answers without the rules", ErrRefused)
	}
	return *a.Rules, nil
}

// Give sends a contribution's file; a file that was given before is no error.
func Give(ctx context.Context, s *p2p.Stream, t Ticket, data []byte) error {
	_, err := exchange(ctx, s, question(t), data)
	return err
}

// Found asks what was found of a contribution; known is false while nothing was.
func Found(ctx context.Context, s *p2p.Stream, t Ticket) (v pool.Verdict, known bool, err error) {
	a, err := exchange(ctx, s, question{Pool: t.Pool, Contribution: t.Contribution, Salt: t.Salt, Digest: t.Digest}, nil)
	if err != nil || a.Verdict == nil {
		return v, false, err
	}
	return *a.Verdict, true, nil
}

// exchange asks one question, and sends data when the other side wants it.
func exchange(ctx context.Context, s *p2p.Stream, q question, data []byte) (a answer, err error) {
	defer context.AfterFunc(ctx, s.Break)()
	if err := s.Send(q, askMax, askTime); err != nil {
		return a, err
	}
	if err := s.Receive(&a, tellMax, askTime); err != nil {
		return a, err
	}
	if a.Send {
		if err := s.SendRaw(data, giveTime); err != nil {
			return a, err
		}
		a = answer{}
		if err := s.Receive(&a, tellMax, askTime); err != nil {
			return a, err
		}
	}
	if a.Error != "" {
		return a, fmt.Errorf("%w: %q", ErrRefused, a.Error)
	}
	return a, nil
}
