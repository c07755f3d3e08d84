package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"ayni.example/client"
	"ayni.example/web/operator"
	"ayni.example/x/beacon"
)

const (
	// drawWait bounds the wait for a round; one without a third of its seats takes longer than anybody should wait.
	drawWait = 90 * time.Second
	drawLook = 200 * time.Millisecond
)

// Beacon implements operator.Ledger.
func (m *Machine) Beacon(ctx context.Context) (operator.BeaconStatus, error) {
	status, err := m.ledger.Beacon(ctx)
	if err != nil {
		return operator.BeaconStatus{}, err
	}
	answer := operator.BeaconStatus{
		Beacon: operator.Beacon{Round: status.Last, Open: status.Open, Keys: status.Keys}, Wanted: status.Wanted,
		Seats: []operator.BeaconSeat{},
	}
	if status.Last > 0 && !status.Open {
		last, err := m.ledger.Round(ctx, status.Last)
		if err != nil {
			return answer, err
		}
		answer.Output = hex.EncodeToString(last.Output)
	}
	seats, err := m.ledger.BeaconSeats(ctx)
	for _, s := range seats {
		answer.Seats = append(answer.Seats, operator.BeaconSeat{
			Operator: s.Operator, Key: hex.EncodeToString(s.Key), FromRound: s.FromRound, Strikes: s.Strikes, BarredUntil: s.BarredUntil,
		})
	}
	return answer, err
}

// Draw implements operator.Ledger: it asks for a round, pays for it, and waits until it is closed.
func (m *Machine) Draw(ctx context.Context, req operator.DrawRequest) (operator.Draw, error) {
	if req.Domain == "" || len(req.Domain) > beacon.DomainMax {
		return operator.Draw{}, advice(fmt.Errorf("domain of %d bytes is not 1 to %d", len(req.Domain), beacon.DomainMax),
			"name what is drawn, such as raffle/2026-11")
	}
	result, err := m.ledger.send(ctx, &beacon.MsgRequest{Sender: m.address})
	if err != nil {
		return operator.Draw{}, err
	}
	var asked beacon.MsgRequestResponse
	if err := result.Response(0, &asked); err != nil {
		return operator.Draw{}, err
	}
	wait, cancel := context.WithTimeout(ctx, drawWait)
	defer cancel()
	for {
		r, err := m.ledger.Round(wait, asked.Round)
		switch {
		case err == nil && !r.Open() && len(r.Output) == 0:
			return operator.Draw{}, advice(fmt.Errorf("round %d ended without a contribution", r.Number), "ask for another")
		case err == nil && !r.Open():
			draw := beacon.Draw(r.Output, req.Domain)
			return operator.Draw{
				Round: r.Number, Domain: req.Domain, Draw: hex.EncodeToString(draw[:]), Output: hex.EncodeToString(r.Output),
				Contributions: r.Contributions(), Entrants: len(r.Entrants), Height: r.ClosedHeight,
			}, nil
		case err != nil && !errors.Is(err, client.ErrNotFound):
			return operator.Draw{}, err
		}
		select {
		case <-wait.Done():
			return operator.Draw{}, advice(fmt.Errorf("round %d is not closed in %s", asked.Round, drawWait),
				"seats are missing: see `ayni beacon show`")
		case <-time.After(drawLook):
		}
	}
}
