package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"ayni.example/credit/x402"
	"ayni.example/internal/ethkey"
	"ayni.example/x/credit"
)

const (
	x402Rounds  = 3
	x402Lasting = 4 * time.Second // of a round
	x402Clients = 16
	x402Credits = "5" // of the payer
)

// facilitator is a running machine that carries the payments of others, and a payer.
type facilitator struct {
	*machine
	key     *ethkey.PrivKey
	chain   uint64
	terms   x402.Requirements
	nonces  atomic.Uint64
	clients *http.Client
}

// facilitators measures verify and settle of a machine's /x402 beside finding a signer, which is the least that both have to do.
func (b *bench) facilitators(ctx context.Context, s *section) {
	f, err := b.newFacilitator(ctx)
	if err != nil {
		s.missing("facilitator", err)
		return
	}
	defer func() { _ = f.stop() }()
	for _, path := range []string{"verify", "settle"} {
		var rates, costs, ratios, bare []float64
		for range x402Rounds {
			limit, err := f.recoveries()
			if err != nil {
				s.missing(path, err)
				return
			}
			rate, cost, err := f.load(ctx, path)
			if err != nil {
				s.missing(path, err)
				return
			}
			rates, costs, bare, ratios = append(rates, rate), append(costs, cost), append(bare, limit), append(ratios, cost*limit)
		}
		s.add(row{
			what:    "x402 " + path + " over HTTP: a second of the clock; processor time of each",
			figure:  fmt.Sprintf("%.0f; %.0f µs", medianFloat(rates), 1e6*medianFloat(costs)),
			against: fmt.Sprintf("finding a signer: %.0f per core-second", medianFloat(bare)), ratio: fmt.Sprintf("costs %.1f of them", medianFloat(ratios)),
			runs: fmt.Sprint(x402Rounds),
		})
	}
}

func (b *bench) newFacilitator(ctx context.Context) (*facilitator, error) {
	m, err := b.newMachine("facilitator", "name: facilitator\n")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(m.home, "payments.yaml"), []byte("facilitator_per_hour: 1000000\n"), 0o600); err != nil {
		return nil, fmt.Errorf("allow payments: %w", err)
	}
	key, err := ethkey.NewPrivKey(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		return nil, fmt.Errorf("payer: %w", err)
	}
	if err := m.start(ctx); err != nil {
		return nil, err
	}
	f := &facilitator{
		machine: m, key: key, clients: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: x402Clients}},
	}
	if err := f.prepare(ctx); err != nil {
		_ = f.stop()
		return nil, err
	}
	return f, nil
}

// prepare gives the payer money and asks what the machine settles.
func (f *facilitator) prepare(ctx context.Context) error {
	payer := ethkey.Format(f.key.PubKey().Address())
	if text, err := exec.CommandContext(ctx, f.bin, "network", "issue", payer, x402Credits, "--home", f.home).CombinedOutput(); err != nil {
		return fmt.Errorf("issue: %w: %s", err, last(text, 200))
	}
	var offered struct {
		Kinds   []struct{ Network string }
		Signers map[string][]string
	}
	if err := getJSON(ctx, f.url+"/x402/supported", nil, &offered); err != nil {
		return err
	}
	if len(offered.Kinds) == 0 || len(offered.Signers[offered.Kinds[0].Network]) == 0 {
		return fmt.Errorf("supported: %+v", offered)
	}
	network := offered.Kinds[0].Network
	f.terms = x402.Requirements{
		Scheme: x402.Exact, Network: network, Amount: "1", Asset: credit.TokenAddress, PayTo: offered.Signers[network][0], MaxTimeoutSeconds: 600,
	}
	var err error
	f.chain, err = strconv.ParseUint(strings.TrimPrefix(network, "eip155:"), 10, 64)
	return err
}

// payment is a signed one as a server sends it to its facilitator.
func (f *facilitator) payment() ([]byte, error) {
	p := x402.Payment{X402Version: x402.Version, Accepted: f.terms, Payload: x402.Payload{
		Signature: "0x" + strings.Repeat("00", ethkey.SignatureSize+1),
		Authorization: &x402.Authorization{
			From: ethkey.Hex(f.key.PubKey().Address()), To: f.terms.PayTo, Value: f.terms.Amount, ValidAfter: "0",
			ValidBefore: strconv.FormatInt(time.Now().Add(10*time.Minute).Unix(), 10), Nonce: fmt.Sprintf("0x%0*x", 2*credit.NonceSize, f.nonces.Add(1)),
		},
	}}
	digest, err := x402.Digest(p, f.chain)
	if err != nil {
		return nil, fmt.Errorf("payment: %w", err)
	}
	signature, err := f.key.SignDigest(digest)
	if err != nil {
		return nil, fmt.Errorf("payment: %w", err)
	}
	p.Payload.Signature = "0x" + hex.EncodeToString(signature)
	return json.Marshal(map[string]any{"x402Version": x402.Version, "paymentPayload": p, "paymentRequirements": f.terms})
}

// load asks with all clients for a while; it returns requests a second and the processor seconds of the machine for each.
func (f *facilitator) load(ctx context.Context, path string) (rate, cost float64, err error) {
	before, err := f.cpu()
	if err != nil {
		return 0, 0, err
	}
	var done atomic.Int64
	failed := make(chan error, x402Clients)
	began := time.Now()
	for range x402Clients {
		go func() {
			var err error
			for err == nil && time.Since(began) < x402Lasting && ctx.Err() == nil {
				if err = f.ask(ctx, path); err == nil {
					done.Add(1)
				}
			}
			failed <- err
		}()
	}
	for range x402Clients {
		if one := <-failed; one != nil {
			err = one
		}
	}
	took := time.Since(began).Seconds()
	after, fault := f.cpu()
	if err == nil {
		err = fault
	}
	n := float64(done.Load())
	if err != nil || n == 0 {
		return 0, 0, fmt.Errorf("%s: %.0f done: %w", path, n, err)
	}
	return n / took, (after - before).Seconds() / n, nil
}

func (f *facilitator) ask(ctx context.Context, path string) error {
	body, err := f.payment()
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+"/x402/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := f.clients.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return err
	}
	var verdict struct{ IsValid, Success bool }
	if err := json.Unmarshal(text, &verdict); err != nil || !verdict.IsValid && !verdict.Success {
		return fmt.Errorf("status %d: %s", response.StatusCode, last(text, 200))
	}
	return nil
}

// recoveries is how many signers of a digest one core finds in a second.
func (f *facilitator) recoveries() (float64, error) {
	const n = 3000
	digest := bytes.Repeat([]byte{1}, 32)
	signature, err := f.key.SignDigest(digest)
	if err != nil {
		return 0, fmt.Errorf("sign: %w", err)
	}
	began := time.Now()
	for range n {
		if _, err := ethkey.Recover(digest, signature); err != nil {
			return 0, fmt.Errorf("find signer: %w", err)
		}
	}
	return n / time.Since(began).Seconds(), nil
}
