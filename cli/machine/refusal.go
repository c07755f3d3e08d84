package machine

import (
	"errors"
	"slices"
	"strings"

	"ayni.example/client"
	"ayni.example/x/artifact"
	"ayni.example/x/council"
	"ayni.example/x/credit"
	"ayni.example/x/fee"
	"ayni.example/x/provider"
)

// refusal adds to the ledger's answer to a transaction what the person can do about it.
func refusal(err error) error {
	if errors.Is(err, client.ErrUnconfirmed) {
		return advice(err, "it may still come, so look at `ayni history` before you try again; blocks need validators with more than two thirds of the power")
	}
	refused, ok := errors.AsType[*client.RejectedError](err)
	if !ok {
		return err
	}
	var hints []string
	among := func(list ...error) bool {
		return slices.ContainsFunc(list, func(e error) bool { return errors.Is(err, e) })
	}
	switch {
	case among(client.ErrNoBalance):
		hints = append(hints, "`ayni wallet show` tells what is left; an issuer of this network tops the account up with `ayni network issue`")
	case among(credit.ErrQuota):
		hints = append(hints, "wait until the period is over, or ask the council for a larger quota with `ayni network propose issuer`")
	case among(artifact.ErrUnauthorised, council.ErrUnauthorised, credit.ErrUnauthorised, fee.ErrUnauthorised, provider.ErrUnauthorised):
		hints = append(hints, "this is another account's to do: `ayni network show` tells this machine's, `ayni network seats` those of the council")
	case among(client.ErrNotFound, artifact.ErrNotFound, council.ErrNotFound, credit.ErrNotFound, provider.ErrNotFound):
		hints = append(hints, "is it of this network, and written as the lists show it?")
	}
	if refused.Foreseen {
		hints = append(hints, "nothing was sent, and nothing was paid")
	}
	if len(hints) == 0 {
		return err
	}
	return advice(err, strings.Join(hints, "; "))
}
