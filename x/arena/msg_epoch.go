package arena

import (
	"ayni.example/internal/canon"
	"ayni.example/x/internal/bound"
)

// Bounds of what an epoch's messages carry.
const (
	SaltSize    = 32
	sourceMax   = 256
	openingsMax = 64
	proofMax    = 16
	reportMax   = 2048
)

// ValidateBasic checks the message's form.
func (m *MsgSeal) ValidateBasic() error {
	if m.Count == 0 || m.Count > 1<<proofMax {
		return ErrInvalid.Wrapf("%d canaries are not 1 to %d", m.Count, 1<<proofMax)
	}
	if err := checkHash("root", m.Root); err != nil {
		return err
	}
	return checkEpoch(m.Arena, m.Epoch)
}

// ValidateBasic checks the message's form.
func (m *MsgDeal) ValidateBasic() error {
	if len(m.Tasks) == 0 || len(m.Tasks) > tasksMost {
		return ErrInvalid.Wrapf("%d tasks are not 1 to %d", len(m.Tasks), tasksMost)
	}
	if err := bound.Text("source", m.Source, sourceMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	for i, t := range m.Tasks {
		if len(t.Evaluators) != 0 {
			return ErrInvalid.Wrapf("task %d names evaluators: the beacon draws them", i)
		}
		if err := checkHash("input", t.Input); err != nil {
			return err
		}
		if err := checkHash("answer", t.Answer); err != nil {
			return err
		}
	}
	return checkEpoch(m.Arena, m.Epoch)
}

// ValidateBasic checks the message's form.
func (m *MsgCommit) ValidateBasic() error {
	if err := checkHash("hash", m.Hash); err != nil {
		return err
	}
	return checkEpoch(m.Arena, m.Epoch)
}

// ValidateBasic checks the message's form.
func (m *MsgReveal) ValidateBasic() error {
	if len(m.Report) == 0 || len(m.Report) > reportMax {
		return ErrInvalid.Wrapf("a report of %d bytes is not 1 to %d", len(m.Report), reportMax)
	}
	if err := checkSalt(m.Salt); err != nil {
		return err
	}
	return checkEpoch(m.Arena, m.Epoch)
}

// ValidateBasic checks the message's form.
func (m *MsgUnseal) ValidateBasic() error {
	if len(m.Openings) == 0 || len(m.Openings) > openingsMax {
		return ErrInvalid.Wrapf("%d openings are not 1 to %d", len(m.Openings), openingsMax)
	}
	for _, o := range m.Openings {
		if len(o.Proof) > proofMax {
			return ErrInvalid.Wrapf("a proof of %d steps is more than %d", len(o.Proof), proofMax)
		}
		for _, step := range o.Proof {
			if err := checkHash("step of a proof", step); err != nil {
				return err
			}
		}
		if err := checkHash("label", o.Label); err != nil {
			return err
		}
		if err := checkSalt(o.Salt); err != nil {
			return err
		}
	}
	return checkEpoch(m.Arena, m.Epoch)
}

// ValidateBasic checks the message's form.
func (m *MsgChallenge) ValidateBasic() error { return checkEpoch(m.Arena, m.Epoch) }

// ValidateBasic checks the message's form.
func (m *MsgVote) ValidateBasic() error { return checkEpoch(m.Arena, m.Epoch) }

func checkEpoch(id []byte, number uint64) error {
	if number == 0 {
		return ErrInvalid.Wrap("epochs are counted from 1")
	}
	return checkHash("arena", id)
}

func checkSalt(salt []byte) error {
	if err := bound.Length("salt", salt, SaltSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}

// CommitHash is what an evaluator commits to: the report is nobody else's and of no other epoch.
func CommitHash(id []byte, epoch uint64, evaluator, salt, report []byte) []byte {
	sum := canon.Sum(reportDomain, id, number(epoch), evaluator, salt, report)
	return sum[:]
}

// CanaryLeaf is a canary in the tree that its author seals: of the input as contestants get it, and of what decides whether an answer passes.
func CanaryLeaf(salt, input, label []byte) []byte {
	sum := canon.Sum(canaryDomain, salt, input, label)
	return sum[:]
}
