package training

import (
	"ayni.example/compute/lease"
	"ayni.example/x/compute"
)

// Progress is how the training of a lease goes, for its provider and its tenant.
type Progress struct {
	Phase     lease.Phase    `json:"phase"`
	Ready     bool           `json:"ready"` // pack and state are there and are the order's
	Step      int            `json:"step"`
	Steps     int            `json:"steps"`
	Loss      float64        `json:"loss,omitempty"` // nats a token
	Speed     float64        `json:"tokens_per_second,omitempty"`
	Held      float64        `json:"held_out,omitempty"` // bits a byte
	Reached   uint64         `json:"segments_reached"`
	Committed uint64         `json:"segments_committed"` // on the ledger
	Reason    compute.Reason `json:"reason,omitempty"`   // why it failed
	Detail    string         `json:"detail,omitempty"`
}

func (r *run) set(change func(*Progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.progress)
}
