package credit

import (
	"crypto/ed25519"

	"cosmossdk.io/math"

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

// ValidateBasic checks the message's form; the addresses are the keeper's to read.
func (m *MsgTransferAuthorized) ValidateBasic() error {
	return checkCarried(m.Value, m.Nonce, m.Signature)
}

// ValidateBasic checks the message's form.
func (m *MsgHold) ValidateBasic() error { return checkCarried(m.Amount, m.Nonce, m.Signature) }

// ValidateBasic checks the message's form; nothing may be paid of a hold.
func (m *MsgSettle) ValidateBasic() error {
	if err := CheckAmount("amount", m.Amount); err != nil {
		return err
	}
	return checkNonce(m.Nonce)
}

// ValidateBasic checks the message's form.
func (m *MsgRelease) ValidateBasic() error { return checkNonce(m.Nonce) }

// ValidateBasic checks the message's form.
func (m *MsgCancelAuthorization) ValidateBasic() error {
	if err := checkNonce(m.Nonce); err != nil {
		return err
	}
	return checkSignature(m.Signature)
}

func checkCarried(amount math.Int, nonce, signature []byte) error {
	if err := CheckPositive("amount", amount); err != nil {
		return err
	}
	if err := checkNonce(nonce); err != nil {
		return err
	}
	return checkSignature(signature)
}
