package beacon

import (
	"ayni.example/internal/vrf"
	"ayni.example/x/internal/bound"
)

// ValidateBasic checks the message's form.
func (m *MsgRegisterKey) ValidateBasic() error {
	if err := CheckKey(m.Key); err != nil {
		return err
	}
	if err := bound.Length("proof", m.Proof, vrf.ProofSize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }
