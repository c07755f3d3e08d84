package agent

import (
	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
	"ayni.example/x/zkml"
)

const (
	labelChars = "abcdefghijklmnopqrstuvwxyz0123456789-._"
	keySize    = 32 // of X25519
	messageMax = 1 << 24
)

// ValidateBasic checks the message's form.
func (m *MsgCreate) ValidateBasic() error {
	if err := bound.Word("label", m.Label, labelChars, labelMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if err := m.Charter.Validate(); err != nil {
		return err
	}
	return credit.CheckAmount("deposit", m.Deposit)
}

// ValidateBasic checks the message's form.
func (m *MsgAmend) ValidateBasic() error {
	if err := m.Charter.Validate(); err != nil {
		return err
	}
	return checkHash("agent", m.Agent)
}

// ValidateBasic checks the message's form.
func (m *MsgWithdraw) ValidateBasic() error {
	if err := credit.CheckPositive("amount", m.Amount); err != nil {
		return err
	}
	return checkHash("agent", m.Agent)
}

// ValidateBasic checks the message's form.
func (m *MsgTransferOwner) ValidateBasic() error { return checkHash("agent", m.Agent) }

// ValidateBasic checks the message's form.
func (m *MsgVeto) ValidateBasic() error { return checkHash("agent", m.Agent) }

// ValidateBasic checks the message's form.
func (m *MsgDecide) ValidateBasic() error { return checkHash("agent", m.Agent) }

// ValidateBasic checks the message's form.
func (m *MsgPause) ValidateBasic() error { return checkHash("agent", m.Agent) }

// ValidateBasic checks the message's form.
func (m *MsgResume) ValidateBasic() error { return checkHash("agent", m.Agent) }

// ValidateBasic checks the message's form.
func (m *MsgKill) ValidateBasic() error { return checkHash("agent", m.Agent) }

// ValidateBasic checks the message's form.
func (m *MsgFund) ValidateBasic() error {
	if err := credit.CheckPositive("amount", m.Amount); err != nil {
		return err
	}
	return checkHash("agent", m.Agent)
}

// ValidateBasic checks the message's form.
func (m *MsgWake) ValidateBasic() error {
	if m.Size_ == 0 || m.Size_ > messageMax {
		return ErrInvalid.Wrapf("message of %d bytes is not 1 to %d", m.Size_, messageMax)
	}
	if err := checkHash("message", m.Message); err != nil {
		return err
	}
	return checkHash("agent", m.Agent)
}

// ValidateBasic checks the message's form.
func (m *MsgHost) ValidateBasic() error {
	if err := bound.Length("key", m.Key, keySize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if m.Until <= 0 || m.Until > timeMax {
		return ErrInvalid.Wrapf("until of %d is no time", m.Until)
	}
	return nil
}

// ValidateBasic checks the message's form.
func (m *MsgTake) ValidateBasic() error {
	if _, err := SessionAddress(m.Session); err != nil {
		return err
	}
	return checkHash("agent", m.Agent)
}

// ValidateBasic checks the message's form.
func (m *MsgAct) ValidateBasic() error {
	if err := checkHash("decision", m.Decision); err != nil {
		return err
	}
	if err := checkOptionalHash("memory", m.Memory); err != nil {
		return err
	}
	if err := credit.CheckAmount("cost", m.Cost); err != nil {
		return err
	}
	if len(m.Actions) > ActionsMax {
		return ErrInvalid.Wrapf("%d actions, at most %d", len(m.Actions), ActionsMax)
	}
	for _, a := range m.Actions {
		if err := a.Validate(); err != nil {
			return err
		}
		if a.Reserve != nil {
			return ErrInvalid.Wrap("an act reserves nothing: send MsgReserve before it")
		}
	}
	return checkSigned(m.Agent, m.Signature)
}

// ValidateBasic checks the message's form.
func (m *MsgReserve) ValidateBasic() error {
	if err := (Action{Reserve: &m.Reserve}).Validate(); err != nil {
		return err
	}
	return checkSigned(m.Agent, m.Signature)
}

// ValidateBasic checks the message's form.
func (m *MsgCancel) ValidateBasic() error { return checkSigned(m.Agent, m.Signature) }

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }

func checkSigned(agent, signature []byte) error {
	if err := bound.Length("signature", signature, ethkey.SignatureSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return checkHash("agent", agent)
}

// Validate checks the action's form: exactly one of its fields, and that one whole.
func (a Action) Validate() error {
	n := 0
	for _, there := range []bool{a.Pay != nil, a.PayProved != nil, a.Reserve != nil} {
		if there {
			n++
		}
	}
	if n != 1 {
		return ErrInvalid.Wrapf("an action has %d of its fields, not one", n)
	}
	if a.Pay != nil {
		if err := checkOptionalHash("reference", a.Pay.Reference); err != nil {
			return err
		}
	}
	if a.PayProved != nil && len(a.PayProved.Context) > zkml.ContextMax {
		return ErrInvalid.Wrapf("context of %d bytes is more than %d", len(a.PayProved.Context), zkml.ContextMax)
	}
	payee, amount := a.Payment()
	if err := checkAddress("payee", payee); err != nil {
		return err
	}
	return credit.CheckPositive("amount", amount)
}
