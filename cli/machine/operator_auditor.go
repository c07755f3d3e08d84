package machine

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/referee"
)

// Auditor implements operator.Auditing.
func (m *Machine) Auditor(ctx context.Context) (operator.Auditor, error) {
	params, err := m.ledger.RefereeParams(ctx)
	if err != nil {
		return operator.Auditor{}, advice(err, "does the ledger have its release 4? see `ayni network show`")
	}
	answer := operator.Auditor{
		Bond: "0", Least: home.FormatCredits(params.AuditorBond), Deposit: home.FormatCredits(params.ChallengeBond), Claims: []operator.Claim{},
	}
	all, err := m.ledger.Auditors(ctx)
	if err != nil {
		return answer, err
	}
	answer.Auditors = len(all)
	for _, a := range all {
		if a.Address != m.address {
			continue
		}
		answer.Enlisted, answer.Bond = a.LeavesTime == 0, home.FormatCredits(a.Bond)
		answer.Agreed, answer.False, answer.Unsure, answer.Silent = a.Agreed, a.Challenged, a.Inconclusive, a.Silent
		if a.LeavesTime != 0 {
			answer.Leaves = time.Unix(a.LeavesTime, 0).UTC()
		}
	}
	roles := []struct {
		role referee.Role
		name string
	}{{referee.RoleDefender, "defender"}, {referee.RoleChallenger, "challenger"}, {referee.RoleAuditor, "auditor"}}
	for _, r := range roles {
		claims, err := m.ledger.Duties(ctx, m.address, r.role)
		if err != nil {
			return answer, err
		}
		for _, c := range claims {
			answer.Claims = append(answer.Claims, operator.Claim{
				ID: hex.EncodeToString(c.Claim.ID()), Role: r.name, Defender: c.Claim.Defender, From: c.Claim.From, To: c.Claim.To,
				Disputed: c.Dispute != nil, Asked: len(c.Claim.Questions),
			})
		}
	}
	return answer, nil
}

// Enlist implements operator.Auditing.
func (m *Machine) Enlist(ctx context.Context, req operator.EnlistRequest) (operator.Auditor, error) {
	params, err := m.ledger.RefereeParams(ctx)
	if err != nil {
		return operator.Auditor{}, advice(err, "does the ledger have its release 4? see `ayni network show`")
	}
	bond := params.AuditorBond
	if req.Bond != "" {
		if bond, err = home.Credits(req.Bond); err != nil {
			return operator.Auditor{}, err
		}
	}
	if err := m.ledger.Submit(ctx, &referee.MsgEnlist{Auditor: m.address, Bond: bond}); err != nil {
		return operator.Auditor{}, fmt.Errorf("enlist as an auditor: %w", err)
	}
	return m.Auditor(ctx)
}

// Retire implements operator.Auditing.
func (m *Machine) Retire(ctx context.Context) (operator.Auditor, error) {
	if err := m.ledger.Submit(ctx, &referee.MsgRetire{Auditor: m.address}); err != nil {
		return operator.Auditor{}, fmt.Errorf("retire as an auditor: %w", err)
	}
	return m.Auditor(ctx)
}
