package provider

import (
	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

// ValidateBasic checks the message's form.
func (m *MsgRegister) ValidateBasic() error {
	if err := m.Profile().Validate(); err != nil {
		return err
	}
	return credit.CheckAmount("bond", m.Bond)
}

// ValidateBasic checks the message's form.
func (m *MsgUpdate) ValidateBasic() error { return m.Profile().Validate() }

// ValidateBasic checks the message's form.
func (m *MsgSuspend) ValidateBasic() error {
	if err := bound.Text("reason", m.Reason, reasonMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if m.Reason == "" {
		return ErrInvalid.Wrap("a suspension has a reason")
	}
	return nil
}
