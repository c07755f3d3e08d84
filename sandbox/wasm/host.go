package wasm

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/tetratelabs/wazero"
)

const (
	errnoNotSupported = 58   // of WASI
	clockStep         = 1000 // nanoseconds that pass at each look at a clock
)

// restrict replaces what would take memory of the host in proportion to a number that the guest names.
func restrict(host wazero.HostModuleBuilder) {
	host.NewFunctionBuilder().WithFunc(func(_, _ uint32) uint32 { return errnoNotSupported }).Export("fd_renumber")
}

// clock moves when it is looked at or slept by; it begins at 1970.
type clock struct{ now int64 }

func (c *clock) tick() int64 {
	c.now += clockStep
	return c.now
}

func (c *clock) wall() (sec int64, nsec int32) {
	now := c.tick()
	return now / 1e9, int32(now % 1e9)
}

func (c *clock) sleep(ns int64) {
	if ns > 0 && c.now < 1<<61 && ns < 1<<61 {
		c.now += ns
	}
}

// random is SHA-256 over the seed and a counter.
type random struct {
	seed   [32]byte
	count  uint64
	rest   []byte
	charge func(bytes int)
}

// Read implements io.Reader and never fails.
func (r *random) Read(p []byte) (int, error) {
	r.charge(16 * len(p))
	for n := 0; n < len(p); {
		if len(r.rest) == 0 {
			sum := sha256.Sum256(binary.BigEndian.AppendUint64(r.seed[:], r.count))
			r.rest, r.count = sum[:], r.count+1
		}
		k := copy(p[n:], r.rest)
		n, r.rest = n+k, r.rest[k:]
	}
	return len(p), nil
}
