package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// The exact engine's parts are measured by commands of their own, each beside its peer.

// products compares float32 products with OpenBLAS.
func (b *bench) products(ctx context.Context, s *section) {
	var r struct {
		Peer  string
		Peak  float64
		Cases []struct {
			Name           string
			M, N, K        int
			Ayni, OpenBLAS float64
			Ratio          float64
			OfPeak         float64 `json:"of_peak"`
		}
	}
	if !b.numbers(ctx, s, &r, "gemm") {
		return
	}
	for _, c := range r.Cases {
		s.add(row{
			what:    fmt.Sprintf("%s, %d x %d x %d: 10^9 operations per core-second", c.Name, c.M, c.N, c.K),
			figure:  fmt.Sprintf("%.1f, %.0f %% of the peak", c.Ayni, 100*c.OfPeak),
			against: fmt.Sprintf("%s: %.1f", r.Peer, c.OpenBLAS), ratio: fmt.Sprintf("%.2f×", c.Ratio), runs: "median",
		})
	}
	s.note("One thread each, in turns. *The peak* is %.0f: a loop of nothing but fused multiplications and additions in registers, measured in the same run. "+
		"A sum here has one order, k ascending, on every machine; the peer's depends on the processor.", r.Peak)
}

// training compares steps of the starter with PyTorch.
func (b *bench) training(ctx context.Context, s *section) {
	var r struct {
		Peer string
		Peak float64
		Runs []struct {
			Name, Variant        string
			Ayni, PyTorch, Ratio float64
			OfPeak               float64 `json:"of_peak"`
		}
	}
	if !b.numbers(ctx, s, &r, "train") {
		return
	}
	for _, c := range r.Runs {
		s.add(row{
			what:    c.Name + ": tokens per core-second",
			figure:  fmt.Sprintf("%.0f, %.0f %% of the peak", c.Ayni, 100*c.OfPeak),
			against: fmt.Sprintf("%s (%s): %.0f", r.Peer, c.Variant, c.PyTorch), ratio: fmt.Sprintf("%.2f×", c.Ratio), runs: "median",
		})
	}
	s.note("Whole steps of the starter's shape, 8 windows of 256 tokens: forward, backward, clipping, AdamW. One thread each, in turns; the peer in "+
		"its fastest variant. The peak is %.0f x 10^9 operations a second, and a token counts for 6 operations a weight and those of attention.", r.Peak)
}

// measureOf is one speed of the engine beside llama.cpp.
type measureOf struct {
	Ayni    float64
	Peer    float64 `json:"llama_cpp"`
	Ratio   float64
	OfLimit float64 `json:"of_limit"`
	Limit   string
}

func (m measureOf) row(what string) row {
	r := row{what: what, figure: fmt.Sprintf("%.0f", m.Ayni), runs: "median"}
	if m.Limit != "" {
		r.figure += fmt.Sprintf(", %.0f %% of %s", 100*m.OfLimit, m.Limit)
	}
	r.against = "not compared: LLAMACPP_LIB names no libraries"
	if m.Peer > 0 {
		r.against, r.ratio = fmt.Sprintf("llama.cpp: %.0f", m.Peer), fmt.Sprintf("%.2f×", m.Ratio)
	}
	return r
}

// inference compares decoding and prefill with llama.cpp on the same files.
func (b *bench) inference(ctx context.Context, s *section) {
	var r struct {
		Kernels   string
		Bandwidth float64 `json:"bandwidth_gb_per_s"`
		Peak      float64 `json:"int8_peak_gmac_per_s"`
		Cases     []struct {
			Model, Format   string
			Decode, Prefill measureOf
		}
	}
	if !b.numbers(ctx, s, &r, "decode") {
		return
	}
	for _, c := range r.Cases {
		name := c.Model + ", " + c.Format
		s.add(c.Decode.row(name + ": decode, tokens per core-second"))
		s.add(c.Prefill.row(name + ": prefill, tokens per core-second"))
	}
	s.note("One thread each, in turns, the same file. Kernels: %s. One core reads %.1f GB/s and multiplies %.0f int8 pairs a nanosecond at most, measured in the same run.",
		r.Kernels, r.Bandwidth, r.Peak)
}

// batches measures requests together, and replays.
func (b *bench) batches(ctx context.Context, s *section) {
	var r struct {
		Bandwidth float64
		Cases     []struct {
			Name              string
			One, Eight, Ratio float64
			OfBandwidth       float64 `json:"of_bandwidth"`
			Greedy            float64 `json:"replay_greedy"`
			Sampled           float64 `json:"replay_sampled"`
			Text              float64 `json:"replay_text"`
			Fresh             float64 `json:"first_fresh_seconds"`
			Kept              float64 `json:"first_kept_seconds"`
			Saved             float64 `json:"first_ratio"`
		}
	}
	if !b.numbers(ctx, s, &r, "batch") {
		return
	}
	for _, c := range r.Cases {
		s.add(row{
			what: c.Name + ": eight requests at once, tokens per core-second", figure: fmt.Sprintf("%.0f", c.Eight),
			against: fmt.Sprintf("one alone: %.0f, %.0f %% of the bandwidth", c.One, 100*c.OfBandwidth), ratio: fmt.Sprintf("%.2f×", c.Ratio), runs: "median",
		})
		s.add(row{
			what: c.Name + ": replay of an answer, greedy and sampled", figure: fmt.Sprintf("%.2f and %.2f", c.Greedy, c.Sampled),
			against: "generating it: 1", ratio: fmt.Sprintf("%.2f×", c.Greedy), runs: "median",
		})
		if c.Text > 0 {
			s.add(row{
				what: c.Name + ": replay of a sampled answer from its text alone", figure: fmt.Sprintf("%.2f", c.Text),
				against: "generating it: 1", ratio: fmt.Sprintf("%.2f×", c.Text), runs: "median",
			})
		}
		s.add(row{
			what: c.Name + ": first token when the beginning of the prompt was kept", figure: fmt.Sprintf("%.1f ms", 1e3*c.Kept),
			against: fmt.Sprintf("fresh: %.1f ms", 1e3*c.Fresh), ratio: fmt.Sprintf("%.2f×", c.Saved), runs: "median",
		})
	}
	s.note("One thread; every answer has the bits of a lone request, every replay those of the generation. What a product of many rows saves is reading the weights: "+
		"all of it where they come from memory, at %.1f GB/s here. The starter's lie in the cache, so that eight requests or a replay save only work in registers; "+
		"attention and sampling are the same for each token. Who replays from a response holds its text, not its tokens; where the model wrote other tokens "+
		"than the text has when it is encoded, a pass ends and another begins.", r.Bandwidth)
}

// artifacts compares putting and fetching blobs with plain copies.
func (b *bench) artifacts(ctx context.Context, s *section) {
	var r struct {
		MB, Rounds int
		Hash       float64
		Copies     []struct {
			Name        string
			Clock, Core float64
		}
		Many struct {
			Count, Bytes                   int
			Put, Flushed, List, Pins, Stat float64
			CollectNone                    float64 `json:"collect_none"`
			CollectAll                     float64 `json:"collect_all"`
		}
	}
	if !b.numbers(ctx, s, &r, "artifact") {
		return
	}
	speed := map[string][2]float64{}
	for _, c := range r.Copies {
		speed[c.Name] = [2]float64{c.Clock, c.Core}
	}
	limit := fmt.Sprintf("SHA-256 on one core: %.0f", r.Hash)
	for _, c := range []struct{ what, peer string }{
		{"put", "cp, flushed"}, {"put", "write of the disk, flushed"}, {"fetch", "copy over libp2p"}, {"fetch", "copy over TCP"}, {"fetch from two peers", "copy over libp2p"},
	} {
		own, peer := speed[c.what], speed[c.peer]
		s.add(row{
			what: c.what + ": MB/s of the clock, MB per core-second", figure: fmt.Sprintf("%.0f, %.0f", own[0], own[1]),
			against: fmt.Sprintf("%s: %.0f, %.0f", c.peer, peer[0], peer[1]), ratio: fmt.Sprintf("%.2f×, %.2f×", own[0]/peer[0], own[1]/peer[1]), runs: fmt.Sprint(r.Rounds),
		})
	}
	for _, what := range []string{"put", "fetch"} {
		s.add(row{
			what: what + ": MB per core-second", figure: fmt.Sprintf("%.0f", speed[what][1]), against: limit,
			ratio: fmt.Sprintf("%.2f×", speed[what][1]/r.Hash), runs: fmt.Sprint(r.Rounds),
		})
	}
	m := r.Many
	s.add(row{
		what: fmt.Sprintf("%d artifacts of %d bytes: put and pin one", m.Count, m.Bytes), figure: fmt.Sprintf("%.2f ms", 1e3*m.Put),
		against: fmt.Sprintf("writing and flushing a file: %.2f ms", 1e3*m.Flushed), ratio: fmt.Sprintf("%.2f×", m.Put/m.Flushed), runs: "1",
	})
	s.add(row{
		what: "list them, look one up, read all pins", figure: fmt.Sprintf("%.0f ms, %.0f µs, %.0f ms", 1e3*m.List, 1e6*m.Stat, 1e3*m.Pins), runs: "1",
	})
	s.add(row{what: "collect: nothing, all of them", figure: fmt.Sprintf("%.0f ms, %.1f s", 1e3*m.CollectNone, m.CollectAll), runs: "1"})
	s.note("A blob of %d MB, in processes of their own over 127.0.0.1 on one disk; whoever writes a file flushes it before it ends, `cp` too. *Core-seconds* count all processes "+
		"that take part. A put hashes once; a fetch hashes twice, at the giver before it sends and at the taker, and encrypts; the copy over libp2p encrypts and hashes nothing, "+
		"the one over TCP does neither.", r.MB)
}

// numbers runs test/bench/NAME and reads what it prints.
func (b *bench) numbers(ctx context.Context, s *section, into any, name string) bool {
	text, err := b.tool(ctx, "test/bench/"+name, "-json")
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		s.missing("test/bench/"+name, err)
	}
	return err == nil
}
