package machine

import (
	"context"
	"fmt"

	"ayni.example/credit"
	"ayni.example/inference/gateway"
	"ayni.example/internal/home"
	"ayni.example/receipt"
	"ayni.example/web/operator"
)

// Audit implements operator.Operator: it reads the whole ledger and all receipts.
func (m *Machine) Audit(ctx context.Context) (operator.Audit, error) {
	supply, err := m.ledger.Supply(ctx)
	if err != nil {
		return operator.Audit{}, err
	}
	a := operator.Audit{Supply: home.FormatCredits(supply), Height: m.node.Height()}
	if err := m.node.App().Invariants(); err != nil { //nolint:contextcheck // the application has a context of its own, that of the last block
		return a, fmt.Errorf("ledger: %w", err)
	}
	for _, role := range []credit.Role{credit.AsPayer, credit.AsPayee, credit.AsLocal} {
		lanes, err := m.store.Audit(ctx, role)
		if err != nil {
			return a, fmt.Errorf("receipts as %s: %w", role, err)
		}
		for _, l := range lanes {
			a.Lanes = append(a.Lanes, operator.Lane{
				Role: string(l.Role), Channel: l.Channel.String(), Lane: l.Lane, Receipts: l.Receipts, Total: home.FormatCredits(l.Total),
				Signed: home.FormatCredits(l.Cumulative), Open: home.FormatCredits(l.Open), Claimed: home.FormatCredits(l.Claimed),
			})
		}
	}
	return a, nil
}

// healedMax is how many of the latest receipts are looked through for ones that healing brought.
const healedMax = 200

// keepHealed enters receipts that came by healing into the gateway's list, where users look for them.
func (m *Machine) keepHealed(ctx context.Context) error {
	stored, err := m.store.Receipts(ctx, credit.AsPayer, 0, healedMax)
	if err != nil {
		return err
	}
	for _, s := range stored {
		if s.Receipt.Status != receipt.Aborted {
			continue
		}
		if _, err := m.receipts.Record(ctx, string(s.Receipt.ID), nil); err == nil {
			continue
		}
		if _, err := m.receipts.Add(ctx, gateway.Record{File: fileOf(s), Route: s.Receipt.Provider}); err != nil {
			return err
		}
	}
	return nil
}

// fileOf is a stored receipt as a file.
func fileOf(s credit.Stored) receipt.File {
	file := receipt.File{Receipt: s.Receipt, Delivery: s.Delivery}
	if s.Salt != nil {
		file.Opening = &receipt.Opening{Salt: *s.Salt}
	}
	return file
}

// earned lists the receipts that this machine signed for others.
func (m *Machine) earned(ctx context.Context, page operator.Page) ([]operator.Receipt, error) {
	before := int64(0)
	if page.Before != "" {
		s, err := m.store.Receipt(ctx, receipt.ID(page.Before))
		if err != nil {
			return nil, err
		}
		before = s.Receipt.FinishedMS
	}
	stored, err := m.store.Receipts(ctx, credit.AsPayee, before, page.Limit)
	if err != nil {
		return nil, err
	}
	list := make([]operator.Receipt, 0, len(stored))
	for _, s := range stored {
		list = append(list, lineOf(s.Receipt))
	}
	return list, nil
}
