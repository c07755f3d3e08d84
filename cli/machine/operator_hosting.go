package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ayni.example/compute/lease"
	"ayni.example/internal/home"
	"ayni.example/web/operator"
	"ayni.example/x/compute"
)

// Hosting implements operator.Operator.
func (m *Machine) Hosting(ctx context.Context) (operator.HostStatus, error) {
	h := m.hosting
	h.mu.Lock()
	status := operator.HostStatus{
		Settings: h.settings, State: "lends nothing", Containers: h.why, FlopsCore: h.score.Core, FlopsAll: h.score.All, Leases: []operator.HostLease{},
	}
	p := h.provider
	h.mu.Unlock()
	switch {
	case status.Settings == nil:
		return status, nil
	case p == nil:
		status.State = "is opening"
		return status, nil
	}
	status.State = p.State()
	leases, err := m.ledger.HostLeases(ctx, m.address)
	if err != nil {
		return status, err
	}
	for _, l := range leases {
		status.Leases = append(status.Leases, h.lease(l))
	}
	return status, nil
}

// lease is one as the ledger and the worker tell it.
func (h *hosting) lease(l compute.Lease) operator.HostLease {
	since := l.StartedTime
	if since == 0 {
		since = l.MatchedTime
	}
	out := operator.HostLease{
		ID: lease.ID(l.ID), Tenant: l.Tenant, Unit: unitName(l.Unit), State: stateName(l.State), Phase: "unknown",
		Price: home.FormatCredits(l.Price), Paid: home.FormatCredits(l.Paid), Since: time.Unix(since, 0),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	workers := []lease.Worker{h.training}
	if h.containers != nil {
		workers = append(workers, h.containers)
	}
	for _, w := range workers {
		if s, held := w.Status(out.ID); held {
			out.Phase, out.Detail = string(s.Phase), s.Detail
		}
	}
	return out
}

func unitName(u compute.Unit) string {
	return map[compute.Unit]string{compute.UnitSecond: "second", compute.UnitTask: "task", compute.UnitStep: "step"}[u]
}

func stateName(s compute.LeaseState) string {
	return map[compute.LeaseState]string{
		compute.LeaseMatched: "matched", compute.LeaseActive: "active", compute.LeaseReclaiming: "reclaiming", compute.LeaseClosing: "closing",
		compute.LeaseClosed: "closed",
	}[s]
}

// SetHosting implements operator.Operator.
func (m *Machine) SetHosting(ctx context.Context, s operator.HostSettings) (operator.HostStatus, error) {
	if err := checkHosting(s); err != nil {
		return operator.HostStatus{}, err
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return operator.HostStatus{}, err
	}
	h := m.hosting
	h.mu.Lock()
	if h.settings != nil && h.settings.Dir != s.Dir {
		h.mu.Unlock()
		return operator.HostStatus{}, errors.New("the folder of leases cannot be changed while this machine lends: mend hosting.json beside the database, and start again")
	}
	if err := home.WriteFile(h.file, append(text, '\n')); err != nil {
		h.mu.Unlock()
		return operator.HostStatus{}, err
	}
	first := h.settings == nil
	h.settings = &s
	h.mu.Unlock()
	if first {
		close(h.begun)
	}
	return m.Hosting(ctx)
}

// checkHosting names the first setting that cannot work.
func checkHosting(s operator.HostSettings) error {
	for name, price := range map[string]string{
		"collateral": s.Collateral, "price_second": s.PriceSecond, "price_task": s.PriceTask, "price_step": s.PriceStep,
		"price_core": s.PriceCore, "price_memory": s.PriceMemory, "price_disk": s.PriceDisk, "price_card": s.PriceCard,
	} {
		if price == "" {
			continue
		}
		if _, err := home.Credits(price); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if s.Script != "" {
		info, err := os.Stat(s.Script)
		if err != nil || !filepath.IsAbs(s.Script) || info.IsDir() || info.Mode()&0o111 == 0 {
			return fmt.Errorf("script %q: want the whole path of a program", s.Script)
		}
	}
	if !slices.Contains([]string{"", "hdd", "ssd", "nvme"}, s.Class) {
		return fmt.Errorf("class %q: want hdd, ssd or nvme", s.Class)
	}
	return nil
}
