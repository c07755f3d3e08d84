package chain_test

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/chain"
	"ayni.example/internal/testchain"
)

// Accounts of benchmarks: the seat of the first draws for the beacon.
const (
	operator = iota
	owner
	carrier
)

// proposer is an application of one seat whose proposals carry what its votes bring; a benchmark's clock runs while it works.
type proposer struct {
	*bare
	b      *testing.B
	votes  []abci.ExtendedVoteInfo // for the last block
	blocks int
}

func newProposer(b *testing.B, seat ed25519.PrivateKey) *proposer {
	b.Helper()
	p := &proposer{bare: newBareSeat(b, testGenesis(b, 3), seat), b: b}
	p.block(b)
	return p
}

// one has an account's transaction executed and returns the gas that it took.
func (p *proposer) one(account int, msgs ...sdk.Msg) int64 {
	p.b.Helper()
	return p.run(p.signed(account, 0, 3_000_000, msgs...))
}

// all has n transactions of an account executed, as fast as blocks take them.
func (p *proposer) all(account int, gas int64, n int, msgs func(int) []sdk.Msg) {
	p.b.Helper()
	p.b.StopTimer()
	txs := make([][]byte, n)
	for i := range txs {
		txs[i] = p.signed(account, uint64(i), uint64(gas)*13/10, msgs(i)...) // the client's margin
	}
	p.b.StartTimer()
	p.run(txs...)
}

// signed is an account's transaction that comes after so many others of it.
func (p *proposer) signed(account int, later, gas uint64, msgs ...sdk.Msg) []byte {
	p.b.Helper()
	key := testchain.Keys(account + 1)[account]
	order := p.order(p.b, key, msgs...)
	order.Sequence += later
	order.Gas, order.Fee = gas, p.price(p.b).MulRaw(int64(gas)).MulRaw(5) // full blocks raise it
	return sign(p.b, order, key)
}

// run checks transactions and has them proposed until all are in blocks; it returns their gas.
func (p *proposer) run(txs ...[]byte) (gas int64) {
	p.b.Helper()
	for _, tx := range txs {
		if result, err := p.CheckTx(&abci.RequestCheckTx{Tx: tx}); err != nil || result.Code != 0 {
			p.b.Fatal(err, result)
		}
	}
	for most := p.blocks + 100; len(txs) > 0; {
		if p.blocks == most {
			p.b.Fatalf("%d transactions are in no block", len(txs))
		}
		proposed, results := p.next(txs)
		for i, result := range results {
			at := slices.IndexFunc(txs, func(tx []byte) bool { return bytes.Equal(tx, proposed[i]) })
			if at < 0 {
				continue // the beacon's entry
			}
			if result.Code != 0 {
				p.b.Fatal(result.Log)
			}
			gas += result.GasUsed
			txs = slices.Delete(txs, at, at+1)
		}
	}
	return gas
}

// next is a block as an honest proposer makes it.
func (p *proposer) next(txs [][]byte) ([][]byte, []*abci.ExecTxResult) {
	p.b.Helper()
	proposal, err := p.PrepareProposal(&abci.RequestPrepareProposal{
		MaxTxBytes: chain.BlockMaxBytes, Txs: txs, Height: p.height + 1, Time: p.now.Add(time.Second),
		LocalLastCommit: abci.ExtendedCommitInfo{Votes: p.votes},
	})
	p.must(err)
	if !p.accepts(p.b, proposal.Txs...) {
		p.b.Fatal("an honest proposal is refused")
	}
	vote, err := p.ExtendVote(p.b.Context(), &abci.RequestExtendVote{Height: p.height + 1, Time: p.now})
	p.must(err)
	p.votes = []abci.ExtendedVoteInfo{{BlockIdFlag: cmtproto.BlockIDFlagCommit, VoteExtension: vote.VoteExtension}}
	p.blocks++
	return proposal.Txs, p.block(p.b, proposal.Txs...)
}

func (p *proposer) must(err error) {
	p.b.Helper()
	if err != nil {
		p.b.Fatal(err)
	}
}
