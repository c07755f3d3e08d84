package arena

import (
	"ayni.example/x/credit"
	"ayni.example/x/internal/bound"
)

const labelChars = "abcdefghijklmnopqrstuvwxyz0123456789-._"

// ValidateBasic checks the message's form.
func (m *MsgCreate) ValidateBasic() error {
	if err := bound.Word("label", m.Label, labelChars, labelMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	if err := checkHash("task", m.Task); err != nil {
		return err
	}
	if err := m.Rules.Validate(); err != nil {
		return err
	}
	return credit.CheckAmount("deposit", m.Deposit)
}

// ValidateBasic checks the message's form.
func (m *MsgFund) ValidateBasic() error {
	if err := credit.CheckPositive("amount", m.Amount); err != nil {
		return err
	}
	return checkHash("arena", m.Arena)
}

// ValidateBasic checks the message's form.
func (m *MsgClose) ValidateBasic() error { return checkHash("arena", m.Arena) }

// ValidateBasic checks the message's form.
func (m *MsgJoin) ValidateBasic() error {
	switch {
	case m.Role <= RoleUnspecified || m.Role > Author:
		return ErrInvalid.Wrapf("role %d is none: contestant, evaluator or author", m.Role)
	case m.Role != Evaluator && (m.TakeBps != 0 || len(m.Affiliates) != 0):
		return ErrInvalid.Wrap("only evaluators have a take and affiliates")
	case m.TakeBps > Basis:
		return ErrInvalid.Wrapf("take_bps of %d is more than %d", m.TakeBps, Basis)
	case m.Role != Contestant && len(m.Artifact) != 0:
		return ErrInvalid.Wrap("only contestants compete with an artifact")
	}
	if err := bound.Distinct("affiliates", m.Affiliates, affiliateMax); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	for _, a := range m.Affiliates {
		if err := checkAddress("affiliate", a); err != nil {
			return err
		}
	}
	if err := checkOptionalHash("artifact", m.Artifact); err != nil {
		return err
	}
	if err := credit.CheckAmount("price_max", m.PriceMax); err != nil {
		return err
	}
	if err := credit.CheckAmount("bond", m.Bond); err != nil {
		return err
	}
	return checkHash("arena", m.Arena)
}

// ValidateBasic checks the message's form.
func (m *MsgLeave) ValidateBasic() error { return checkHash("arena", m.Arena) }

// ValidateBasic checks the message's form.
func (m *MsgBond) ValidateBasic() error {
	if err := credit.CheckPositive("amount", m.Amount); err != nil {
		return err
	}
	return checkHash("arena", m.Arena)
}

// ValidateBasic checks the message's form.
func (m *MsgUnbond) ValidateBasic() error {
	if err := credit.CheckPositive("amount", m.Amount); err != nil {
		return err
	}
	return checkHash("arena", m.Arena)
}

// ValidateBasic checks the message's form.
func (m *MsgClaim) ValidateBasic() error { return checkHash("arena", m.Arena) }

// ValidateBasic checks the message's form.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }
