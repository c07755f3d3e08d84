package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

const (
	pairRounds = 5
	pairAsks   = 4 // of one side in a round
	pairTokens = 128
	offerMost  = 60 * time.Second
)

// speed is what one round of one side saw.
type speed struct {
	perSecond, perCPUSecond float64 // tokens
	first                   time.Duration
}

// pair compares the starter here with the starter on another machine that is paid for it.
func (b *bench) pair(ctx context.Context, s *section) {
	asker, server, err := b.twoMachines(ctx)
	if asker != nil {
		defer func() { _ = asker.stop() }()
	}
	if server != nil {
		defer func() { _ = server.stop() }()
	}
	if err != nil {
		s.missing("two machines", err)
		return
	}
	var local, paid []speed
	for range pairRounds {
		a, err := askRound(ctx, "only", asker, asker)
		if err == nil {
			var p speed
			if p, err = askRound(ctx, "never", asker, asker, server); err == nil {
				local, paid = append(local, a), append(paid, p)
			}
		}
		if err != nil {
			s.missing("tokens per second", err)
			break
		}
	}
	if len(paid) == 0 {
		return
	}
	over := func(speeds []speed, value func(speed) float64) float64 {
		values := make([]float64, len(speeds))
		for i, one := range speeds {
			values[i] = value(one)
		}
		return medianFloat(values)
	}
	compare := func(what, unit string, value func(speed) float64) {
		here, there := over(local, value), over(paid, value)
		s.add(row{
			what: what, figure: fmt.Sprintf("%.0f%s", there, unit), against: fmt.Sprintf("this machine, unpaid: %.0f%s", here, unit),
			ratio: fmt.Sprintf("%.2f×", there/here), runs: fmt.Sprint(len(paid)),
		})
	}
	compare("another machine, paid: tokens per second of the clock", "", func(v speed) float64 { return v.perSecond })
	compare("another machine, paid: tokens per core-second, all processes", "", func(v speed) float64 { return v.perCPUSecond })
	compare("another machine, paid: time of an answer of 1 token", " ms", func(v speed) float64 { return float64(v.first) / 1e6 })
	s.note("Two homes on this machine over 127.0.0.1, so the network costs nothing and both share the cores. The asker's gateway opened a channel, pays a "+
		"voucher for every slice, and checks the metering; the answer has a receipt and a price. Answers of up to %d tokens of the starter, one at a time.", pairTokens)
}

// twoMachines starts a network of two and waits until one answers for the other's money.
func (b *bench) twoMachines(ctx context.Context) (asker, server *machine, err error) {
	if asker, err = b.newMachine("asker", "name: asker\n"); err != nil {
		return nil, nil, err
	}
	if err = asker.start(ctx); err != nil {
		return nil, nil, err
	}
	text, err := exec.CommandContext(ctx, b.bin, "invite", "--json", "--home", asker.home).Output()
	if err != nil {
		return asker, nil, fmt.Errorf("invite: %w", err)
	}
	var invite struct{ Token string }
	if err := json.Unmarshal(text, &invite); err != nil {
		return asker, nil, fmt.Errorf("invite: %w", err)
	}
	if server, err = b.newMachine("server", "name: server\n"); err != nil {
		return asker, nil, err
	}
	if err = server.start(ctx, "join", invite.Token); err != nil {
		return asker, nil, err
	}
	for deadline := time.Now().Add(offerMost); ; {
		_, err = askOnce(ctx, asker, "never", 1)
		if err == nil || time.Now().After(deadline) {
			return asker, server, err
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return asker, server, err
		}
	}
}

// askRound asks a few times and counts the processor time of the processes that took part.
func askRound(ctx context.Context, local string, asker *machine, busy ...*machine) (speed, error) {
	spent := func() (sum time.Duration, err error) {
		for _, m := range busy {
			one, failed := m.cpu()
			sum, err = sum+one, errors.Join(err, failed)
		}
		return sum, err
	}
	began := time.Now()
	if _, err := askOnce(ctx, asker, local, 1); err != nil {
		return speed{}, err
	}
	first := time.Since(began)
	before, err := spent()
	if err != nil {
		return speed{}, err
	}
	start, tokens := time.Now(), 0
	for range pairAsks {
		n, err := askOnce(ctx, asker, local, pairTokens)
		if err != nil {
			return speed{}, err
		}
		tokens += n
	}
	wall := time.Since(start)
	after, err := spent()
	if err != nil {
		return speed{}, err
	}
	return speed{float64(tokens) / wall.Seconds(), float64(tokens) / (after - before).Seconds(), first}, nil
}

// askOnce returns the tokens of the answer. An answer from elsewhere that cost nothing is an error.
func askOnce(ctx context.Context, asker *machine, local string, tokens int) (int, error) {
	body, err := json.Marshal(map[string]any{
		"model": "ayni/starter", "prompt": "func (r *Reader) Read(p []byte) (n int, err error) {\n\t", "max_tokens": tokens, "temperature": 0,
		"provider": map[string]string{"local": local},
	})
	if err != nil {
		return 0, fmt.Errorf("ask: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, asker.url+"/v1/completions", bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("ask: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: time.Minute}
	response, err := client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("ask: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil || response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("ask: status %d: %s %w", response.StatusCode, text[:min(len(text), 300)], errors.Join(err, errors.New("no answer")))
	}
	var answer struct {
		Usage struct {
			Tokens int    `json:"completion_tokens"`
			Cost   string `json:"cost"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return 0, fmt.Errorf("ask: %w", err)
	}
	paid := strings.Trim(answer.Usage.Cost, "0.") != ""
	if local == "never" && !paid {
		return 0, fmt.Errorf("ask: the answer from elsewhere cost %q", answer.Usage.Cost)
	}
	return answer.Usage.Tokens, nil
}
