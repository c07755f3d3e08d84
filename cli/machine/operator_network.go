package machine

import (
	"context"
	"encoding/hex"
	"fmt"

	"ayni.example/chain"
	"ayni.example/council"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

// validatorsShown bounds the list of validators; it is the most that one page of the ledger's RPC has.
const validatorsShown = 100

// Network implements operator.Ledger.
func (m *Machine) Network(ctx context.Context) (operator.Network, error) {
	genesis, err := chain.EncodeGenesis(m.node.Genesis())
	if err != nil {
		return operator.Network{}, err
	}
	status, err := m.node.RPC().Status(ctx)
	if err != nil {
		return operator.Network{}, fmt.Errorf("ask the ledger: %w", err)
	}
	signing := m.node.Signing()
	answer := operator.Network{
		ChainID: m.node.Genesis().ChainID, Digest: council.Digest(genesis), Height: status.SyncInfo.LatestBlockHeight,
		Hash: status.SyncInfo.LatestBlockHash.String(), Time: status.SyncInfo.LatestBlockTime, Syncing: status.SyncInfo.CatchingUp,
		Node: m.node.PeerAddress(), Council: chain.CouncilAddress(), Operator: m.address, Key: hex.EncodeToString(signing.Key),
		NextKey: hex.EncodeToString(signing.Next), Signing: signingText(signing), Locked: signing.Locked, Peers: []operator.Peer{},
	}
	page, most := 1, validatorsShown
	set, err := m.node.RPC().Validators(ctx, nil, &page, &most)
	if err != nil {
		return answer, fmt.Errorf("ask for the validators: %w", err)
	}
	for _, v := range set.Validators {
		key := hex.EncodeToString(v.PubKey.Bytes())
		if key == answer.Key {
			answer.Power = v.VotingPower
		}
		answer.Validators = append(answer.Validators, operator.Validator{Key: key, Power: v.VotingPower})
	}
	net, err := m.node.RPC().NetInfo(ctx)
	if err != nil {
		return answer, fmt.Errorf("ask for the peers: %w", err)
	}
	for _, peer := range net.Peers {
		answer.Peers = append(answer.Peers, operator.Peer{ID: string(peer.NodeInfo.ID()), Address: peer.RemoteIP, Inbound: !peer.IsOutbound})
	}
	return answer, nil
}

// signingText says whether the key signs.
func signingText(s chain.Signing) string {
	switch {
	case s.Held == "":
		return "yes"
	case s.Locked:
		return s.Held + "; see `ayni network resume-signing --help`"
	}
	return fmt.Sprintf("not yet: %s; %d of %d blocks have come without its signature", s.Held, s.Quiet, s.Wanted)
}

// Check implements operator.Ledger.
func (m *Machine) Check(context.Context) (operator.Check, error) {
	return check(m.node.Genesis().ChainID, m.node.App()), nil //nolint:contextcheck // the application has a context of its own, that of the last block
}

// CheckStopped checks the ledger of a home on which no process runs.
func CheckStopped(h *home.Home) (operator.Check, error) {
	genesis, err := chain.LoadGenesis(h.Dir())
	if err != nil {
		return operator.Check{}, err
	}
	app, done, err := chain.OpenState(h.Dir())
	if err != nil {
		return operator.Check{}, err
	}
	defer done()
	return check(genesis.ChainID, app), nil
}

func check(id string, app *chain.App) operator.Check {
	state := app.LastCommitID()
	answer := operator.Check{ChainID: id, Height: state.Version, AppHash: hex.EncodeToString(state.Hash), OK: true}
	if err := app.Invariants(); err != nil {
		answer.OK, answer.Problem = false, err.Error()
	}
	return answer
}
