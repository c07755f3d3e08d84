package inference

import "ayni.example/x/internal/bound"

// ValidateBasic checks the message's form.
func (m *MsgRegisterModel) ValidateBasic() error { return m.Model.Validate() }

// ValidateBasic checks the message's form.
func (m *MsgSetOffer) ValidateBasic() error { return m.Offer.Validate() }

// ValidateBasic checks the message's form.
func (m *MsgRemoveOffer) ValidateBasic() error {
	if err := bound.Length("model digest", m.Model, DigestSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
