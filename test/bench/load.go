package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// peer is somebody who answers the same requests.
type peer struct {
	name   string
	at     *process
	header http.Header
}

// shot is what one round of load saw.
type shot struct {
	requests int
	cpu      time.Duration // of the peer's process, per request
	p50, p99 time.Duration
}

// load asks for a while with several clients at once and takes times.
func (p *peer) load(ctx context.Context, body string, clients int, lasting time.Duration) (shot, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 20 * time.Second}
	before, err := p.at.cpu()
	if err != nil {
		return shot{}, err
	}
	var (
		mu    sync.Mutex
		wait  sync.WaitGroup
		all   []time.Duration
		fails error
	)
	deadline := time.Now().Add(lasting)
	for range clients {
		wait.Go(func() {
			var mine []time.Duration
			var err error
			for err == nil && time.Now().Before(deadline) && ctx.Err() == nil {
				start := time.Now()
				err = p.ask(ctx, client, body)
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all, fails = append(all, mine...), errors.Join(fails, err)
		})
	}
	wait.Wait()
	after, err := p.at.cpu()
	if err := errors.Join(fails, err, ctx.Err()); err != nil {
		return shot{}, fmt.Errorf("%s: %w", p.name, err)
	}
	return shot{len(all), (after - before) / time.Duration(len(all)), percentile(all, 50), percentile(all, 99)}, nil
}

// ask is one request; an answer without the words counts as an error.
func (p *peer) ask(ctx context.Context, client *http.Client, body string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.at.url+chatPath, strings.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	maps.Copy(request.Header, p.header)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	if response.StatusCode != http.StatusOK || strings.Count(string(text), "word ") != mockWords {
		return fmt.Errorf("ask: status %d and %q", response.StatusCode, text[:min(len(text), 200)])
	}
	return nil
}

// percentile of at least one value, by nearest rank.
func percentile(values []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	rank := (len(sorted)*p + 99) / 100
	return sorted[max(rank, 1)-1]
}
