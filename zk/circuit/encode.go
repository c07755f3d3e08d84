package circuit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// MaxEncoding is the longest encoding that Decode reads.
const MaxEncoding = 4 << 20

// magic begins each encoding; a change of the format changes it.
const magic = "ayni/circuit-1\n"

// Encode is the canonical form: the magic, then numbers of four bytes, little endian, in the order of the types. A circuit
// that Validate refuses has an encoding too, which Decode refuses.
func (c *Circuit) Encode() []byte {
	k := coder{b: []byte(magic), writing: true}
	k.circuit(c)
	return k.b
}

// Digest names the circuit: SHA-256 of its encoding.
func (c *Circuit) Digest() [32]byte { return sha256.Sum256(c.Encode()) }

// Decode reads what Encode has written, and nothing else: each valid circuit has one encoding.
func Decode(b []byte) (*Circuit, error) {
	if len(b) > MaxEncoding {
		return nil, invalid("%d bytes, at most %d are allowed", len(b), MaxEncoding)
	}
	body, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok {
		return nil, invalid("these bytes do not begin with %q", magic)
	}
	k := coder{b: body}
	c := new(Circuit)
	k.circuit(c)
	switch {
	case k.err != nil:
		return nil, k.err
	case len(k.b) > 0:
		return nil, invalid("%d bytes are left over", len(k.b))
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// coder writes to the end of b, or reads from its start, by the same description of the format.
type coder struct {
	b       []byte
	writing bool
	err     error
	values  int // of all tables so far
}

func (k *coder) fail(format string, a ...any) {
	if k.err == nil {
		k.err = invalid(format, a...)
	}
	k.b = nil
}

// number is four bytes, two's complement.
func number[T ~int | ~int16 | ~int32 | ~uint8](k *coder, v *T) {
	if k.writing {
		k.b = binary.LittleEndian.AppendUint32(k.b, uint32(*v))
		return
	}
	if len(k.b) < 4 {
		k.fail("the bytes end within a number")
		return
	}
	n := int32(binary.LittleEndian.Uint32(k.b))
	k.b = k.b[4:]
	if *v = T(n); int32(*v) != n {
		k.fail("number %d is too large for its field", n)
	}
}

// list is a count, then the elements, each of four bytes at least. They are made as they are read: memory is bounded by the bytes
// that there are, whatever a count says.
func list[T any](k *coder, s *[]T, each func(*T)) {
	n := len(*s)
	number(k, &n)
	if !k.writing {
		if n < 0 || n > len(k.b)/4 {
			k.fail("%d elements in %d bytes", n, len(k.b))
			return
		}
		*s = nil
	}
	for i := range n {
		if !k.writing {
			*s = append(*s, *new(T))
		}
		if each(&(*s)[i]); k.err != nil {
			return
		}
	}
}

func numbers[T ~int | ~int32](k *coder, s *[]T) { list(k, s, func(v *T) { number(k, v) }) }

func pair(k *coder, v *[2]int) {
	number(k, &v[0])
	number(k, &v[1])
}

func (k *coder) circuit(c *Circuit) {
	number(k, &c.Shift)
	list(k, &c.Tables, k.table)
	list(k, &c.Tensors, func(t *Tensor) {
		number(k, &t.Kind)
		numbers(k, &t.Axes)
	})
	list(k, &c.Operations, k.operation)
}

// run is a stretch of a table where each value is the one before plus Step.
type run struct{ step, count int }

// table is the bits, the first value, and the runs, each as long as can be. Tables of quantised networks have few of them.
func (k *coder) table(t *Table) {
	number(k, &t.Bits)
	var first int16
	var runs []run
	if k.writing {
		first, runs = t.runs()
	}
	number(k, &first)
	list(k, &runs, func(r *run) {
		number(k, &r.step)
		number(k, &r.count)
	})
	if k.writing || k.err != nil {
		return
	}
	if k.values += 1 << min(t.Bits, maxTableBits+1); t.Bits > maxTableBits || k.values > maxTableTotal {
		k.fail("a table of %d bits is too long", t.Bits)
		return
	}
	t.Values = append(make([]int16, 0, 1<<t.Bits), first)
	for i, r := range runs {
		if r.count < 1 || r.count > 1<<t.Bits-len(t.Values) || (i > 0 && r.step == runs[i-1].step) {
			k.fail("run %d of a table is not as long as it can be, or longer than the table", i)
			return
		}
		for range r.count {
			v := int(t.Values[len(t.Values)-1]) + r.step
			if v < smallLow || v > smallHigh {
				k.fail("a value of a table is not in %d..%d", smallLow, smallHigh)
				return
			}
			t.Values = append(t.Values, int16(v))
		}
	}
	if len(t.Values) != 1<<t.Bits {
		k.fail("a table of %d bits has %d values", t.Bits, len(t.Values))
	}
}

func (t *Table) runs() (first int16, runs []run) {
	if len(t.Values) == 0 {
		return 0, nil
	}
	for i := 1; i < len(t.Values); i++ {
		step := int(t.Values[i]) - int(t.Values[i-1])
		if n := len(runs); n > 0 && runs[n-1].step == step {
			runs[n-1].count++
		} else {
			runs = append(runs, run{step, 1})
		}
	}
	return t.Values[0], runs
}

// operation is a kind (0 linear, 1 maxpool, 2 forest), then its fields.
func (k *coder) operation(o *Operation) {
	kind := 3
	switch {
	case o.Linear != nil:
		kind = 0
	case o.MaxPool != nil:
		kind = 1
	case o.Forest != nil:
		kind = 2
	}
	number(k, &kind)
	switch kind {
	case 0:
		k.linear(make0(k, &o.Linear))
	case 1:
		m := make0(k, &o.MaxPool)
		numbers(k, (*[]int)(&m.Reading))
		number(k, &m.Output)
		pair(k, &m.Window)
		pair(k, &m.Stride)
	case 2:
		f := make0(k, &o.Forest)
		for _, v := range []*int{&f.Input, &f.Output, &f.Feature, &f.Threshold, &f.Leaf, &f.Depth, &f.Bits} {
			number(k, v)
		}
		numbers(k, &f.Classes)
		numbers(k, &f.Base)
	default:
		if !k.writing {
			k.fail("unknown kind of operation %d", kind)
		}
	}
}

// make0 is what p points to, made when reading.
func make0[T any](k *coder, p **T) *T {
	if !k.writing {
		*p = new(T)
	}
	return *p
}

// linear is output, table (-1 for none), factor and the terms: a kind, then the fields that it has.
func (k *coder) linear(l *Linear) {
	number(k, &l.Output)
	number(k, &l.Table)
	number(k, &l.Factor)
	list(k, &l.Terms, func(t *Term) {
		number(k, &t.Kind)
		if t.Kind == Dense || t.Kind == Conv || t.Kind == Bias {
			number(k, &t.Weight)
		}
		if t.Kind != Bias {
			numbers(k, (*[]int)(&t.Reading))
		}
		if t.Kind == Scale || t.Kind == Pool {
			number(k, &t.Factor)
		}
		if t.Kind == Pool {
			pair(k, &t.Window)
		}
		if t.Kind == Conv || t.Kind == Pool {
			pair(k, &t.Stride)
			pair(k, &t.Pad)
		}
	})
}
