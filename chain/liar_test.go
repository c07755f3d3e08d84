package chain

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/types/tx"

	"ayni.example/internal/ethkey"
)

// liar is a validator that proposes what is never taken from a queue, and accepts everything.
type liar struct {
	abci.Application
	proposed *atomic.Int64
}

func (l liar) PrepareProposal(context.Context, *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	lies := [][]byte{[]byte("no transaction"), freeRide(), bytes.Repeat([]byte{0xff}, 64<<10)}
	return &abci.ResponsePrepareProposal{Txs: lies[l.proposed.Add(1)%3:][:1]}, nil
}

func (liar) ProcessProposal(context.Context, *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// freeRide asks for gas and offers nothing.
func freeRide() []byte {
	auth := tx.AuthInfo{Fee: &tx.Fee{GasLimit: 1_000_000}}
	authBytes, err := auth.Marshal()
	if err != nil {
		panic(err)
	}
	raw := tx.TxRaw{AuthInfoBytes: authBytes, Signatures: [][]byte{make([]byte, 65)}}
	encoded, err := raw.Marshal()
	if err != nil {
		panic(err)
	}
	return encoded
}

// TestLiar: what a lying proposer proposes is voted against by a real second node; blocks go on, made by the honest one, and
// none holds a lie.
func TestLiar(t *testing.T) {
	homes := []string{t.TempDir(), t.TempDir()}
	operator := ethkey.Format(make([]byte, ethkey.AddressSize))
	cfg := GenesisConfig{
		ChainID: "ayni_7-1", Time: time.Now().Add(-time.Second), Admin: operator,
		Accounts: []GenesisAccount{{Address: operator, Balance: math.ZeroInt()}},
	}
	for i, power := range []int64{10, 4} {
		key, err := ValidatorKey(homes[i])
		if err != nil {
			t.Fatal(err)
		}
		account := bytes.Repeat([]byte{byte(i)}, ethkey.AddressSize)
		cfg.Validators = append(cfg.Validators, GenesisValidator{
			Name: []string{"honest", "liar"}[i], Operator: ethkey.Format(account), Key: key, Power: power,
		})
	}
	genesis, err := NewGenesis(cfg)
	if err != nil {
		t.Fatal(err)
	}
	honest := start(t, NodeConfig{Home: homes[0], Genesis: genesis})
	var proposed atomic.Int64
	second := start(t, NodeConfig{
		Home: homes[1], Genesis: genesis, Peers: []string{honest.PeerAddress()},
		wrap: func(app abci.Application) abci.Application { return liar{app, &proposed} },
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for proposed.Load() < 3 {
		next := honest.Height() + 1
		for _, n := range []*Node{honest, second} {
			if err := n.WaitHeight(ctx, next); err != nil {
				t.Fatalf("after %d lies: %v", proposed.Load(), err)
			}
		}
	}
	late := 0
	for height := int64(1); height <= honest.Height(); height++ {
		block := honest.comet.BlockStore().LoadBlock(height)
		if len(block.Txs) > 0 || !bytes.Equal(block.ProposerAddress, genesis.Validators[0].Address) {
			t.Fatalf("block %d is the liar's: %v", height, block.Txs)
		}
		if commit := honest.comet.BlockStore().LoadSeenCommit(height); commit != nil && commit.Round > 0 {
			late++
		}
	}
	if late == 0 {
		t.Fatal("no block needed a second round")
	}
	t.Logf("%d lies, %d of %d blocks in a later round", proposed.Load(), late, honest.Height())
}

// start runs a node that makes a block as soon as it can, until the test ends.
func start(t *testing.T, cfg NodeConfig) *Node {
	t.Helper()
	cfg.Memory, cfg.TimeoutCommit, cfg.IdleInterval = true, time.Millisecond, 10*time.Millisecond
	node, err := NewNode(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- node.Run(ctx) }() // ends with the test
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return node
}
