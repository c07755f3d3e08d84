package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	rounds   = 5
	roundFor = 800 * time.Millisecond
)

// scene is one kind of load.
type scene struct {
	name, body string
	clients    int
}

func scenes() []scene {
	return []scene{
		{"whole answer, 1 client", wholeBody, 1}, {"whole answer, 8 clients", wholeBody, 8}, {"streamed answer, 1 client", streamBody, 1},
	}
}

// gateway compares processes between the same client and the same upstream.
func (b *bench) gateway(ctx context.Context, s *section) {
	peers, ours, err := b.peers(ctx, s)
	defer func() {
		for _, p := range peers {
			_ = p.at.stop()
		}
	}()
	if err != nil {
		s.missing("gateway", err)
		return
	}
	before, err := ours.size()
	if err != nil {
		s.missing("bytes kept", err)
	}
	asked := 0
	for _, sc := range scenes() {
		able, err := warm(ctx, s, peers, sc)
		var shots [][]shot
		if err == nil {
			shots, err = turns(ctx, able, sc)
		}
		if err != nil {
			s.missing(sc.name, err)
			continue
		}
		for _, round := range shots {
			asked += round[1].requests
		}
		s.compare(sc, able, shots)
	}
	if after, err := ours.size(); err == nil && asked > 0 {
		s.add(row{
			what: "bytes kept per request, with its receipt", figure: bytesOf(float64(after-before) / float64(asked)),
			against: "a proxy keeps none", runs: fmt.Sprintf("over %d requests", asked),
		})
	}
	s.note("One client and one upstream process on the same machine; the upstream answers at once with %d words. Every peer passes the same "+
		"requests on to it in turn, %d rounds of %s. The bare proxy looks at nothing and keeps nothing. *Processor time* is that of the peer's own process alone, upstream and client not counted. *Added* is "+
		"the latency less that of the direct call in the same round; with 8 clients everybody shares the machine's cores, "+
		"so that it is mostly waiting. Ayni asks its upstream for a stream always, meters the answer, signs a receipt and writes it to disk.",
		mockWords, rounds, roundFor)
}

// peers starts everybody: direct is the first, Ayni the second.
func (b *bench) peers(ctx context.Context, s *section) ([]*peer, *machine, error) {
	mock, err := spawn(ctx, "upstream")
	if err != nil {
		return nil, nil, err
	}
	peers := []*peer{{name: "direct", at: mock}}
	ours, err := b.newMachine("gateway", "servers:\n- name: mock\n  url: "+mock.url+"/v1\n")
	if err != nil {
		return peers, nil, err
	}
	if err := ours.start(ctx); err != nil {
		return peers, nil, err
	}
	peers = append(peers, &peer{name: "Ayni", at: ours.process})
	bare, err := spawn(ctx, "proxy", mock.url)
	if err != nil {
		return peers, ours, err
	}
	peers = append(peers, &peer{name: "bare Go proxy", at: bare})
	if !b.portkey {
		s.add(row{what: "Portkey's gateway", figure: "not measured: run with -portkey"})
		return peers, ours, nil
	}
	other, err := startPortkey(ctx, b.dir)
	if err != nil {
		s.missing("Portkey's gateway", err)
		return peers, ours, nil
	}
	return append(peers, &peer{name: portkeyName, at: other, header: http.Header{
		"X-Portkey-Provider": {"openai"}, "X-Portkey-Custom-Host": {mock.url + "/v1"}, "Authorization": {"Bearer unused"},
	}}), ours, nil
}

// warm lets everybody make connections, fill caches and compile, and tells who can answer. Without direct and Ayni there is nothing
// to compare; another peer that fails is left out of the scene.
func warm(ctx context.Context, s *section, peers []*peer, sc scene) ([]*peer, error) {
	var able []*peer
	for i, p := range peers {
		_, err := p.load(ctx, sc.body, sc.clients, roundFor)
		switch {
		case err == nil:
			able = append(able, p)
		case i < 2:
			return nil, err
		default:
			s.missing(sc.name, err)
		}
	}
	return able, nil
}

// turns lets the peers take turns: shots[round][peer].
func turns(ctx context.Context, peers []*peer, sc scene) ([][]shot, error) {
	shots := make([][]shot, rounds)
	for i := range shots {
		for _, p := range peers {
			one, err := p.load(ctx, sc.body, sc.clients, roundFor)
			if err != nil {
				return nil, err
			}
			shots[i] = append(shots[i], one)
		}
	}
	return shots, nil
}

// compare writes a scene's rows: ours against each of the others.
func (s *section) compare(sc scene, peers []*peer, shots [][]shot) {
	over := func(value func(round []shot) float64) float64 {
		values := make([]float64, len(shots))
		for i, round := range shots {
			values[i] = value(round)
		}
		return medianFloat(values)
	}
	spent := func(at int) string {
		return micros(time.Duration(over(func(r []shot) float64 { return float64(r[at].cpu) })))
	}
	runs := strconv.Itoa(len(shots))
	for at, p := range peers {
		if at == 1 {
			continue
		}
		against := p.name + ": " + spent(at)
		if at == 0 {
			against = "the upstream itself, called direct: " + spent(at)
		}
		ratio := over(func(r []shot) float64 { return float64(r[1].cpu) / float64(max(r[at].cpu, 1)) })
		s.add(row{
			what: sc.name + ": processor time per request", figure: spent(1), against: against,
			ratio: fmt.Sprintf("%.2f×", ratio), runs: runs,
		})
	}
	added := func(at int) (p50, p99 time.Duration) {
		return time.Duration(over(func(r []shot) float64 { return float64(r[at].p50 - r[0].p50) })),
			time.Duration(over(func(r []shot) float64 { return float64(r[at].p99 - r[0].p99) }))
	}
	ours50, ours99 := added(1)
	for at, p := range peers {
		if at == 1 {
			continue
		}
		r := row{what: sc.name + ": added latency, p50 and p99", figure: micros(ours50) + ", " + micros(ours99), runs: runs}
		if at == 0 {
			whole50 := time.Duration(over(func(r []shot) float64 { return float64(r[0].p50) }))
			whole99 := time.Duration(over(func(r []shot) float64 { return float64(r[0].p99) }))
			r.against = "direct, in all: " + micros(whole50) + ", " + micros(whole99)
			r.ratio = fmt.Sprintf("%.2f×, %.2f× in all", over(func(r []shot) float64 { return float64(r[1].p50) / float64(r[0].p50) }),
				over(func(r []shot) float64 { return float64(r[1].p99) / float64(r[0].p99) }))
		} else {
			p50, p99 := added(at)
			r.against = p.name + ": " + micros(p50) + ", " + micros(p99)
			r.ratio = fmt.Sprintf("%.2f×, %.2f×", float64(ours50)/float64(max(p50, 1)), float64(ours99)/float64(max(p99, 1)))
		}
		s.add(r)
	}
}
