package client

import (
	"errors"
	"fmt"
	"strings"

	errorsmod "cosmossdk.io/errors"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// The kinds of failure.
var (
	// ErrNoBalance is an account that cannot pay the fee or the amount.
	ErrNoBalance = errors.New("not enough credits; ask an issuer of this network to top the account up")
	// ErrUnreachable is a ledger that does not answer. What was asked may be asked again.
	ErrUnreachable = errors.New("ledger out of reach; check that its node runs")
	// ErrRejected is a transaction or query that the ledger refused; RejectedError says why.
	ErrRejected = errors.New("refused by the ledger")
	// ErrNotFound is an entry that the ledger does not hold.
	ErrNotFound = errors.New("not on the ledger")
	// ErrUnconfirmed is a transaction that was accepted and is in no block yet; it may still come. Look before sending again.
	ErrUnconfirmed = errors.New("sent, but not seen in a block in time")
	// ErrBusy is a node whose queue of transactions is full.
	ErrBusy = errors.New("the ledger's queue is full; try again in a moment")
	// ErrPrice is a price of gas above what the caller is willing to pay.
	ErrPrice = errors.New("blocks are full and their price is above the limit; wait, or raise the limit")
	// ErrNoSigner is a client that was made for reading alone.
	ErrNoSigner = errors.New("this client has no key to sign with")
)

// RejectedError is what the ledger answered. errors.Is finds in it ErrRejected and the module's own registered error.
type RejectedError struct {
	Codespace string
	Code      uint32
	Log       string
	Foreseen  bool // the ledger was asked how it would go: nothing was sent, and nothing paid
}

// Error shows the log, which holds the reason.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("%s (%s %d): %s", ErrRejected, e.Codespace, e.Code, e.Log)
}

// Unwrap leads to the sentinels.
func (e *RejectedError) Unwrap() []error {
	list := []error{ErrRejected, errorsmod.ABCIError(e.Codespace, e.Code, e.Log)}
	switch {
	case e.is(sdkerrors.ErrInsufficientFunds):
		list = append(list, ErrNoBalance)
	case e.is(sdkerrors.ErrKeyNotFound), e.is(sdkerrors.ErrNotFound), e.is(sdkerrors.ErrUnknownAddress):
		list = append(list, ErrNotFound)
	case e.is(sdkerrors.ErrUnknownRequest) && strings.Contains(e.Log, "not found"): // a query's errors keep no code of their own
		list = append(list, ErrNotFound)
	case e.is(sdkerrors.ErrMempoolIsFull):
		list = append(list, ErrBusy)
	}
	return list
}

func (e *RejectedError) is(registered *errorsmod.Error) bool {
	return e.Codespace == registered.Codespace() && e.Code == registered.ABCICode()
}

// foreseen is what a simulation was answered, without the words around it that are the same in all of them.
func foreseen(err error) error {
	r, ok := errors.AsType[*RejectedError](err)
	if !ok {
		return err
	}
	told := *r
	told.Foreseen = true
	told.Log = strings.TrimPrefix(told.Log, "failed to simulate tx: ")
	told.Log = strings.TrimPrefix(told.Log, "failed to execute message; message index: 0: ") // mostly the only one
	return &told
}

// rejected is nil for code zero.
func rejected(codespace string, code uint32, log string) error {
	if code == 0 {
		return nil
	}
	return &RejectedError{Codespace: codespace, Code: code, Log: log}
}

// unreachable says what was tried.
func unreachable(what string, err error) error {
	return fmt.Errorf("%s: %w: %w", what, ErrUnreachable, err)
}
