package referee

import (
	"ayni.example/tensor/trace"
	"ayni.example/x/credit"
)

// ValidateBasic checks the message's form.
func (m *MsgEnlist) ValidateBasic() error { return credit.CheckAmount("bond", m.Bond) }

// ValidateBasic checks the message's form.
func (m *MsgReport) ValidateBasic() error { return checkHash("claim", m.Claim) }

// ValidateBasic checks the message's form.
func (m *MsgChallenge) ValidateBasic() error { return checkHash("claim", m.Claim) }

// ValidateBasic checks the message's form.
func (m *MsgShow) ValidateBasic() error {
	if len(m.Hashes) == 0 || len(m.Hashes) > parts {
		return ErrInvalid.Wrapf("%d hashes are not 1 to %d", len(m.Hashes), parts)
	}
	for _, h := range m.Hashes {
		if err := checkHash("what is shown", h); err != nil {
			return err
		}
	}
	return checkHash("claim", m.Claim)
}

// ValidateBasic checks the message's form.
func (m *MsgPoint) ValidateBasic() error { return checkHash("claim", m.Claim) }

// ValidateBasic checks the message's form.
func (m *MsgProve) ValidateBasic() error {
	if len(m.Carry) > carryBytes || len(m.Carry)%4 != 0 {
		return ErrInvalid.Wrapf("carry of %d bytes is not words, at most %d bytes", len(m.Carry), carryBytes)
	}
	if len(m.Operands) > trace.MaxOperands {
		return ErrInvalid.Wrapf("%d operands, at most %d", len(m.Operands), trace.MaxOperands)
	}
	for _, o := range m.Operands {
		if err := o.validate(); err != nil {
			return err
		}
	}
	return checkHash("claim", m.Claim)
}

// ValidateBasic checks the message's form.
func (m *MsgAsk) ValidateBasic() error { return checkHash("claim", m.Claim) }

// ValidateBasic checks the message's form.
func (m *MsgAnswer) ValidateBasic() error {
	if err := m.Opening.validate(); err != nil {
		return err
	}
	return checkHash("claim", m.Claim)
}

// ValidateBasic checks the message's form.
func (m *MsgSettle) ValidateBasic() error { return checkHash("claim", m.Claim) }

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }
