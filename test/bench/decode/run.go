package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"ayni.example/tensor"
	"ayni.example/tensor/llama"
)

func run(o *options) (*report, error) {
	runtime.GOMAXPROCS(1)
	if o.rounds < 1 {
		return nil, fmt.Errorf("-rounds %d is less than 1", o.rounds)
	}
	folder, err := os.MkdirTemp("", "decode")
	if err != nil {
		return nil, fmt.Errorf("make a folder for models: %w", err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	if o.lib != "" && o.peer == "" {
		if o.peer, err = buildPeer(folder); err != nil {
			return nil, err
		}
	}
	r := &report{Bandwidth: bandwidth(), Int8Peak: int8Peak()}
	if r.Kernels, err = tensor.Kernels(); err != nil {
		return nil, err
	}
	for _, f := range fixtures() {
		if !o.wants(f.name + " " + f.spec.Type.String()) {
			continue
		}
		c, err := o.compare(&f, folder, r)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", f.name, f.spec.Type, err)
		}
		r.Cases = append(r.Cases, *c)
	}
	return r, nil
}

// compare lets both engines take turns at one file.
func (o *options) compare(f *fixture, folder string, r *report) (*result, error) {
	path, m, size, err := f.write(folder)
	if err != nil {
		return nil, err
	}
	defer os.Remove(path) //nolint:errcheck // a temporary file
	debug.FreeOSMemory()
	var other *peer
	if o.lib != "" {
		if other, err = startPeer(o.peer, o.lib, path, f.prefill, f.from+f.decode); err != nil {
			return nil, err
		}
		defer other.stop()
	}
	c := &result{Model: f.name, Format: f.spec.Type.String(), Parameters: m.ParameterCount}
	own := engine{m: m}
	measures := []struct {
		out  *measure
		n    int
		own  func() (float64, error)
		peer string
	}{
		{&c.Decode, f.decode, func() (float64, error) { return own.decode(f.from, f.decode) }, fmt.Sprintf("tg %d %d", f.decode, f.from)},
		{&c.Prefill, f.prefill, func() (float64, error) { return own.prefill(f.prefill) }, fmt.Sprintf("pp %d", f.prefill)},
	}
	for _, x := range measures {
		var mine, theirs, ratios []float64
		for i := range o.rounds + 1 {
			a, err := x.own()
			if err != nil {
				return nil, err
			}
			b := 0.0
			if other != nil {
				if b, err = other.ask(x.peer); err != nil {
					return nil, err
				}
			}
			if i == 0 { // both are warm now
				continue
			}
			mine = append(mine, float64(x.n)/a)
			if other != nil {
				theirs, ratios = append(theirs, float64(x.n)/b), append(ratios, b/a)
			}
		}
		*x.out = measure{Own: median(mine), Peer: median(theirs), Ratio: median(ratios)}
	}
	if size > 1<<26 { // smaller models stay in the cache
		c.Decode.Limit, c.Decode.LimitName = c.Decode.Own*float64(size)/1e9/r.Bandwidth, "memory"
	}
	if format, _ := tensor.ParseFormat(c.Format); format != tensor.FormatF32 && format != tensor.FormatF16 && r.Int8Peak > 0 {
		// The output matrix serves only the last token; it is the embedding too.
		work := float64(m.ParameterCount) - float64(f.spec.Vocab*f.spec.Width)
		c.Prefill.Limit, c.Prefill.LimitName = c.Prefill.Own*work/1e9/r.Int8Peak, "int8 peak"
	}
	return c, nil
}

// engine is ours.
type engine struct {
	m *llama.Model
}

func (e *engine) prefill(n int) (float64, error) {
	s, err := e.m.NewState(n)
	if err != nil {
		return 0, err
	}
	return seconds(func() error {
		_, err := s.Prefill(context.Background(), e.tokens(n))
		return err
	})
}

func (e *engine) decode(from, n int) (float64, error) {
	s, err := e.m.NewState(from + n)
	if err != nil {
		return 0, err
	}
	tokens := e.tokens(from + n)
	if _, err := s.Prefill(context.Background(), tokens[:from]); err != nil {
		return 0, err
	}
	return seconds(func() error {
		for _, id := range tokens[from:] {
			if _, err := s.Decode(context.Background(), id); err != nil {
				return err
			}
		}
		return nil
	})
}

// tokens is a fixed sequence, the peer's: speed does not depend on what they are.
func (e *engine) tokens(n int) []int32 {
	out, x := make([]int32, n), uint32(1)
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = int32(x>>8) % int32(e.m.Vocab)
	}
	return out
}

// seconds is the processor time of this process while do runs.
func seconds(do func() error) (float64, error) {
	start, err := processor()
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	end, err := processor()
	return end - start, err
}

func processor() (float64, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read processor time: %w", err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, nil
}
