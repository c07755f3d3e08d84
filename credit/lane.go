package credit

import (
	"fmt"

	"cosmossdk.io/math"

	"ayni.example/receipt"
)

// side tells whose view a row of the store is.
type side int

const (
	payerSide side = iota + 1
	payeeSide
	localSide // the machine answered itself: no channel, no vouchers
)

// laneState tells what a lane may still be used for.
type laneState int

const (
	laneOpen   laneState = iota
	laneLost             // the two sides cannot agree where it stands; its voucher still counts
	laneClosed           // the channel has ended
)

// laneKey names a lane.
type laneKey struct {
	side    side
	channel receipt.Digest
	index   uint32
}

func (k laneKey) String() string { return fmt.Sprintf("%s/%d", k.channel, k.index) }

// lane is one row: a sequence of vouchers and the chain of receipts that they paid for.
type lane struct {
	laneKey
	peer         string
	signer       receipt.Key
	receipts     uint64
	base         math.Int
	tip          receipt.Digest
	voucher      *receipt.Voucher // nil before the first
	claimed      math.Int
	claimedNonce uint64
	state        laneState
	job          *openJob // nil when none is open
}

// openJob is what is known of a job from its beginning to its settlement.
type openJob struct {
	request string
	body    []byte           // Terms on the payer's side, Job on the payee's
	pending *receipt.Receipt // signed, not yet acknowledged by a final voucher
}

func newLane(key laneKey, peer string, signer receipt.Key) *lane {
	return &lane{laneKey: key, peer: peer, signer: signer, base: math.ZeroInt(), claimed: math.ZeroInt()}
}

// cumulative is what was promised so far in all.
func (l *lane) cumulative() math.Int {
	if l.voucher == nil {
		return math.ZeroInt()
	}
	return l.voucher.Cumulative
}

// nonce is the last voucher's.
func (l *lane) nonce() uint64 {
	if l.voucher == nil {
		return 0
	}
	return l.voucher.Nonce
}

// paid is what was promised beyond the receipts: for the open job.
func (l *lane) paid() math.Int { return l.cumulative().Sub(l.base) }

// newer orders vouchers as the ledger does: by amount, then by nonce.
func (l *lane) newer(v receipt.Voucher) bool {
	if v.Cumulative.Equal(l.cumulative()) {
		return v.Nonce > l.nonce()
	}
	return v.Cumulative.GT(l.cumulative())
}

// unclaimed tells whether the ledger has not seen the last voucher.
func (l *lane) unclaimed() bool {
	if l.voucher == nil {
		return false
	}
	if l.voucher.Cumulative.Equal(l.claimed) {
		return l.voucher.Nonce > l.claimedNonce
	}
	return l.voucher.Cumulative.GT(l.claimed)
}

// serves tells whether the lane may go on with vouchers that name model, when the ledger has seen so much of it: what is new of a
// claim counts as earned by the model that the voucher names, so it must all be of one model.
func (l *lane) serves(model receipt.Digest, claimed math.Int) bool {
	return l.cumulative().LTE(claimed) || l.voucher.Model == model
}

// clone lets a change be prepared, stored, and only then take effect.
func (l *lane) clone() *lane {
	c := *l
	return &c
}

// append moves base and tip over one receipt.
func (l *lane) append(r receipt.Receipt) error {
	head, err := r.Head()
	if err != nil {
		return err
	}
	if r.Prev != l.tip {
		return fmt.Errorf("receipt %s on lane %s: %w", r.ID, l.laneKey, receipt.ErrChain)
	}
	l.base, l.tip, l.receipts = l.base.Add(r.Total), head, l.receipts+1
	return nil
}
