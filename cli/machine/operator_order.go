package machine

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cosmossdk.io/math"

	"ayni.example/artifact"
	"ayni.example/client"
	"ayni.example/compute/manifest"
	"ayni.example/compute/tenant"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/compute"
)

// depositSeconds is how long a deposit lasts at the highest price, where nobody says otherwise.
const depositSeconds = 24 * 3600

// PlaceOrder implements operator.Computing.
func (m *Machine) PlaceOrder(ctx context.Context, req operator.OrderRequest) (operator.ComputeOrder, error) {
	d, err := manifest.Decode(req.Deployment)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	public, err := d.Public()
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	spec, err := tenant.Spec(public, req.Window)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	if len(req.Providers) > 0 {
		spec.Placement.Providers, spec.Placement.Excluded = req.Providers, nil
	}
	deposit := math.NewIntFromBigInt(tenant.Most(public, depositSeconds))
	return m.place(ctx, spec, deposit, req.Deposit, req.Deployment)
}

// What a training takes of a machine unless its tenant says otherwise: machines price a step by the time that these cores need.
const (
	trainingCPU    = 1000
	trainingMemory = 1 << 30
)

// PlaceTraining implements operator.Computing.
func (m *Machine) PlaceTraining(ctx context.Context, req operator.TrainingRequest) (operator.ComputeOrder, error) {
	price, err := m.stepPrice(ctx, req.Price)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	fee := math.ZeroInt()
	if req.AuditFee != "" {
		if fee, err = home.Credits(req.AuditFee); err != nil {
			return operator.ComputeOrder{}, err
		}
	}
	training := &compute.Training{Job: req.Job, Steps: req.Steps, Segment: req.Segment, AuditFee: fee}
	for i, text := range append([]string{req.Pack}, req.Data...) {
		digest, err := artifact.ParseDigest(text)
		if err != nil {
			return operator.ComputeOrder{}, err
		}
		sum := digest.Sum()
		if i == 0 {
			training.Recipe = sum[:]
		} else {
			training.Data = append(training.Data, sum[:])
		}
	}
	uses, err := m.agreeUses(ctx, training, req.UseMax)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	m.lineages.want(ctx, hexes(training.Data)...) // they go along with the order
	spec := compute.Spec{
		Unit: compute.UnitStep, PriceMax: price, Window: req.Window, Standing: req.Standing, Training: training,
		Resources: compute.Resources{CPU: cmp.Or(req.MilliCPU, trainingCPU), Memory: cmp.Or(req.Memory, trainingMemory), Disk: req.Disk},
		Placement: compute.Placement{Providers: req.Providers, Excluded: req.Excluded, FlopsCore: req.FlopsCore, FlopsAll: req.FlopsAll},
	}
	for _, key := range slices.Sorted(maps.Keys(req.Require)) {
		spec.Placement.Attributes = append(spec.Placement.Attributes, compute.Attribute{Key: key, Value: req.Require[key]})
	}
	if err := spec.Validate(); err != nil {
		return operator.ComputeOrder{}, err
	}
	most := price.Mul(math.NewIntFromUint64(req.Steps)).Add(fee.Mul(math.NewIntFromUint64(training.Segments())))
	return m.place(ctx, spec, most.Add(uses), req.Deposit, nil)
}

// stepPrice is what a person gives for a step at most, or what the cheapest machine asks.
func (m *Machine) stepPrice(ctx context.Context, asked string) (math.Int, error) {
	if asked != "" {
		return home.Credits(asked)
	}
	hosts, err := m.ledger.Hosts(ctx)
	if err != nil {
		return math.Int{}, err
	}
	var least math.Int
	for _, h := range hosts {
		for _, f := range h.Inventory.Floors {
			if f.Unit == compute.UnitStep && h.Provider != m.address && (least.IsNil() || f.Price.LT(least)) {
				least = f.Price
			}
		}
	}
	if least.IsNil() || !least.IsPositive() {
		return least, advice(errors.New("no machine of this network names a price for training steps"), "say with --price what a step may cost; `ayni compute hosts` lists the machines")
	}
	return least, nil
}

// place sends an order. Its deployment is kept before: none that stands on the ledger lacks it.
func (m *Machine) place(ctx context.Context, spec compute.Spec, deposit math.Int, asked string, blob []byte) (operator.ComputeOrder, error) {
	if asked != "" {
		var err error
		if deposit, err = home.Credits(asked); err != nil {
			return operator.ComputeOrder{}, err
		}
	}
	if err := m.affords(ctx, spec, deposit); err != nil {
		return operator.ComputeOrder{}, err
	}
	m.ordering.Lock()
	defer m.ordering.Unlock()
	m.ledger.caughtUp(ctx)
	last, err := m.ledger.LastOrder(ctx, m.address)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	account, err := (ethkey.AddressCodec{}).StringToBytes(m.address)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	number := last + 1
	id := compute.OrderID(account, number)
	if blob != nil {
		if err := m.tenant.Place(id, number, blob); err != nil {
			return operator.ComputeOrder{}, err
		}
	}
	if _, err := m.ledger.send(ctx, &compute.MsgPlaceOrder{Tenant: m.address, Number: number, Spec: spec, Deposit: deposit}); err != nil {
		if blob != nil && errors.Is(err, client.ErrRejected) {
			err = errors.Join(err, m.tenant.Forget(id))
		}
		return operator.ComputeOrder{}, err
	}
	return m.orderDetail(ctx, id)
}

// affords tells in advance what the ledger would refuse for want of money, and what to do.
func (m *Machine) affords(ctx context.Context, spec compute.Spec, deposit math.Int) error {
	params, err := m.ledger.ComputeParams(ctx)
	if err != nil {
		return err
	}
	least := compute.Order{Spec: spec}.Least(params)
	if deposit.LT(least) {
		return advice(fmt.Errorf("a deposit of %s credits is too small for this order", home.FormatCredits(deposit)),
			"it needs at least --deposit "+home.FormatCredits(least)+"; what is not used comes back")
	}
	balance, err := m.ledger.Balance(ctx, m.address)
	if err != nil {
		return err
	}
	if balance.LT(deposit) {
		return advice(fmt.Errorf("the deposit is %s credits and this account has %s", home.FormatCredits(deposit), home.FormatCredits(balance)),
			"give less with --deposit (at least "+home.FormatCredits(least)+"), and add to it later with `ayni compute fund`")
	}
	return nil
}

// FundOrder implements operator.Computing.
func (m *Machine) FundOrder(ctx context.Context, req operator.FundRequest) (operator.ComputeOrder, error) {
	amount, err := home.Credits(req.Amount)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	o, err := m.findOrder(ctx, req.Order)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	if _, err := m.ledger.send(ctx, &compute.MsgDeposit{Sender: m.address, Order: o.ID, Amount: amount}); err != nil {
		return operator.ComputeOrder{}, err
	}
	return m.orderDetail(ctx, o.ID)
}

// CloseOrder implements operator.Computing.
func (m *Machine) CloseOrder(ctx context.Context, text string) (operator.ComputeOrder, error) {
	o, err := m.findOrder(ctx, text)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	if _, err := m.ledger.send(ctx, &compute.MsgCloseOrder{Tenant: m.address, Order: o.ID}); err != nil {
		return operator.ComputeOrder{}, err
	}
	return m.orderDetail(ctx, o.ID)
}

// CloseLease implements operator.Computing.
func (m *Machine) CloseLease(ctx context.Context, text string) (operator.ComputeOrder, error) {
	l, err := m.findLease(ctx, text)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	if _, err := m.ledger.send(ctx, &compute.MsgCloseLease{Sender: m.address, Lease: l.ID}); err != nil {
		return operator.ComputeOrder{}, err
	}
	return m.orderDetail(ctx, l.Order)
}

// ReviewTasks implements operator.Computing.
func (m *Machine) ReviewTasks(ctx context.Context, req operator.ReviewRequest) (operator.ComputeOrder, error) {
	o, err := m.findOrder(ctx, req.Order)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	tasks, err := m.ledger.Tasks(ctx, o.ID)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	params, err := m.ledger.ComputeParams(ctx)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	var results []compute.Result
	for _, t := range tasks {
		if t.State == compute.TaskDelivered && (len(req.Tasks) == 0 || slices.Contains(req.Tasks, t.Index)) {
			results = append(results, compute.Result{Index: t.Index, Digest: t.Digest})
		}
	}
	if len(results) == 0 || len(req.Tasks) > 0 && len(results) < len(req.Tasks) {
		return operator.ComputeOrder{}, advice(fmt.Errorf("%d results of order %x wait for a judgement", len(results), o.ID), "`ayni compute order` lists the tasks with their state")
	}
	for part := range slices.Chunk(results, int(params.BatchMax)) {
		if req.Reject {
			_, err = m.ledger.send(ctx, &compute.MsgReject{Tenant: m.address, Order: o.ID, Results: part})
		} else {
			_, err = m.ledger.send(ctx, &compute.MsgApprove{Tenant: m.address, Order: o.ID, Results: part})
		}
		if err != nil {
			return operator.ComputeOrder{}, err
		}
	}
	return m.orderDetail(ctx, o.ID)
}

// orderLine is an order without its leases.
func (m *Machine) orderLine(o compute.Order) operator.ComputeOrder {
	line := operator.ComputeOrder{
		ID: hex.EncodeToString(o.ID), Number: o.Number, Tenant: o.Tenant, Unit: tenant.Unit(o.Spec.Unit.String()), State: enumWord(o.State.String(), "ORDER_"),
		Reason: tenant.Sentence(o.Reason), Standing: o.Spec.Standing, PriceMax: home.FormatCredits(o.Spec.PriceMax), Of: o.Spec.Units(),
		Deposited: home.FormatCredits(o.Deposited), Paid: home.FormatCredits(o.Paid), Escrow: home.FormatCredits(o.Escrow), Wants: tenant.Wants(o.Spec),
		Opened: unixTime(o.OpenedTime), Closed: unixTime(o.ClosedTime),
	}
	if o.Spec.Unit == compute.UnitTask {
		line.Units = uint64(o.TasksPaid)
	}
	if o.Spec.Unit == compute.UnitStep {
		line.Units = o.Spec.Training.Steps - o.StepsLeft()
	}
	if state, kept := m.tenant.State(o.ID); kept {
		line.Name = m.orderNames()[line.ID]
		line.Keeping = &operator.ComputeKeeping{State: state.Doing, Error: state.Error, Given: state.Given, Checkpoints: map[string]string{}}
		for replica, digest := range state.Checkpoints {
			line.Keeping.Checkpoints[replica] = string(digest)
		}
	}
	return line
}

// addLease adds what an order's present lease has paid and holds.
func addLease(line *operator.ComputeOrder, o compute.Order, l compute.Lease) {
	line.Price = home.FormatCredits(l.Price)
	line.Paid, line.Escrow = home.FormatCredits(o.Paid.Add(l.Paid)), home.FormatCredits(o.Escrow.Add(l.Escrow))
	if l.Unit == compute.UnitSecond {
		line.Units += l.Units
		if left := l.Escrow.Quo(l.Price); left.IsUint64() && left.Uint64() < 1<<32 {
			line.Lasts = time.Duration(left.Int64()) * time.Second
		}
	}
}

func leaseLine(l compute.Lease, names map[string]string) operator.ComputeLease {
	return operator.ComputeLease{
		ID: hex.EncodeToString(l.ID), Order: hex.EncodeToString(l.Order), Provider: l.Provider, Name: names[l.Provider],
		State: enumWord(l.State.String(), "LEASE_"), Reason: tenant.Sentence(l.Reason), Unit: tenant.Unit(l.Unit.String()), Price: home.FormatCredits(l.Price),
		Units: l.Units, Paid: home.FormatCredits(l.Paid), Escrow: home.FormatCredits(l.Escrow), Matched: unixTime(l.MatchedTime), Started: unixTime(l.StartedTime),
		Settled: unixTime(l.SettledTime), Reclaim: unixTime(l.ReclaimTime), Closed: unixTime(l.ClosedTime),
	}
}

func reasonWord(r compute.Reason) string { return enumWord(r.String(), "REASON_") }

// enumWord is the ledger's word for something as people write it.
func enumWord(name, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", " "))
}

// unixTime is a time of the ledger; zero stays none.
func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
