package council

// ValidateBasic checks the message's form; the ledger's own bounds may be lower.
func (m *MsgPropose) ValidateBasic() error {
	if err := checkSummary(m.Summary); err != nil {
		return err
	}
	if len(m.Messages) == 0 || len(m.Messages) > messagesBound {
		return ErrInvalid.Wrapf("%d messages are not 1 to %d", len(m.Messages), messagesBound)
	}
	return nil
}

// ValidateBasic checks the message's form.
func (m *MsgVote) ValidateBasic() error {
	if m.Proposal == 0 {
		return ErrInvalid.Wrap("vote names no proposal")
	}
	return nil
}

// ValidateBasic checks the message's form.
func (m *MsgUpdateSeat) ValidateBasic() error { return checkLabels(m.Name, m.Peer) }

// ValidateBasic checks the message's form.
func (m *MsgRotateKey) ValidateBasic() error { return checkKeyAndProof(m.ConsensusKey, m.Proof) }

// ValidateBasic checks the message's form.
func (m *MsgReinstate) ValidateBasic() error { return checkKeyAndProof(m.ConsensusKey, m.Proof) }

// ValidateBasic checks the message's form.
func (m *MsgAdmit) ValidateBasic() error {
	if err := checkLabels(m.Name, m.Peer); err != nil {
		return err
	}
	if err := checkPower(m.Power); err != nil {
		return err
	}
	return checkKeyAndProof(m.ConsensusKey, m.Proof)
}

// ValidateBasic checks the message's form.
func (m *MsgSetPower) ValidateBasic() error { return checkPower(m.Power) }

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }
