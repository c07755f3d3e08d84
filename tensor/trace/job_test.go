package trace_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand"
	"testing"
	"time"

	"ayni.example/tensor/trace"
)

func job() trace.Job {
	return trace.Job{Shape: small(), Plan: trace.Hash{1, 2}, Initial: trace.Hash{3, 4}, Steps: 1000, Segment: 16}
}

func TestJob(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewSource(seed))
	for range 100 {
		want := trace.Job{Shape: shape(r), Steps: 1 + uint64(r.Intn(1000)), Segment: 1 + uint64(r.Intn(256))}
		got, err := trace.DecodeJob(want.Encode())
		if err != nil || got != want || got.Digest() != want.Digest() {
			t.Fatalf("%+v became %+v: %v", want, got, err)
		}
	}
}

// Each number of a job is in its encoding, at its place, and within its bounds.
func TestJobBounds(t *testing.T) {
	good := job().Encode()
	const header = len("ayni/job/1\n")
	at := func(i int) int {
		if i >= 12 {
			return header + 12*8 + 64 + (i-12)*8
		}
		return header + i*8
	}
	for i, bad := range [][]uint64{
		{0, 65, 1 << 63},
		{0, 8193},
		{0, 257, 3 << 40},
		{0, 3},
		{0, 16, 48, 160},
		{0, 8193},
		{0, 131073},
		{0, 65, 4097},
		{0, 16, 33, 4128},
		{2},
		{0, 0x3f800000, 1 << 32},
		{0, 0x7ff0000000000001, 1 << 63},
		{0, 1<<28 + 1},
		{0, 257},
	} {
		for _, v := range bad {
			data := bytes.Clone(good)
			binary.LittleEndian.PutUint64(data[at(i):], v)
			if _, err := trace.DecodeJob(data); !errors.Is(err, trace.ErrShape) && !errors.Is(err, trace.ErrJob) {
				t.Errorf("number %d may be %d: %v", i, v, err)
			}
		}
	}
	for _, data := range [][]byte{nil, good[1:], append(bytes.Clone(good), 0), bytes.Repeat([]byte{'a'}, len(good))} {
		if _, err := trace.DecodeJob(data); !errors.Is(err, trace.ErrJob) {
			t.Errorf("%d bytes are a job: %v", len(data), err)
		}
	}
}

func FuzzDecodeJob(f *testing.F) {
	f.Add(job().Encode())
	f.Add([]byte("ayni/job/1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := trace.DecodeJob(data)
		if err != nil {
			return
		}
		if !bytes.Equal(j.Encode(), data) {
			t.Fatal("a job has two encodings")
		}
		if _, err := trace.NewProgram(j.Shape); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzCompute gives any words to any chunk, of as many as it reads or a few more or less.
func FuzzCompute(f *testing.F) {
	p, err := trace.NewProgram(small())
	if err != nil {
		f.Fatal(err)
	}
	for i := range p.Operations() {
		f.Add(uint16(i), uint16(i), uint16(0), uint8(0), []byte{0, 0, 0x80, 0x7f, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xc0, 0x7f, byte(i), 0, 0, 0})
	}
	f.Fuzz(func(t *testing.T, tensor, tile, chunk uint16, spoil uint8, data []byte) {
		i := int(tensor) % len(p.Operations())
		at := int(tile) % p.Tiles(i)
		part := int(chunk) % p.Chunks(i, at)
		list, err := p.Operands(i, at, part)
		if err != nil {
			t.Fatal(err)
		}
		var carry []uint32
		if part > 0 {
			carry = fill(data, p.Carry(i, at), 1)
		}
		in := make([][]uint32, 0, len(list))
		for j, o := range list {
			of, err := p.Lookup(o)
			if err != nil {
				t.Fatal(err)
			}
			rows, cols := of.Size(o.Tile)
			n := rows * cols
			if spoil > 0 && j == int(spoil)%len(list) {
				n += int(spoil) - 128
			}
			in = append(in, fill(data, max(0, n), j))
		}
		out, err := p.Compute(i, at, part, carry, in)
		if err != nil {
			if !errors.Is(err, trace.ErrOperands) {
				t.Fatal(err)
			}
			return
		}
		rows, cols := p.Tensor(i).Size(at)
		want := p.Carry(i, at)
		if part == p.Chunks(i, at)-1 {
			want = rows * cols
		}
		if len(out) != want {
			t.Fatalf("%s makes %d words, want %d", p.Line(i), len(out), want)
		}
	})
}

// fill repeats data as words.
func fill(data []byte, n, skip int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		var word [4]byte
		for j := range word {
			if len(data) > 0 {
				word[j] = data[((i+skip)*4+j)%len(data)]
			}
		}
		out[i] = binary.LittleEndian.Uint32(word[:])
	}
	return out
}
