package compute

import (
	"ayni.example/x/internal/bound"
)

// batchMax bounds a message's list before any parameter is read.
const batchMax = batchBound

// ValidateBasic checks an announcement without any state.
func (m *MsgAnnounce) ValidateBasic() error {
	if err := m.Inventory.Validate(); err != nil {
		return err
	}
	return money("collateral", m.Collateral)
}

// ValidateBasic checks an order without any state.
func (m *MsgPlaceOrder) ValidateBasic() error {
	if err := m.Spec.Validate(); err != nil {
		return err
	}
	return money("deposit", m.Deposit)
}

// ValidateBasic checks a deposit without any state.
func (m *MsgDeposit) ValidateBasic() error {
	if err := checkID("order", m.Order, OrderIDSize); err != nil {
		return err
	}
	if err := money("amount", m.Amount); err != nil {
		return err
	}
	if !m.Amount.IsPositive() {
		return ErrInvalid.Wrap("amount is zero")
	}
	return nil
}

// ValidateBasic checks bids without any state.
func (m *MsgBids) ValidateBasic() error {
	if err := batch(len(m.Offers)); err != nil {
		return err
	}
	for _, o := range m.Offers {
		if err := checkID("order", o.Order, OrderIDSize); err != nil {
			return err
		}
		if err := money("price", o.Price); err != nil {
			return err
		}
		if !o.Price.IsPositive() {
			return ErrInvalid.Wrap("price is zero")
		}
	}
	return nil
}

// ValidateBasic checks declines without any state.
func (m *MsgDecline) ValidateBasic() error {
	if err := batch(len(m.Refusals)); err != nil {
		return err
	}
	for _, r := range m.Refusals {
		if err := checkID("order", r.Order, OrderIDSize); err != nil {
			return err
		}
		if !r.Reason.Declines() {
			return ErrInvalid.Wrapf("%s is no reason to decline", r.Reason)
		}
	}
	return nil
}

// ValidateBasic checks a settlement without any state.
func (m *MsgSettle) ValidateBasic() error {
	if err := batch(len(m.Leases)); err != nil {
		return err
	}
	for _, id := range m.Leases {
		if err := checkID("lease", id, LeaseIDSize); err != nil {
			return err
		}
	}
	return nil
}

// ValidateBasic checks a delivery without any state.
func (m *MsgDeliver) ValidateBasic() error {
	if err := checkID("lease", m.Lease, LeaseIDSize); err != nil {
		return err
	}
	return checkResults(m.Results)
}

// ValidateBasic checks an approval without any state.
func (m *MsgApprove) ValidateBasic() error {
	if err := checkID("order", m.Order, OrderIDSize); err != nil {
		return err
	}
	return checkResults(m.Results)
}

// ValidateBasic checks a rejection without any state.
func (m *MsgReject) ValidateBasic() error {
	if err := checkID("order", m.Order, OrderIDSize); err != nil {
		return err
	}
	return checkResults(m.Results)
}

// ValidateBasic checks a commitment without any state.
func (m *MsgCommit) ValidateBasic() error {
	if err := checkID("lease", m.Lease, LeaseIDSize); err != nil {
		return err
	}
	if err := checkID("root", m.Root, digestSize); err != nil {
		return err
	}
	if len(m.Results) > exportsMax {
		return ErrInvalid.Wrapf("%d results, more than %d", len(m.Results), exportsMax)
	}
	for _, r := range m.Results {
		if err := checkID("result", r, digestSize); err != nil {
			return err
		}
	}
	return checkID("state", m.State, digestSize)
}

// ValidateBasic checks parameters without any state.
func (m *MsgUpdateParams) ValidateBasic() error { return m.Params.Validate() }

// Declines tells whether a provider may decline for this reason.
func (r Reason) Declines() bool {
	return r >= ReasonManifest && r <= ReasonFault || r >= ReasonCPU && r <= ReasonCollateral
}

// Gives tells whether a provider may give a lease up for this reason.
func (r Reason) Gives() bool { return r >= ReasonManifest && r <= ReasonFault }

func checkResults(results []Result) error {
	if err := batch(len(results)); err != nil {
		return err
	}
	seen := map[uint32]bool{}
	for _, r := range results {
		if seen[r.Index] {
			return ErrInvalid.Wrapf("task %d stands twice", r.Index)
		}
		seen[r.Index] = true
		if err := checkID("digest", r.Digest, digestSize); err != nil {
			return err
		}
	}
	return nil
}

func batch(n int) error {
	if n == 0 || n > batchMax {
		return ErrInvalid.Wrapf("%d entries, not 1 to %d", n, batchMax)
	}
	return nil
}

func checkID(field string, id []byte, size int) error {
	if err := bound.Length(field, id, size); err != nil {
		return ErrInvalid.Wrap(err.Error())
	}
	return nil
}
