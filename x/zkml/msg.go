package zkml

import "ayni.example/x/credit"

// Bounds of a proof and of what it is about.
const (
	InputMax   = 16 << 10 // integers
	OutputMax  = 1 << 10  // integers, which are kept
	ContextMax = 64
	ProofMax   = 384 << 10
)

// ValidateBasic checks the message's form.
func (m *MsgRegisterModel) ValidateBasic() error {
	if len(m.Circuit) == 0 || len(m.Circuit) > CircuitMax {
		return ErrInvalid.Wrapf("circuit of %d bytes is not 1 to %d", len(m.Circuit), CircuitMax)
	}
	if err := checkWords(m.Name, m.Root, m.Parameters, m.Terms); err != nil {
		return err
	}
	return credit.CheckAmount("price", m.Price)
}

// ValidateBasic checks the message's form.
func (m *MsgUpdateModel) ValidateBasic() error {
	if err := checkDigest("model", m.Model); err != nil {
		return err
	}
	if err := checkTerms(m.Terms); err != nil {
		return err
	}
	return credit.CheckAmount("price", m.Price)
}

// ValidateBasic checks the message's form.
func (m *MsgSubmitProof) ValidateBasic() error {
	if err := checkDigest("model", m.Model); err != nil {
		return err
	}
	if err := m.checkInput(); err != nil {
		return err
	}
	switch {
	case len(m.Output) == 0 || len(m.Output) > OutputMax:
		return ErrInvalid.Wrapf("output of %d integers is not 1 to %d", len(m.Output), OutputMax)
	case len(m.Context) > ContextMax:
		return ErrInvalid.Wrapf("context of %d bytes is more than %d", len(m.Context), ContextMax)
	case m.Nonce == 0:
		return ErrInvalid.Wrap("nonces begin with 1")
	case len(m.Proof) == 0 || len(m.Proof) > ProofMax:
		return ErrInvalid.Wrapf("proof of %d bytes is not 1 to %d", len(m.Proof), ProofMax)
	}
	return nil
}

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }
