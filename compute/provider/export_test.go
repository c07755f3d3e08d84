package provider

import (
	"context"

	"ayni.example/x/compute"
)

// Trade is one look at the market.
func (p *Provider) Trade(ctx context.Context) error { return p.trade(ctx) }

// Tend is one look at the leases.
func (p *Provider) Tend(ctx context.Context) error { return p.leases.tend(ctx) }

// NvidiaCards and AMDCards read what the tools say.
func NvidiaCards(out string) []compute.GPU { return together(nvidiaCards([]byte(out))) }

// AMDCards reads rocm-smi's JSON.
func AMDCards(out string) []compute.GPU { return together(amdCards([]byte(out))) }

// ClassOf is the class of a block device.
func ClassOf(name, rotational string) string { return classOf(name, rotational) }
