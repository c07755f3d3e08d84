package machine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ayni.example/artifact"
	"ayni.example/client"
	"ayni.example/compute/lease"
	"ayni.example/compute/session"
	"ayni.example/compute/tenant"
	"ayni.example/compute/training"
	"ayni.example/internal/home"
	"ayni.example/p2p"
	"ayni.example/web/operator"
	"ayni.example/x/compute"
)

// ComputeOrders implements operator.Computing.
func (m *Machine) ComputeOrders(ctx context.Context, open bool) ([]operator.ComputeOrder, error) {
	whose := m.address
	if open {
		whose = ""
	}
	list, err := m.ledger.Orders(ctx, whose)
	out := make([]operator.ComputeOrder, 0, len(list))
	for _, o := range slices.Backward(list) {
		line := m.orderLine(o)
		if o.State == compute.OrderLeased {
			l, err := m.ledger.Lease(ctx, o.Lease())
			if err != nil {
				return nil, err
			}
			addLease(&line, o, l)
		}
		out = append(out, line)
	}
	return out, err
}

// ComputeOrder implements operator.Computing.
func (m *Machine) ComputeOrder(ctx context.Context, text string) (operator.ComputeOrder, error) {
	o, err := m.findOrder(ctx, text)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	return m.orderDetail(ctx, o.ID)
}

// orderDetail is an order with all that belongs to it, as it stands now.
func (m *Machine) orderDetail(ctx context.Context, id []byte) (operator.ComputeOrder, error) {
	o, book, err := m.ledger.Order(ctx, id)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	leases, err := m.ledger.OrderLeases(ctx, id)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	names, err := m.providerNames(ctx)
	if err != nil {
		return operator.ComputeOrder{}, err
	}
	line := m.orderLine(o)
	for _, l := range leases {
		if l.State != compute.LeaseClosed {
			addLease(&line, o, l)
		} else if l.Unit == compute.UnitSecond {
			line.Units += l.Units
		}
		line.Leases = append(line.Leases, leaseLine(l, names))
	}
	for _, b := range book.Bids {
		line.Bids = append(line.Bids, operator.ComputeBid{Provider: b.Provider, Price: home.FormatCredits(b.Price)})
	}
	for _, d := range book.Declines {
		line.Declines = append(line.Declines, operator.ComputeDecline{Provider: d.Provider, Reason: reasonWord(d.Reason), Sentence: tenant.Sentence(d.Reason)})
	}
	if line.Price == "" && len(leases) > 0 {
		line.Price = home.FormatCredits(leases[len(leases)-1].Price)
	}
	if o.Spec.Unit == compute.UnitStep {
		if line.Training, err = m.trainingLine(ctx, o); err != nil {
			return line, err
		}
	}
	if o.Spec.Unit == compute.UnitTask {
		tasks, err := m.ledger.Tasks(ctx, id)
		if err != nil {
			return line, err
		}
		for _, t := range tasks {
			line.Tasks = append(line.Tasks, operator.ComputeTask{
				Index: t.Index, State: enumWord(t.State.String(), "TASK_"), Digest: artifact.Prefix + hex.EncodeToString(t.Digest), Rejections: t.Rejections,
				Delivered: unixTime(t.DeliveredTime),
			})
		}
	}
	return line, nil
}

// trainingLine is how far a training stands on the ledger.
func (m *Machine) trainingLine(ctx context.Context, o compute.Order) (*operator.ComputeTraining, error) {
	t := &operator.ComputeTraining{
		Steps: o.Spec.Training.Steps, Segment: o.Spec.Training.Segment, Segments: o.Spec.Training.Segments(),
		Stand: o.Progress.Segments, Committed: o.Progress.Segments, Root: hex.EncodeToString(o.Progress.Root),
	}
	if len(o.Progress.State) > 0 {
		t.State = artifact.Prefix + hex.EncodeToString(o.Progress.State)
	}
	list, err := m.ledger.Segments(ctx, o.ID)
	for _, s := range list {
		t.Committed = max(t.Committed, s.Index+1)
		t.Waiting = append(t.Waiting, operator.ComputeSegment{
			Index: s.Index, Lease: s.Lease, Root: hex.EncodeToString(s.Root), State: artifact.Prefix + hex.EncodeToString(s.State),
			Committed: unixTime(s.Time), Accepted: s.Accepted,
		})
	}
	return t, err
}

// ComputeProgress implements operator.Computing.
func (m *Machine) ComputeProgress(ctx context.Context, text string) (operator.TrainingProgress, error) {
	l, err := m.findLease(ctx, text)
	if err != nil {
		return operator.TrainingProgress{}, err
	}
	p, err := m.ledger.Provider(ctx, l.Provider)
	if err != nil {
		return operator.TrainingProgress{}, err
	}
	stream, err := m.host.Open(ctx, p.PeerId, p.Endpoints, training.Protocol)
	if err != nil {
		return operator.TrainingProgress{}, err
	}
	got, known, err := training.Ask(ctx, stream, lease.ID(l.ID))
	if err = errors.Join(err, stream.Close()); err != nil {
		return operator.TrainingProgress{}, err
	}
	if !known {
		return operator.TrainingProgress{}, advice(fmt.Errorf("the machine of lease %x does not work on it", l.ID), "`ayni compute order` tells what stands on the ledger")
	}
	return operator.TrainingProgress{
		Phase: string(got.Phase), Detail: got.Detail, Step: got.Step, Steps: got.Steps, Loss: got.Loss, Speed: got.Speed, Held: got.Held,
	}, nil
}

// providerNames are the names that providers give themselves.
func (m *Machine) providerNames(ctx context.Context) (map[string]string, error) {
	list, err := m.ledger.Providers(ctx)
	names := make(map[string]string, len(list))
	for _, p := range list {
		names[p.Address] = p.Name
	}
	return names, err
}

// ExplainOrder implements operator.Computing.
func (m *Machine) ExplainOrder(ctx context.Context, text string) (operator.Explanation, error) {
	o, err := m.findOrder(ctx, text)
	if err != nil {
		return operator.Explanation{}, err
	}
	_, book, err := m.ledger.Order(ctx, o.ID)
	if err != nil {
		return operator.Explanation{}, err
	}
	params, err := m.ledger.ComputeParams(ctx)
	if err != nil {
		return operator.Explanation{}, err
	}
	hosts, err := m.hosts(ctx)
	if err != nil {
		return operator.Explanation{}, err
	}
	answers := tenant.Answers(o, book, hosts, params)
	e := operator.Explanation{Order: hex.EncodeToString(o.ID), State: enumWord(o.State.String(), "ORDER_"), Hosts: []operator.HostExplanation{}}
	e.Summary, e.Hint = tenant.Summary(o, answers)
	if o.State != compute.OrderOpen {
		return e, nil
	}
	for _, a := range answers {
		h := operator.HostExplanation{Provider: a.Host.Provider, Name: a.Host.Name, Why: a.Why}
		if a.Bid != nil {
			h.Bid = home.FormatCredits(a.Bid.Price)
		}
		e.Hosts = append(e.Hosts, h)
	}
	return e, nil
}

// hosts are the machines for rent with their standing as providers.
func (m *Machine) hosts(ctx context.Context) ([]tenant.Host, error) {
	list, err := m.ledger.Hosts(ctx)
	if err != nil {
		return nil, err
	}
	providers, err := m.ledger.Providers(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]tenant.Host, 0, len(list))
	for _, h := range list {
		line := tenant.Host{Host: h}
		for _, p := range providers {
			if p.Address == h.Provider {
				line.Name, line.Status = p.Name, p.Status
			}
		}
		out = append(out, line)
	}
	return out, nil
}

// ComputeHosts implements operator.Computing.
func (m *Machine) ComputeHosts(ctx context.Context) ([]operator.ComputeHost, error) {
	list, err := m.hosts(ctx)
	out := make([]operator.ComputeHost, 0, len(list))
	for _, h := range list {
		line := operator.ComputeHost{
			Provider: h.Provider, Name: h.Name, Self: h.Provider == m.address,
			Offers: tenant.Has(h.Inventory.Resources), Free: tenant.Has(h.Inventory.Resources.Minus(h.Used)),
			FlopsCore: h.Inventory.FlopsCore, FlopsAll: h.Inventory.FlopsAll, Floors: map[string]string{}, Attributes: map[string]string{},
			Collateral: home.FormatCredits(h.Collateral), Leases: h.Leases, Served: h.Served, Failed: h.Failed, Refuted: h.Refuted,
		}
		for _, u := range h.Inventory.Units {
			line.Units = append(line.Units, tenant.Unit(u.String()))
		}
		for _, f := range h.Inventory.Floors {
			line.Floors[tenant.Unit(f.Unit.String())] = home.FormatCredits(f.Price)
		}
		for _, a := range h.Inventory.Attributes {
			line.Attributes[a.Key] = a.Value
		}
		out = append(out, line)
	}
	return out, err
}

// findOrder finds what a person names: an id, the beginning of one of this machine's, or a deployment's name.
func (m *Machine) findOrder(ctx context.Context, text string) (compute.Order, error) {
	if id, err := hex.DecodeString(text); err == nil && len(id) == compute.OrderIDSize {
		o, _, err := m.ledger.Order(ctx, id)
		if errors.Is(err, client.ErrNotFound) {
			return o, advice(err, "`ayni compute orders` lists this machine's")
		}
		return o, err
	}
	list, err := m.ledger.Orders(ctx, m.address)
	if err != nil {
		return compute.Order{}, err
	}
	names := m.orderNames()
	var found []compute.Order
	for _, o := range slices.Backward(list) { // a name means the latest
		id := hex.EncodeToString(o.ID)
		switch {
		case names[id] == text:
			return o, nil
		case len(text) >= 4 && strings.HasPrefix(id, text):
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		return compute.Order{}, advice(fmt.Errorf("%d orders of this machine are named %q", len(found), text), "`ayni compute orders` lists them")
	}
	return found[0], nil
}

func (m *Machine) orderNames() map[string]string {
	names := map[string]string{}
	for _, r := range m.tenant.Records() {
		names[r.Order] = r.Name
	}
	return names
}

// findLease finds a lease by its id, or an order's present or last one.
func (m *Machine) findLease(ctx context.Context, text string) (compute.Lease, error) {
	if id, err := lease.ParseID(text); err == nil {
		return m.ledger.Lease(ctx, id)
	}
	o, err := m.findOrder(ctx, text)
	if err != nil {
		return compute.Lease{}, err
	}
	if o.Leases == 0 {
		return compute.Lease{}, advice(fmt.Errorf("order %x has no machine yet", o.ID), "`ayni compute explain "+hex.EncodeToString(o.ID)+"` tells why")
	}
	return m.ledger.Lease(ctx, o.Lease())
}

// ComputeSession implements operator.Computing.
func (m *Machine) ComputeSession(ctx context.Context, text string) (operator.ComputeSession, error) {
	l, err := m.findLease(ctx, text)
	if err != nil {
		return operator.ComputeSession{}, err
	}
	if l.Tenant != m.address {
		return operator.ComputeSession{}, advice(fmt.Errorf("lease %x is %s's", l.ID, l.Tenant), "only its tenant reaches a lease")
	}
	if l.Unit == compute.UnitStep {
		return operator.ComputeSession{}, advice(errors.New("a lease of training has no program to speak with"), "`ayni compute order` tells how far it is")
	}
	return m.leaseSession(ctx, l)
}

func (m *Machine) leaseSession(ctx context.Context, l compute.Lease) (operator.ComputeSession, error) {
	p, err := m.ledger.Provider(ctx, l.Provider)
	if err != nil {
		return operator.ComputeSession{}, err
	}
	if p.PeerId == "" {
		return operator.ComputeSession{}, fmt.Errorf("provider %s has no address for peers", l.Provider)
	}
	return operator.ComputeSession{
		ChainID: m.ledger.ChainID(), Lease: lease.ID(l.ID), State: enumWord(l.State.String(), "LEASE_"), Provider: p.PeerId, Self: m.host.ID(),
	}, nil
}

// SignGrant implements operator.Computing.
func (m *Machine) SignGrant(_ context.Context, req operator.GrantRequest) (operator.GrantSignature, error) {
	if !session.IsGrant(req.Message) {
		return operator.GrantSignature{}, errors.New("this is no grant of a lease: nothing else is signed here")
	}
	key, signature, err := grantSigner{m}.Sign(req.Message)
	return operator.GrantSignature{Key: key, Signature: signature}, err
}

// ComputeStream implements operator.Computing.
func (m *Machine) ComputeStream(ctx context.Context, text string) (p2p.Conn, error) {
	l, err := m.findLease(ctx, text)
	if err != nil {
		return nil, err
	}
	stream, err := m.leaseStream(ctx, l)
	if err != nil {
		return nil, advice(fmt.Errorf("reach the machine of lease %x: %w", l.ID, err), "does it run? `ayni compute order` tells its last sign")
	}
	return stream.Raw(), nil
}
