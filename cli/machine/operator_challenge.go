package machine

import (
	"context"
	"fmt"

	"ayni.example/compute/challenge"
	"ayni.example/web/operator"
)

// challengeSeconds is how long a challenge keeps a machine busy that is as fast as it says.
const challengeSeconds = 2

// ChallengeHost implements operator.Operator.
func (m *Machine) ChallengeHost(ctx context.Context, req operator.HostChallenge) (operator.HostVerdict, error) {
	host, err := m.ledger.Host(ctx, req.Provider)
	if err != nil {
		return operator.HostVerdict{}, advice(err, "only machines that lend themselves out can be challenged")
	}
	entry, err := m.ledger.Provider(ctx, req.Provider)
	if err != nil {
		return operator.HostVerdict{}, err
	}
	claimed, threads := host.Inventory.FlopsAll, int(host.Inventory.Resources.CPU/1000)
	if threads <= 1 {
		claimed, threads = host.Inventory.FlopsCore, 1
	}
	s, err := m.host.Open(ctx, entry.PeerId, entry.Endpoints, challenge.Protocol)
	if err != nil {
		return operator.HostVerdict{}, fmt.Errorf("reach %s: %w", entry.Name, err)
	}
	defer s.Close() //nolint:errcheck // the verdict stands
	v, err := challenge.Ask(s, claimed, challenge.TaskFor(claimed, threads, challengeSeconds), m.now)
	return operator.HostVerdict{Provider: req.Provider, Claimed: v.Claimed, Measured: v.Measured, Took: v.Took, Exact: v.Exact, Checked: v.Checked, False: v.False}, err
}
