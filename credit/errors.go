package credit

import (
	"errors"
	"fmt"
	"syscall"
)

// Reasons for which a payment is refused; text with figures is wrapped around them.
var (
	ErrChannel   = errors.New("channel cannot be used")                    // unknown, closing, closed, another key or payee
	ErrDeposit   = errors.New("deposit does not cover this")               // the payer must top up
	ErrBudget    = errors.New("payment exceeds what the policy allows")    // the payer's own bound
	ErrLaneBusy  = errors.New("lane already serves a job")                 // single flight
	ErrLaneLost  = errors.New("lane cannot be continued")                  // one side lost state: use another lane
	ErrNoJob     = errors.New("no job is open on this lane")               // Begin first
	ErrJobOpen   = errors.New("a job is open on this lane")                // Resume or Adopt first
	ErrModel     = errors.New("lane's unclaimed money is another model's") // claim it, or take another lane
	ErrStale     = errors.New("voucher is not newer than the last")        // nonce or cumulative amount fell
	ErrVoucher   = errors.New("voucher is not for this lane and job")      // chain, channel, lane, quote or head
	ErrOverpaid  = errors.New("more was paid than the job costs")          // ask for no more in advance than is certain
	ErrReceipt   = errors.New("receipt does not match the agreed terms")   // signed, but not what was asked for
	ErrNotFound  = errors.New("not found")                                 // in the store
	ErrDiskFull  = fmt.Errorf("disk is full: %w", syscall.ENOSPC)          // nothing was stored; free space and try again
	ErrVersion   = errors.New("store was written by another version")      // newer schema
	ErrStoreOpen = errors.New("store cannot be opened")                    // permissions, damaged, locked
)
