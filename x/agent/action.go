package agent

import "cosmossdk.io/math"

// Name is the action's name in a charter.
func (a Action) Name() string {
	switch {
	case a.Pay != nil:
		return ActionPay
	case a.PayProved != nil:
		return ActionPayProved
	case a.Reserve != nil:
		return ActionReserve
	}
	return ""
}

// Payment is whom the action pays, and how much.
func (a Action) Payment() (string, math.Int) {
	switch {
	case a.Pay != nil:
		return a.Pay.Payee, a.Pay.Amount
	case a.PayProved != nil:
		return a.PayProved.Payee, a.PayProved.Amount
	case a.Reserve != nil:
		return a.Reserve.Payee, a.Reserve.Amount
	}
	return "", math.ZeroInt()
}
