package transcript

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"ayni.example/zk/hash"
)

// NonceBytes is the length of what a proof holds for a grind of more than zero bits.
const NonceBytes = 8

// Kind is what a draw is for. Its name is that of its number in the parameters.
type Kind int

// The kinds of draws, by how many values of a challenge are bad.
const (
	Rounds  Kind = iota // a few: of sumchecks, batches and points of zero checks
	Keys                // as many as the tree of fractions has leaves: of lookups, and the points of the steps
	Folds               // as many as a code word has symbols: of what combines rows of a committed matrix
	Queries             // the indices of columns, and the batch of what they claim
	kinds
)

// Nonces is the leading zero bits that a grind before a draw has, by its kind.
type Nonces [kinds]uint

// attempt is the state after a grind with the nonce.
func (t *Transcript) attempt(nonce uint64) [32]byte {
	t.step(stepGrind)
	t.buf = binary.LittleEndian.AppendUint64(t.buf, nonce)
	return sha256.Sum256(t.buf)
}

// grind finds the smallest nonce for the given number of leading zero bits, takes its state and returns it.
func (t *Transcript) grind(zeros uint) uint64 {
	t.step(stepGrind)
	var message hash.Nonced
	copy(message[:], t.buf)
	nonce := smallest(&message, zeros)
	t.state = t.attempt(nonce)
	return nonce
}

// smallest is the smallest nonce. Where it is worth it, all processors search, each a part at a time: a part is not taken before
// all smaller ones are, and each of those is searched to its end.
func smallest(message *hash.Nonced, zeros uint) uint64 {
	const part, worth = 1 << 12, 15
	workers := 1
	if zeros >= worth {
		workers = runtime.GOMAXPROCS(0)
	}
	var next, best atomic.Uint64
	best.Store(math.MaxUint64)
	search := func() {
		for {
			first := part * (next.Add(1) - 1)
			if first >= best.Load() {
				return
			}
			nonce, found := hash.Nonce(message, zeros, first, part)
			for b := best.Load(); found && nonce < b; b = best.Load() {
				best.CompareAndSwap(b, nonce)
			}
		}
	}
	var all sync.WaitGroup
	for range workers - 1 {
		all.Go(search)
	}
	search()
	all.Wait()
	return best.Load()
}
