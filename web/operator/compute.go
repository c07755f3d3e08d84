package operator

import (
	"context"
	"time"

	"ayni.example/p2p"
)

// Computing is the part of the API with which a tenant rents machines. An order is named by its id, by a part of it that no other of
// this machine's has, or by its deployment's name; a lease by its id, or by its order, whose present or last lease it is then.
type Computing interface {
	// PlaceOrder orders what a deployment file asks for, and keeps the deployment for whoever wins.
	PlaceOrder(ctx context.Context, req OrderRequest) (ComputeOrder, error)
	// PlaceTraining orders the steps of a training job.
	PlaceTraining(ctx context.Context, req TrainingRequest) (ComputeOrder, error)
	// ComputeOrders lists this machine's orders, the newest first; open: all that wait for a machine, of everybody.
	ComputeOrders(ctx context.Context, open bool) ([]ComputeOrder, error)
	ComputeOrder(ctx context.Context, order string) (ComputeOrder, error)
	// ExplainOrder says in sentences why an order has no machine, or what stands in the way of each.
	ExplainOrder(ctx context.Context, order string) (Explanation, error)
	FundOrder(ctx context.Context, req FundRequest) (ComputeOrder, error)
	CloseOrder(ctx context.Context, order string) (ComputeOrder, error)
	// CloseLease ends a lease alone: a standing order then looks for another machine.
	CloseLease(ctx context.Context, lease string) (ComputeOrder, error)
	// ReviewTasks approves results of a batch, which pays them, or asks for them once more.
	ReviewTasks(ctx context.Context, req ReviewRequest) (ComputeOrder, error)
	ComputeHosts(ctx context.Context) ([]ComputeHost, error)
	// ComputeProgress asks a lease's machine how far its training is.
	ComputeProgress(ctx context.Context, lease string) (TrainingProgress, error)
	// ComputeSession tells what a command needs to speak with a lease's machine.
	ComputeSession(ctx context.Context, lease string) (ComputeSession, error)
	// SignGrant signs what a tenant allows on its lease, and nothing else.
	SignGrant(ctx context.Context, req GrantRequest) (GrantSignature, error)
	// ComputeStream opens a stream to a lease's machine.
	ComputeStream(ctx context.Context, lease string) (p2p.Conn, error)
}

// OrderRequest is a deployment as manifest.Encode wrote it; it holds secrets.
type OrderRequest struct {
	Deployment []byte   `json:"deployment"`
	Deposit    string   `json:"deposit"`   // credits; "": a day at the highest price, or all tasks
	Window     uint32   `json:"window"`    // blocks for which bids are gathered; 0: the first that fits
	Providers  []string `json:"providers"` // the only ones, in place of the deployment's
}

// TrainingRequest is a training job that is to be leased.
type TrainingRequest struct {
	Name      string            `json:"name"`
	Pack      string            `json:"pack"` // digest of the artifact that holds the recipe and its data
	Job       []byte            `json:"job"`  // as tensor/trace encodes it
	Data      []string          `json:"data"` // digests of artifacts that the recipe names
	Steps     uint64            `json:"steps"`
	Segment   uint64            `json:"segment"`
	Price     string            `json:"price"`     // credits for a step, at most; "": what the cheapest machine asks
	Deposit   string            `json:"deposit"`   // credits; "": all steps and all audits
	AuditFee  string            `json:"audit_fee"` // credits for the audit of a segment, at most
	UseMax    string            `json:"use_max"`   // credits that assets in the data may ask in all; "": nothing
	Window    uint32            `json:"window"`
	Standing  bool              `json:"standing"`
	MilliCPU  uint64            `json:"milli_cpu"`
	Memory    uint64            `json:"memory"` // bytes
	Disk      uint64            `json:"disk"`
	FlopsCore uint64            `json:"flops_core"`
	FlopsAll  uint64            `json:"flops_all"`
	Require   map[string]string `json:"require"`
	Providers []string          `json:"providers"`
	Excluded  []string          `json:"excluded"`
}

// ComputeOrder is an order with what it has come to. Leases, bids, declines and tasks are there when one order is asked for.
type ComputeOrder struct {
	ID        string           `json:"id"`
	Name      string           `json:"name,omitempty"` // of the deployment, as this machine keeps it
	Number    uint64           `json:"number"`
	Tenant    string           `json:"tenant"`
	Unit      string           `json:"unit"`  // second, task or step
	State     string           `json:"state"` // open, leased or closed
	Reason    string           `json:"reason,omitempty"`
	Standing  bool             `json:"standing,omitempty"`
	PriceMax  string           `json:"price_max"`       // credits for a unit
	Price     string           `json:"price,omitempty"` // of the present or last lease
	Units     uint64           `json:"units"`           // that were paid
	Of        uint64           `json:"of,omitempty"`
	Deposited string           `json:"deposited"` // credits, as are the next two
	Paid      string           `json:"paid"`
	Escrow    string           `json:"escrow"`
	Lasts     time.Duration    `json:"lasts,omitempty"` // how long the escrow pays at this price
	Wants     string           `json:"wants"`           // resources in words
	Opened    time.Time        `json:"opened"`
	Closed    time.Time        `json:"closed,omitzero"`
	Keeping   *ComputeKeeping  `json:"keeping,omitempty"`
	Leases    []ComputeLease   `json:"leases,omitempty"`
	Bids      []ComputeBid     `json:"bids,omitempty"`
	Declines  []ComputeDecline `json:"declines,omitempty"`
	Tasks     []ComputeTask    `json:"tasks,omitempty"`
	Training  *ComputeTraining `json:"training,omitempty"`
}

// ComputeTraining is how far a training stands on the ledger.
type ComputeTraining struct {
	Steps     uint64           `json:"steps"`
	Segment   uint64           `json:"segment"` // steps of one
	Segments  uint64           `json:"segments"`
	Stand     uint64           `json:"stand"`           // segments that are accepted and paid
	Committed uint64           `json:"committed"`       // those, and what waits for its audit window
	Root      string           `json:"root,omitempty"`  // after the last that stands
	State     string           `json:"state,omitempty"` // artifact with the state after it
	Waiting   []ComputeSegment `json:"waiting,omitempty"`
}

// ComputeSegment is one that was committed and is not paid yet.
type ComputeSegment struct {
	Index     uint64    `json:"index"`
	Lease     uint32    `json:"lease"` // number
	Root      string    `json:"root"`
	State     string    `json:"state"`
	Committed time.Time `json:"committed"`
	Accepted  bool      `json:"accepted"`
}

// TrainingProgress is what a lease's machine says of its training; nobody has checked it.
type TrainingProgress struct {
	Phase  string  `json:"phase"`
	Detail string  `json:"detail,omitempty"`
	Step   int     `json:"step"`
	Steps  int     `json:"steps"`
	Loss   float64 `json:"loss,omitempty"`
	Speed  float64 `json:"speed,omitempty"` // tokens a second
	Held   float64 `json:"held,omitempty"`  // bits a byte of held-out text
}

// ComputeKeeping is what this machine does for an order of its own.
type ComputeKeeping struct {
	State       string            `json:"state"`           // in a few words
	Error       string            `json:"error,omitempty"` // of the last try
	Given       string            `json:"given,omitempty"` // lease that has the deployment
	Checkpoints map[string]string `json:"checkpoints,omitempty"`
}

// ComputeLease is a lease.
type ComputeLease struct {
	ID       string    `json:"id"`
	Order    string    `json:"order"`
	Provider string    `json:"provider"`
	Name     string    `json:"name,omitempty"` // of the provider
	State    string    `json:"state"`
	Reason   string    `json:"reason,omitempty"`
	Unit     string    `json:"unit"`
	Price    string    `json:"price"` // credits for a unit
	Units    uint64    `json:"units"` // that were paid
	Paid     string    `json:"paid"`
	Escrow   string    `json:"escrow"`
	Matched  time.Time `json:"matched"`
	Started  time.Time `json:"started,omitzero"`
	Settled  time.Time `json:"settled,omitzero"`
	Reclaim  time.Time `json:"reclaim,omitzero"` // from when on the provider may close
	Closed   time.Time `json:"closed,omitzero"`
}

// ComputeBid is a provider's price for an order.
type ComputeBid struct {
	Provider string `json:"provider"`
	Price    string `json:"price"`
}

// ComputeDecline is a provider's word that it does not bid.
type ComputeDecline struct {
	Provider string `json:"provider"`
	Reason   string `json:"reason"`
	Sentence string `json:"sentence"`
}

// ComputeTask is one of a batch of which a result was delivered.
type ComputeTask struct {
	Index      uint32    `json:"index"`
	State      string    `json:"state"`
	Digest     string    `json:"digest"` // of the artifact with the result
	Rejections uint32    `json:"rejections"`
	Delivered  time.Time `json:"delivered"`
}

// Explanation says why an order has no machine.
type Explanation struct {
	Order   string            `json:"order"`
	State   string            `json:"state"`
	Summary string            `json:"summary"`
	Hint    string            `json:"hint,omitempty"`
	Hosts   []HostExplanation `json:"hosts"`
}

// HostExplanation is what keeps one machine from an order, in sentences; none: it fits.
type HostExplanation struct {
	Provider string   `json:"provider"`
	Name     string   `json:"name,omitempty"`
	Bid      string   `json:"bid,omitempty"` // credits for a unit
	Why      []string `json:"why"`
}

// FundRequest adds to an order's escrow.
type FundRequest struct {
	Order  string `json:"order"`
	Amount string `json:"amount"` // credits
}

// ReviewRequest judges results; no tasks: all that wait.
type ReviewRequest struct {
	Order  string   `json:"order"`
	Tasks  []uint32 `json:"tasks"`
	Reject bool     `json:"reject"`
}

// ComputeHost is a machine that is for rent.
type ComputeHost struct {
	Provider   string            `json:"provider"`
	Name       string            `json:"name,omitempty"`
	Self       bool              `json:"self,omitempty"`
	Offers     string            `json:"offers"` // in words
	Free       string            `json:"free"`
	FlopsCore  uint64            `json:"flops_core"`
	FlopsAll   uint64            `json:"flops_all"`
	Units      []string          `json:"units"`
	Floors     map[string]string `json:"floors,omitempty"` // unit -> credits
	Attributes map[string]string `json:"attributes,omitempty"`
	Collateral string            `json:"collateral"`
	Leases     uint32            `json:"leases"`
	Served     uint32            `json:"served"`
	Failed     uint32            `json:"failed"`
	Refuted    uint32            `json:"refuted"`
}

// ComputeSession is what a command needs to speak with a lease's machine.
type ComputeSession struct {
	ChainID  string `json:"chain_id"`
	Lease    string `json:"lease"`
	State    string `json:"state"`
	Provider string `json:"provider"` // peer id
	Self     string `json:"self"`     // peer id of this machine
}

// GrantRequest is a message of package compute/session.
type GrantRequest struct {
	Message []byte `json:"message"`
}

// GrantSignature is this machine's account's.
type GrantSignature struct {
	Key       []byte `json:"key"`
	Signature []byte `json:"signature"`
}
