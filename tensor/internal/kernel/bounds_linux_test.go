package kernel_test

import (
	"math/rand/v2"
	"os"
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"

	"ayni.example/tensor/internal/kernel"
)

// fence hands out memory that ends, or begins, where nothing may be touched.
type fence struct {
	t     *testing.T
	after bool // the forbidden page comes after the memory, not before it
}

// fenced is n elements beside a page without any access.
func fenced[T any](f fence, n int) []T {
	f.t.Helper()
	if n == 0 {
		return nil
	}
	page := os.Getpagesize()
	bytes := n * int(unsafe.Sizeof(*new(T)))
	room := (bytes + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, room+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		if err := syscall.Munmap(m); err != nil {
			f.t.Error(err)
		}
	})
	for _, p := range [][]byte{m[:page], m[page+room:]} {
		if err := syscall.Mprotect(p, syscall.PROT_NONE); err != nil {
			f.t.Fatal(err)
		}
	}
	at := page
	if f.after {
		at = page + room - bytes
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&m[at])), n)
}

func (f fence) floats(r *rand.Rand, n int) []float32 {
	x := fenced[float32](f, n)
	copy(x, floats(r, n))
	return x
}

// inBounds runs kernels of every family on memory with a fence after it, and before it.
func inBounds(t *testing.T, do func(f fence, k *kernel.Table, r *rand.Rand)) {
	t.Helper()
	for _, k := range kernel.Families() {
		for _, after := range []bool{true, false} {
			t.Run(k.Name, func(t *testing.T) {
				debug.SetPanicOnFault(true)
				defer func() {
					debug.SetPanicOnFault(false)
					if fault := recover(); fault != nil {
						t.Errorf("fence after the memory %v: %v\n%s", after, fault, debug.Stack())
					}
				}()
				do(fence{t, after}, k, rand.New(rand.NewPCG(quantSeed, 4)))
			})
		}
	}
}

func TestFencesHold(t *testing.T) {
	for _, after := range []bool{true, false} {
		x := fenced[float32](fence{t, after}, 5)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("fence after the memory %v: a read beyond it went well", after)
				}
			}()
			defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
			at := -1
			if after {
				at = len(x)
			}
			t.Log(*(*float32)(unsafe.Add(unsafe.Pointer(&x[0]), 4*at)))
		}()
	}
}

func TestRowsStayInBounds(t *testing.T) {
	inBounds(t, func(f fence, k *kernel.Table, r *rand.Rand) {
		for n := 0; n < 70; n += 1 + r.IntN(3) {
			for _, run := range rowKernels() {
				x := make([][]float32, 5)
				for i := range x {
					x[i] = f.floats(r, n)
				}
				run(&k.Vector, x, floats(r, 2))
			}
		}
	})
}

func TestAttentionStaysInBounds(t *testing.T) {
	inBounds(t, func(f fence, k *kernel.Table, r *rand.Rand) {
		for range 60 {
			size, rows, positions := 1+r.IntN(80), 1+r.IntN(6), 1+r.IntN(60)
			if r.IntN(2) > 0 {
				size = 16 * (1 + r.IntN(5))
			}
			page := kernel.KeyBlock * (1 + r.IntN(3))
			first := r.IntN(page)
			block := first / kernel.KeyBlock * kernel.KeyBlock
			var keys, values [][]float32
			for at := 0; at < block+positions; at += page {
				held := min(page, (block+positions-at+kernel.KeyBlock-1)/kernel.KeyBlock*kernel.KeyBlock)
				keys = append(keys, f.floats(r, held*size))
			}
			for at := 0; at < first+positions+rows-1; at += page {
				values = append(values, f.floats(r, (min(page, first+positions+rows-1-at)-1)*(size+2)+size))
			}
			k.Vector.Scores(kernel.Scores{
				Dst: f.floats(r, (rows-1)*(positions+1)+positions), DstStep: positions + 1, Q: f.floats(r, rows*size), QStep: size,
				Keys: keys, PageSize: page, First: block, Size: size, Rows: rows, Positions: positions, Scale: 1,
			})
			k.Vector.Mix(kernel.Mix{
				Dst: f.floats(r, rows*size), DstStep: size, Weight: f.floats(r, rows*(positions+rows-1)), WeightStep: positions + rows - 1,
				Values: values, PageSize: page, First: first, Stride: size + 2, Size: size, Rows: rows, Positions: positions, Triangle: true,
			})
			n := 1 + r.IntN(kernel.KeyBlock)
			k.Vector.PutKeys(f.floats(r, kernel.KeyBlock*size), f.floats(r, (n-1)*(size+1)+size), size+1, size, n)
		}
	})
}

func TestProductsStayInBounds(t *testing.T) {
	inBounds(t, func(f fence, k *kernel.Table, r *rand.Rand) {
		for range 60 {
			depth, panels, step := 1+r.IntN(40), 1+r.IntN(6), r.IntN(3)
			g := &k.Gemm
			for rows := 1; rows <= g.MaxRows; rows++ {
				g.Tile(&kernel.Tile{
					A: f.floats(r, (rows-1)*(depth+step)+depth), ARow: depth + step, ACol: 1, B: f.floats(r, (depth-1)*(kernel.Width+step)+kernel.Width),
					BRow: kernel.Width + step, C: f.floats(r, (rows-1)*(kernel.Width+step)+kernel.Width), CRow: kernel.Width + step,
					K: depth, Rows: rows, Add: step == 0,
				})
			}
			c, a, half := f.floats(r, panels*kernel.Width), f.floats(r, depth), fenced[uint16](f, panels*kernel.Width*depth)
			g.Row(c, a, f.floats(r, panels*kernel.Width*depth))
			g.RowF16(c, a, half)
			g.RowBF16(c, a, half)
			g.WidenF16(f.floats(r, len(half)), half)
			g.WidenBF16(f.floats(r, len(half)), half)
			g.Transpose(f.floats(r, kernel.Width*depth), f.floats(r, (kernel.Width-1)*(depth+step)+depth), depth+step, depth)
		}
	})
}

func TestQuantisedStayInBounds(t *testing.T) {
	inBounds(t, func(f fence, k *kernel.Table, r *rand.Rand) {
		q := &k.Quant
		for blocks := 1; blocks < 6; blocks++ {
			for n := range 12 {
				n++
				step := kernel.Group + r.IntN(3)
				dst := f.floats(r, (n-1)*step+kernel.Group)
				in32, in256 := fenced[kernel.Block32](f, n*blocks), fenced[kernel.Block256](f, n*blocks)
				q.Quantise32(in32, f.floats(r, 32*len(in32)))
				q.Quantise256(in256, f.floats(r, 256*len(in256)))
				q.MulQ8(dst, step, fenced[byte](f, kernel.GroupQ8(blocks)), in32, n)
				q.MulQ4(dst, step, fenced[byte](f, kernel.GroupQ4(blocks)), in32, n)
				q.MulQ4K(dst, step, fenced[byte](f, kernel.GroupQ4K(blocks)), in256, n)
				q.MulQ6K(dst, step, fenced[byte](f, kernel.GroupQ6K(blocks)), in256, n)
			}
		}
	})
}
