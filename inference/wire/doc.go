// Package wire is what payer and provider say to each other on a stream of protocol "/ayni/inference/1": the frames, their
// bounds, and the rules that both sides must apply alike (what an answer's digest covers, what a chunk is charged as).
//
//	payer     open                  the request, who pays, and where the lane stands
//	provider  quote | error         id of the receipt, prices, what to pay first
//	payer     voucher               covers the prompt; not sent when nothing is due first
//	provider  chunk | vector ...    the answer; due when a slice is almost used up
//	payer     voucher ...           one for each due
//	provider  end                   result and signed receipt
//	payer     voucher               pays the rest; its head includes the receipt
//	provider  done
//
// An open that only heals is answered by resumed: the provider settles what a broken connection left open and tells the payer
// where the lane stands. Either side may send error and end the stream. Provider's side: inference/serve; payer's side: inference/remote.
package wire
