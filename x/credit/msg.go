package credit

import (
	"crypto/ed25519"

	"ayni.example/x/internal/bound"
)

// ValidateBasic checks the message's form.
func (m *MsgSetIssuer) ValidateBasic() error {
	if err := CheckAmount("quota", m.Quota); err != nil {
		return err
	}
	if m.Quota.IsZero() {
		return nil
	}
	return checkPeriod(m.PeriodSeconds)
}

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }

// ValidateBasic checks the message's form.
func (m *MsgIssue) ValidateBasic() error { return CheckPositive("amount", m.Amount) }

// ValidateBasic checks the message's form.
func (m *MsgOpenChannel) ValidateBasic() error {
	if err := bound.Length("session key", m.Signer, ed25519.PublicKeySize); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return CheckPositive("deposit", m.Deposit)
}

// ValidateBasic checks the message's form.
func (m *MsgTopUp) ValidateBasic() error {
	if err := checkID(m.Channel); err != nil {
		return err
	}
	return CheckPositive("amount", m.Amount)
}

// ValidateBasic checks the message's form; the ledger's own bound on vouchers may be lower.
func (m *MsgClaim) ValidateBasic() error {
	if len(m.Vouchers) == 0 || len(m.Vouchers) > vouchersBound {
		return ErrInvalid.Wrapf("%d vouchers are not 1 to %d", len(m.Vouchers), vouchersBound)
	}
	for _, v := range m.Vouchers {
		if err := v.ValidateBasic(); err != nil {
			return err
		}
	}
	return nil
}

// ValidateBasic checks the message's form.
func (m *MsgCloseChannel) ValidateBasic() error { return checkID(m.Channel) }

// ValidateBasic checks the message's form.
func (m *MsgFinaliseChannel) ValidateBasic() error { return checkID(m.Channel) }
