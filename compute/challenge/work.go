package challenge

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"ayni.example/tensor"
)

// Task is how much is to be computed.
type Task struct {
	Side    int `json:"side"`  // of the square matrices, a multiple of 32
	Count   int `json:"count"` // products
	Threads int `json:"threads"`
}

const (
	band = 32 // rows of a digest
	// Bounds of a task: what a provider computes for a stranger.
	sideMax       = 1024
	countMax      = 1 << 16
	threadsMax    = 1024
	operationsMax = 4e12
	digestsMax    = 1 << 17
)

// errTask refuses a task.
var errTask = errors.New("no task that is taken")

// Validate bounds what a stranger can ask for.
func (t Task) Validate() error {
	switch {
	case t.Side < band || t.Side > sideMax || t.Side%band != 0, t.Count < 1 || t.Count > countMax, t.Threads < 1 || t.Threads > threadsMax:
		return fmt.Errorf("%w: %d products of side %d on %d threads", errTask, t.Count, t.Side, t.Threads)
	case t.Operations() > operationsMax || t.bands() > digestsMax:
		return fmt.Errorf("%w: %d operations are too many", errTask, t.Operations())
	}
	return nil
}

// Operations are the multiplications and additions of a task.
func (t Task) Operations() uint64 {
	side := uint64(t.Side)
	return 2 * side * side * side * uint64(t.Count)
}

func (t Task) bands() int { return t.Count * t.Side / band }

// TaskFor keeps a machine of that speed busy for so many seconds.
func TaskFor(flops uint64, threads int, seconds float64) Task {
	t := Task{Side: sideMax, Count: 1, Threads: threads}
	count := float64(min(flops, operationsMax)) * seconds / float64(t.Operations())
	most := min(operationsMax/float64(t.Operations()), digestsMax/float64(t.Side/band), countMax)
	t.Count = max(1, int(min(count, most)))
	return t
}

// Compute does a task: the digests of all bands, product by product.
func (t Task) Compute(seed [32]byte) [][32]byte {
	pool := tensor.NewPool(t.Threads)
	a, b, c := make([]float32, t.Side*t.Side), make([]float32, t.Side*t.Side), make([]float32, t.Side*t.Side)
	digests := make([][32]byte, 0, t.bands())
	for i := range t.Count {
		fill(pool, a, seed, 2*i)
		fill(pool, b, seed, 2*i+1)
		tensor.Gemm(pool, tensor.RowMajor(c, t.Side, t.Side), tensor.RowMajor(a, t.Side, t.Side), tensor.RowMajor(b, t.Side, t.Side), false)
		sums := make([][32]byte, t.Side/band)
		pool.Run(len(sums), band*t.Side, func(j int) { sums[j] = sum(c[j*band*t.Side : (j+1)*band*t.Side]) })
		digests = append(digests, sums...)
	}
	return digests
}

// Band is one digest alone.
func (t Task) Band(seed [32]byte, at int) [32]byte {
	i, j := at/(t.Side/band), at%(t.Side/band)
	a, b, c := make([]float32, t.Side*t.Side), make([]float32, t.Side*t.Side), make([]float32, band*t.Side)
	pool := tensor.NewPool(1)
	fill(pool, a, seed, 2*i)
	fill(pool, b, seed, 2*i+1)
	rows := a[j*band*t.Side : (j+1)*band*t.Side]
	tensor.Gemm(pool, tensor.RowMajor(c, band, t.Side), tensor.RowMajor(rows, band, t.Side), tensor.RowMajor(b, t.Side, t.Side), false)
	return sum(c)
}

// fill draws a matrix: numbers from -1 to 1, by SplitMix64 from a start that the seed gives. It need not be hard to guess, only new.
func fill(pool *tensor.Pool, m []float32, seed [32]byte, number int) {
	start := sha256.Sum256(binary.BigEndian.AppendUint64(append([]byte("ayni/challenge/1\x00"), seed[:]...), uint64(number)))
	first := binary.BigEndian.Uint64(start[:])
	const part = 4096
	pool.Run((len(m)+part-1)/part, 16*part, func(p int) {
		state := first + uint64(p*part)*0x9e3779b97f4a7c15
		for i := p * part; i < min((p+1)*part, len(m)); i++ {
			state += 0x9e3779b97f4a7c15
			z := (state ^ state>>30) * 0xbf58476d1ce4e5b9
			z = (z ^ z>>27) * 0x94d049bb133111eb
			m[i] = float32(int32(z>>32)) * (1.0 / (1 << 31))
		}
	})
}

func sum(x []float32) [32]byte {
	raw := make([]byte, 4*len(x))
	for i, v := range x {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(v))
	}
	return sha256.Sum256(raw)
}
