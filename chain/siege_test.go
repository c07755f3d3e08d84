package chain_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	coretypes "github.com/cometbft/cometbft/rpc/core/types"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"ayni.example/client"
	"ayni.example/internal/ethkey"
	"ayni.example/internal/testchain"
	"ayni.example/x/fee"
)

const (
	siegeAccounts = 120
	// siegeWait is within what an honest transaction is in a block, whatever others do; siegeHeap is what the whole process,
	// attackers included, may come to hold.
	siegeWait, siegeHeap = 20 * time.Second, 600 << 20
)

// siege is a ledger under attack by several goroutines, each with a host and accounts of its own.
type siege struct {
	*exposed
	giant []byte // a transaction of a quarter of a mebibyte
	heavy []byte // as heavy a simulation as the RPC takes
	large int64  // height of a block of a mebibyte
}

func newSiege(t *testing.T) *siege {
	t.Helper()
	fees := fee.DefaultParams()
	fees.TargetGas = 3_000_000 // 25 payments: what two cores make of the attackers is enough to move the price
	s := &siege{exposed: expose(t, testchain.Config{Accounts: siegeAccounts, TimeoutCommit: 100 * time.Millisecond, Fee: &fees})}
	long := s.order(siegeAccounts-1, 0, 48_000_000, 2*price)
	for len(long.Messages) < 1_800 {
		if long.Messages = append(long.Messages, long.Messages[0]); len(long.Messages) == 450 {
			s.heavy = sign(t, long, s.Keys[siegeAccounts-1])
		}
	}
	s.giant = sign(t, long, s.Keys[siegeAccounts-1])
	result, err := s.Node.RPC().BroadcastTxSync(t.Context(), s.giant)
	if err != nil || result.Code != 0 {
		t.Fatal(err, result)
	}
	done, err := s.Client(1).Wait(t.Context(), result.Hash, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.large = done.Height
	return s
}

// order is a payment of an account to itself.
func (s *siege) order(account int, sequence, gas uint64, offer int64) client.Order {
	me := ethkey.Format(s.Keys[account].PubKey().Address())
	return client.Order{
		ChainID: testchain.ChainID, Number: uint64(account), Sequence: sequence, Gas: gas,
		Fee: math.NewIntFromUint64(gas).MulRaw(offer), Messages: []sdk.Msg{send(me, me, 1)},
	}
}

func (s *siege) broadcast(ctx context.Context, tx []byte) *coretypes.ResultBroadcastTx {
	result, err := s.Node.RPC().BroadcastTxSync(ctx, tx)
	if err != nil {
		return &coretypes.ResultBroadcastTx{Code: 1, Log: err.Error()}
	}
	return result
}

// attacks run each in its own goroutine n until ctx ends.
func (s *siege) attacks() map[string]func(ctx context.Context, n int) error {
	return map[string]func(ctx context.Context, n int) error{
		"valid and cheap": func(ctx context.Context, n int) error {
			return repeat(ctx, s.spammer(n).eachAccount(nil))
		},
		"failing in the block": func(ctx context.Context, n int) error {
			return repeat(ctx, s.spammer(n).eachAccount(func(o *client.Order) { o.Gas, o.Fee = 50_000, o.Fee.QuoRaw(2) }))
		},
		"refused": func(ctx context.Context, n int) error {
			p, random := s.spammer(n), rand.New(rand.NewPCG(1, uint64(n)))
			return repeat(ctx, p.eachAccount(func(o *client.Order) {
				switch random.IntN(4) {
				case 0:
					o.Fee = math.ZeroInt()
				case 1:
					o.Sequence += 1_000
				case 2:
					o.Number++
				default:
					o.Gas = 60_000_000
				}
			}))
		},
		"giant, signature false": func(ctx context.Context, _ int) error {
			bad := bytes.Clone(s.giant)
			bad[len(bad)-5] ^= 1
			return repeat(ctx, func() error { s.broadcast(ctx, bad); return nil })
		},
		"malformed": func(ctx context.Context, n int) error {
			random := rand.New(rand.NewPCG(2, uint64(n)))
			return repeat(ctx, func() error {
				junk := make([]byte, random.IntN(256<<10))
				for i := range junk {
					junk[i] = byte(random.Uint32())
				}
				s.broadcast(ctx, junk)
				return nil
			})
		},
		"replayed": func(ctx context.Context, _ int) error {
			return repeat(ctx, func() error { s.broadcast(ctx, s.giant); return nil })
		},
		"simulations": func(ctx context.Context, n int) error {
			return s.flood(ctx, n, call("abci_query", fmt.Sprintf(`"path":"/app/simulate","data":%q`, hex.EncodeToString(s.heavy))))
		},
		"large blocks read": func(ctx context.Context, n int) error {
			return s.flood(ctx, n, call("block", fmt.Sprintf(`"height":"%d"`, s.large)))
		},
		"large blocks asked for and not read": func(ctx context.Context, n int) error {
			request := fmt.Sprintf("GET /block?height=%d HTTP/1.1\r\nHost: x\r\n\r\n", s.large)
			return s.hold(ctx, n, strings.Repeat(request, 20))
		},
		"headers without an end": func(ctx context.Context, n int) error { return s.hold(ctx, n, "GET / HTTP/1.1\r\nX: ") },
		"bodies without an end": func(ctx context.Context, n int) error {
			return s.hold(ctx, n, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n{")
		},
	}
}

func repeat(ctx context.Context, do func() error) error {
	for ctx.Err() == nil {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// flood asks over and over on eight connections.
func (s *siege) flood(ctx context.Context, n int, body string) error {
	c := s.host(100 + n)
	defer c.CloseIdleConnections()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			_ = repeat(ctx, func() error {
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address, strings.NewReader(body))
				if err != nil {
					return err
				}
				response, err := c.Do(request)
				if err != nil {
					return nil // refused: try again
				}
				_, _ = io.Copy(io.Discard, response.Body)
				return response.Body.Close()
			})
		})
	}
	group.Wait()
	return nil
}

// hold opens as many connections as it gets, says text on each and nothing after, and reads nothing.
func (s *siege) hold(ctx context.Context, n int, text string) error {
	var conns []io.Closer
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for len(conns) < 200 && ctx.Err() == nil {
		conn, err := s.dial(ctx, 100+n)
		if err != nil {
			return nil
		}
		conns = append(conns, conn)
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(conn, text)
	}
	<-ctx.Done()
	return nil
}

// TestSiege: under each attack the ledger goes on, an honest payment through the RPC is in a block within its bound, and memory
// stays within its own.
func TestSiege(t *testing.T) {
	s := newSiege(t)
	last := 2 * time.Second
	if testing.Short() {
		last = time.Second
	}
	rpc, err := client.DialHTTP("http://" + s.address)
	if err != nil {
		t.Fatal(err)
	}
	honest, err := client.New(client.Config{RPC: rpc, ChainID: testchain.ChainID, Signer: s.Keys[2]})
	if err != nil {
		t.Fatal(err)
	}
	for name, attack := range s.attacks() {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "valid and cheap" && name != "simulations" {
				t.Skip("this siege takes many seconds")
			}
			ctx, cancel := context.WithCancel(t.Context())
			var group sync.WaitGroup
			for n := range 4 {
				group.Go(func() {
					if err := attack(ctx, n); err != nil {
						t.Error(err)
					}
				})
			}
			defer group.Wait()
			defer cancel()
			before, start, worst, payments, peak := s.Node.Height(), time.Now(), time.Duration(0), 0, uint64(0)
			time.Sleep(last / 4) // let them come
			for time.Since(start) < last || payments < 2 {
				took, refusals := s.pay(t, honest)
				worst, payments = max(worst, took), payments+1
				if took > siegeWait {
					t.Fatalf("a payment took %v, refused %d times", took, refusals)
				}
				var memory runtime.MemStats
				runtime.ReadMemStats(&memory)
				peak = max(peak, memory.HeapAlloc)
			}
			if peak > siegeHeap {
				t.Errorf("%d MiB held", peak>>20)
			}
			t.Logf("%d payments in %d blocks, the slowest after %v; %d MiB held; price %s", payments, s.Node.Height()-before,
				worst.Round(time.Millisecond), peak>>20, s.ask(t))
		})
	}
}

// pay submits until it is in a block, as a program would, and tells how long that took.
func (s *siege) pay(t *testing.T, honest *client.Client) (time.Duration, int) {
	t.Helper()
	start, refusals := time.Now(), 0
	for {
		ctx, cancel := context.WithTimeout(t.Context(), siegeWait)
		_, err := honest.Submit(ctx, send(honest.Address(), s.Address(3), 1))
		cancel()
		if err == nil || time.Since(start) > siegeWait {
			return time.Since(start), refusals
		}
		refusals++
		t.Logf("refused: %v", err)
	}
}

func (s *siege) ask(t *testing.T) math.Int {
	t.Helper()
	p, err := s.Client(1).Price(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}
