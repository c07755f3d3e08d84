package keeper_test

import (
	"bytes"
	"testing"
	"time"

	"ayni.example/x/beacon"
	"ayni.example/x/beacon/keeper"
	"ayni.example/x/internal/ledgertest"
)

func TestQueries(t *testing.T) {
	f := newFixture(t, "ana", "ben", "cem")
	q := keeper.NewQueryServer(f.Beacon)
	status, err := q.Status(f.Ctx, &beacon.QueryStatusRequest{})
	ledgertest.Must(t, err)
	if *status != (beacon.QueryStatusResponse{Keys: 3}) {
		t.Fatalf("status %v", status)
	}
	_, err = q.Round(f.Ctx, &beacon.QueryRoundRequest{})
	f.expect(err, beacon.ErrNotFound)
	_, err = q.Output(f.Ctx, &beacon.QueryOutputRequest{Round: 1, Domain: "x"})
	f.expect(err, beacon.ErrNotYet)

	r := f.open()
	f.request()
	status, err = q.Status(f.Ctx, &beacon.QueryStatusRequest{})
	ledgertest.Must(t, err)
	if *status != (beacon.QueryStatusResponse{Last: 1, Open: true, Wanted: true, Keys: 3}) {
		t.Fatalf("status %v", status)
	}
	f.block(time.Second, f.entry("ana", "ben"))
	f.pass(r.Number) // cem withholds, and round 2 opens
	one, err := q.Round(f.Ctx, &beacon.QueryRoundRequest{Number: 1})
	ledgertest.Must(t, err)
	output, err := q.Output(f.Ctx, &beacon.QueryOutputRequest{Round: 1, Domain: "x"})
	ledgertest.Must(t, err)
	want, err := f.Beacon.At(f.Ctx, 1, "x")
	ledgertest.Must(t, err)
	if !bytes.Equal(output.Output, one.Round.Output) || !bytes.Equal(output.Draw, want[:]) {
		t.Fatalf("output %v of round %v", output, one)
	}
	_, err = q.Output(f.Ctx, &beacon.QueryOutputRequest{Round: 1, Domain: string(make([]byte, 200))})
	f.expect(err, beacon.ErrInvalid)
	seats, err := q.Seats(f.Ctx, &beacon.QuerySeatsRequest{})
	ledgertest.Must(t, err)
	if len(seats.Seats) != 3 {
		t.Fatalf("%d seats", len(seats.Seats))
	}
	for operator, count := range map[string]int{"": 1, text("cem"): 1, text("ana"): 0} {
		list, err := q.Withholdings(f.Ctx, &beacon.QueryWithholdingsRequest{Operator: operator})
		ledgertest.Must(t, err)
		if len(list.Withholdings) != count {
			t.Fatalf("%d withholdings of %q, want %d", len(list.Withholdings), operator, count)
		}
	}
	_, err = q.Withholdings(f.Ctx, &beacon.QueryWithholdingsRequest{Operator: "nobody"})
	f.expect(err, beacon.ErrInvalid)
	params, err := q.Params(f.Ctx, &beacon.QueryParamsRequest{})
	ledgertest.Must(t, err)
	if params.Params != beacon.DefaultParams() {
		t.Fatalf("parameters %v", params)
	}
}
