// Package yuma is the Yuma epoch: validators weigh members, their stake-weighted median clips what each of them said, and what
// is left decides the incentive of those weighed and, through bonds that grow with time, the dividends of those who weighed.
//
//	Epoch (stake, weights, bonds) + Params -> Engine.Run -> Result (consensus, incentive, dividends, bonds, emission)
//
// It agrees to the last bit with the sparse path of opentensor/subtensor's `epoch_mechanism` at commit 14bc6f9f, in the classic
// form, Yuma3 and liquid alpha; numbers of its tests are in testdata. It is a pure function on 32.32-bit fixed point, knows no
// ledger, and keeps nothing between epochs but what the caller carries over: the bonds and the permits.
package yuma
