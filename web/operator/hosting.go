package operator

import (
	"context"
	"net/http"
	"time"
)

// Hosting is the part of the API with which the owner lends this machine out.
type Hosting interface {
	// Hosting tells what is lent, for how much, and how it stands.
	Hosting(ctx context.Context) (HostStatus, error)
	// SetHosting changes what is lent. The first call begins to lend.
	SetHosting(ctx context.Context, settings HostSettings) (HostStatus, error)
	// ChallengeHost gives another machine work against the clock, and tells whether it is as fast as it says.
	ChallengeHost(ctx context.Context, req HostChallenge) (HostVerdict, error)
}

// HostChallenge names the machine by its account.
type HostChallenge struct {
	Provider string `json:"provider"`
}

// HostVerdict is what a challenge has shown. Speeds are operations a second.
type HostVerdict struct {
	Provider string        `json:"provider"`
	Claimed  uint64        `json:"claimed"`
	Measured uint64        `json:"measured"`
	Took     time.Duration `json:"took"`
	Exact    bool          `json:"exact"`   // what was computed again has the same bits
	Checked  int           `json:"checked"` // pieces that were computed again
	False    bool          `json:"false"`   // wrong, or less than half as fast
}

// HostSettings are what the owner lends. Sizes are bytes, prices and the collateral are credits; "" and 0 are the defaults.
type HostSettings struct {
	MilliCPU   uint64            `json:"milli_cpu,omitempty"`
	Memory     uint64            `json:"memory,omitempty"`
	Disk       uint64            `json:"disk,omitempty"`
	Volumes    uint64            `json:"volumes,omitempty"`
	Class      string            `json:"class,omitempty"` // of the volumes: hdd, ssd or nvme
	Region     string            `json:"region,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Collateral string            `json:"collateral,omitempty"`
	// PriceSecond, PriceTask and PriceStep are fixed prices for one unit, whatever it takes.
	PriceSecond string `json:"price_second,omitempty"`
	PriceTask   string `json:"price_task,omitempty"`
	PriceStep   string `json:"price_step,omitempty"`
	// PriceCore, PriceMemory, PriceDisk and PriceCard are for an hour of a core, a GiB, a GiB of disk or volume, and a card.
	PriceCore   string `json:"price_core,omitempty"`
	PriceMemory string `json:"price_memory,omitempty"`
	PriceDisk   string `json:"price_disk,omitempty"`
	PriceCard   string `json:"price_card,omitempty"`
	// Script is a program that is asked for each price instead.
	Script string `json:"script,omitempty"`
	// Notice is the longest notice that a tenant may ask for; 0 is any.
	Notice time.Duration `json:"notice,omitempty"`
	// Dir is where leases lie; other users must be able to pass through its parents.
	Dir    string `json:"dir,omitempty"`
	Paused bool   `json:"paused,omitempty"` // nothing new is taken; what runs goes on
}

// HostStatus is how lending stands.
type HostStatus struct {
	Settings   *HostSettings `json:"settings,omitempty"` // none: this machine lends nothing
	State      string        `json:"state"`              // in a sentence
	Containers string        `json:"containers"`         // "" when they can run here, else why not
	FlopsCore  uint64        `json:"flops_core"`         // operations a second, as benchmarked
	FlopsAll   uint64        `json:"flops_all"`
	Leases     []HostLease   `json:"leases"`
}

// HostLease is a lease that this machine works on.
type HostLease struct {
	ID     string    `json:"id"`
	Tenant string    `json:"tenant"`
	Unit   string    `json:"unit"`  // second, task or step
	State  string    `json:"state"` // on the ledger
	Phase  string    `json:"phase"` // on this machine
	Detail string    `json:"detail,omitempty"`
	Price  string    `json:"price"` // credits for a unit
	Paid   string    `json:"paid"`  // credits so far
	Since  time.Time `json:"since"` // its start, or its match
}

func hostingRoutes(mux *http.ServeMux, o Operator) {
	route(mux, "GET compute/host", func(r *http.Request) (any, error) { return o.Hosting(r.Context()) })
	route(mux, "POST compute/host", with(o.SetHosting))
	route(mux, "POST compute/challenges", with(o.ChallengeHost))
}

// Hosting implements Operator.
func (c *Client) Hosting(ctx context.Context) (HostStatus, error) {
	return ask[HostStatus](ctx, c, http.MethodGet, "compute/host", nil)
}

// SetHosting implements Operator.
func (c *Client) SetHosting(ctx context.Context, settings HostSettings) (HostStatus, error) {
	return ask[HostStatus](ctx, c, http.MethodPost, "compute/host", settings)
}

// ChallengeHost implements Operator.
func (c *Client) ChallengeHost(ctx context.Context, req HostChallenge) (HostVerdict, error) {
	return ask[HostVerdict](ctx, c, http.MethodPost, "compute/challenges", req)
}
