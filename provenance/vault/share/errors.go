package share

import (
	"errors"
	"fmt"

	"ayni.example/provenance/vault"
)

// Why a machine refuses what is asked of it.
var (
	ErrLedger     = errors.New("the ledger is not known well enough to say that the grant stands")
	ErrNetwork    = errors.New("it is for another network or another machine")
	ErrReplayed   = errors.New("the request was made for another stream")
	ErrHolder     = errors.New("it was made for another peer than the one that shows it")
	ErrSignature  = errors.New("the signature is wrong")
	ErrReader     = errors.New("the grant is for another account")
	ErrCapability = errors.New("the capability is worth nothing here")
	ErrKeeper     = errors.New("it is not kept for this account")
	ErrPledged    = errors.New("it is pledged on the ledger")
	ErrProtocol   = errors.New("the peer broke the protocol")
	ErrInternal   = errors.New("the machine could not do it")
)

// words are what errors are called between machines: a closed list.
func words() []struct {
	word string
	err  error
} {
	return []struct {
		word string
		err  error
	}{
		{"grant", vault.ErrNoGrant},
		{"scope", vault.ErrScope},
		{"purpose", vault.ErrPurpose},
		{"expired", vault.ErrExpired},
		{"revoked", vault.ErrRevoked},
		{"erased", vault.ErrErased},
		{"changed", vault.ErrChanged},
		{"wrap", vault.ErrWrap},
		{"capability", ErrCapability}, // before what it wraps
		{"ledger", ErrLedger},
		{"network", ErrNetwork},
		{"replayed", ErrReplayed},
		{"holder", ErrHolder},
		{"signature", ErrSignature},
		{"reader", ErrReader},
		{"keeper", ErrKeeper},
		{"pledged", ErrPledged},
		{"protocol", ErrProtocol},
	}
}

// wordOf names an error; what is not in the list stays here.
func wordOf(err error) string {
	for _, w := range words() {
		if errors.Is(err, w.err) {
			return w.word
		}
	}
	return "internal"
}

// errorOf is the error that a word names.
func errorOf(word string) error {
	for _, w := range words() {
		if w.word == word {
			return w.err
		}
	}
	return fmt.Errorf("%w: it says %.20q", ErrInternal, word)
}
