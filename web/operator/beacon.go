package operator

import (
	"context"
	"net/http"
)

// BeaconStatus is where the network's beacon stands, with each seat's part.
type BeaconStatus struct {
	Beacon
	Wanted bool         `json:"wanted"`           // the next round was asked for
	Output string       `json:"output,omitempty"` // of the last round, in hexadecimal
	Seats  []BeaconSeat `json:"seats"`
}

// BeaconSeat is a seat as the beacon knows it.
type BeaconSeat struct {
	Operator    string `json:"operator"`
	Key         string `json:"key,omitempty"` // none while it is out
	FromRound   uint64 `json:"from_round,omitempty"`
	Strikes     uint32 `json:"strikes"`
	BarredUntil int64  `json:"barred_until,omitempty"` // unix seconds
}

// DrawRequest asks for a round and for the draw of a domain.
type DrawRequest struct {
	Domain string `json:"domain"`
}

// Draw is what came of it.
type Draw struct {
	Round         uint64 `json:"round"`
	Domain        string `json:"domain"`
	Draw          string `json:"draw"` // 32 bytes in hexadecimal, as is the round's output
	Output        string `json:"output"`
	Contributions int    `json:"contributions"`
	Entrants      int    `json:"entrants"`
	Height        int64  `json:"height"` // at which it closed
}

func beaconRoutes(mux *http.ServeMux, l Ledger) {
	route(mux, "GET beacon", func(r *http.Request) (any, error) { return l.Beacon(r.Context()) })
	route(mux, "POST beacon/draws", with(l.Draw))
}

// Beacon implements Ledger.
func (c *Client) Beacon(ctx context.Context) (BeaconStatus, error) {
	return ask[BeaconStatus](ctx, c, http.MethodGet, "beacon", nil)
}

// Draw implements Ledger.
func (c *Client) Draw(ctx context.Context, req DrawRequest) (Draw, error) {
	return ask[Draw](ctx, c, http.MethodPost, "beacon/draws", req)
}
