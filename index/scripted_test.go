package index_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

// scripted is a simulated ledger: its blocks follow from its fields alone, so that a test may say what a real one cannot be brought
// to: huge blocks, hostile texts, another history.
type scripted struct {
	chain string
	txs   int                      // in each block
	extra func(int64) []abci.Event // events of the block itself

	mu               sync.Mutex
	earliest, height int64
	fork             int64 // blocks above it are of another history; 0: none

	kept map[int64]*block // where it is there, blocks are made once
	tail map[int64]*block // contents that a test gives
}

type block = client.Executed

func registry() codectypes.InterfaceRegistry {
	ethkey.Configure()
	r := codectypes.NewInterfaceRegistry()
	banktypes.RegisterInterfaces(r)
	credit.RegisterInterfaces(r)
	return r
}

func (s *scripted) set(earliest, height, fork int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.earliest, s.height, s.fork = earliest, height, fork
}

func (s *scripted) ChainID() string { return s.chain }

func (s *scripted) Status(context.Context) (client.Status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return client.Status{Height: s.height, Earliest: s.earliest, ChainID: s.chain}, nil
}

func (s *scripted) hash(height int64) []byte {
	branch := int64(0)
	if s.fork != 0 && height > s.fork {
		branch = s.fork
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", s.chain, branch, height))
	return sum[:]
}

func (s *scripted) holds(height int64) bool { return height >= s.earliest && height <= s.height }

func (s *scripted) BlockHash(_ context.Context, height int64) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.holds(height) {
		return nil, client.ErrNotFound
	}
	return s.hash(height), nil
}

func (s *scripted) Executed(_ context.Context, height int64) (client.Executed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.holds(height) {
		return client.Executed{}, client.ErrNotFound
	}
	if kept, known := s.kept[height]; known {
		return *kept, nil
	}
	hash := s.hash(height)
	rng := seeded(uint64(height) ^ uint64(hash[0])<<32)
	b := client.Executed{
		Height: height, Hash: hash, Previous: s.hash(height - 1), Proposer: make([]byte, 20),
		Time: time.Unix(1_790_000_000+3_600*height, rng.Int64N(1e9)), // so that there are many days
	}
	if s.extra != nil {
		b.Events = s.extra(height)
	}
	if given := s.tail[height]; given != nil {
		b.Txs, b.Results, b.Events = given.Txs, given.Results, given.Events
	}
	for range s.txs {
		raw, result := scriptedSend(rng)
		b.Txs, b.Results = append(b.Txs, raw), append(b.Results, result)
	}
	if s.kept != nil {
		s.kept[height] = &b
	}
	return b, nil
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// scriptedSend is a payment with the events that the bank gives.
func scriptedSend(rng *rand.Rand) ([]byte, *abci.ExecTxResult) {
	from, to := scriptedAccount(rng), scriptedAccount(rng)
	collector := ethkey.Format(make([]byte, ethkey.AddressSize))
	amount, fee := strconv.FormatInt(rng.Int64(), 10)+"000000000000"+credit.Denom, strconv.Itoa(1+rng.IntN(1_000_000))+credit.Denom
	coins, err := sdk.ParseCoinsNormalized(amount)
	if err != nil {
		panic(err)
	}
	msg, err := codectypes.NewAnyWithValue(&banktypes.MsgSend{FromAddress: from, ToAddress: to, Amount: coins})
	if err != nil {
		panic(err)
	}
	body, err := (&txtypes.TxBody{Messages: []*codectypes.Any{msg}}).Marshal()
	if err != nil {
		panic(err)
	}
	raw, err := (&txtypes.TxRaw{BodyBytes: body, Signatures: [][]byte{make([]byte, 65)}}).Marshal()
	if err != nil {
		panic(err)
	}
	event := func(kind string, pairs ...string) abci.Event {
		e := abci.Event{Type: kind}
		for i := 0; i < len(pairs); i += 2 {
			e.Attributes = append(e.Attributes, abci.EventAttribute{Key: pairs[i], Value: pairs[i+1]})
		}
		return e
	}
	return raw, &abci.ExecTxResult{GasWanted: 100_000, GasUsed: 80_000, Events: []abci.Event{
		event("coin_spent", "spender", from, "amount", fee), event("coin_received", "receiver", collector, "amount", fee),
		event("transfer", "recipient", collector, "sender", from, "amount", fee), event("tx", "fee", fee, "fee_payer", from),
		event("tx", "acc_seq", from+"/7"), event("message", "action", "/cosmos.bank.v1beta1.MsgSend", "msg_index", "0"),
		event("coin_spent", "spender", from, "amount", amount, "msg_index", "0"),
		event("coin_received", "receiver", to, "amount", amount, "msg_index", "0"),
		event("transfer", "recipient", to, "sender", from, "amount", amount, "msg_index", "0"),
		event("ayni.credit.v1.EventIssued", "issuer", `"`+from+`"`, "recipient", `"`+to+`"`, "amount", `"5"`, "msg_index", "0"),
	}}
}

func scriptedAccount(rng *rand.Rand) string {
	raw := make([]byte, ethkey.AddressSize)
	raw[0], raw[1] = 1, byte(rng.IntN(256))
	return ethkey.Format(raw)
}
