package circuit_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/circuit/circuittest"
)

func TestEncode(t *testing.T) {
	for seed := range uint64(100) {
		c := circuittest.Random(seeded(t, seed)).Circuit
		b := c.Encode()
		got, err := circuit.Decode(b)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !bytes.Equal(got.Encode(), b) || got.Digest() != c.Digest() {
			t.Fatalf("seed %d: what was read encodes otherwise", seed)
		}
		if !reflect.DeepEqual(plan(t, got).Blocks, plan(t, c).Blocks) || !reflect.DeepEqual(plan(t, got).Tensors, plan(t, c).Tensors) {
			t.Fatalf("seed %d: the plan of what was read is another", seed)
		}
	}
}

// tiny has one dense step with a table and an answer.
func tiny() *circuit.Circuit {
	relu := circuit.Table{Bits: 3, Values: []int16{0, 0, 0, 0, 0, 1, 2, 3}}
	return &circuit.Circuit{
		Shift:  2,
		Tables: []circuit.Table{relu},
		Tensors: []circuit.Tensor{
			{Kind: circuit.Input, Axes: []int{3}},
			{Kind: circuit.Weight, Axes: []int{2, 3}},
			{Kind: circuit.Weight, Axes: []int{2}},
			{Kind: circuit.Witness, Axes: []int{2}},
			{Kind: circuit.Output, Axes: []int{2}},
		},
		Operations: []circuit.Operation{
			{Linear: &circuit.Linear{Output: 3, Table: 0, Factor: 1, Terms: []circuit.Term{
				{Kind: circuit.Dense, Weight: 1, Reading: circuit.Reading{0}}, {Kind: circuit.Bias, Weight: 2},
			}}},
			{Linear: &circuit.Linear{Output: 4, Table: circuit.NoTable, Factor: 1, Terms: []circuit.Term{
				{Kind: circuit.Scale, Reading: circuit.Reading{3}, Factor: 1},
			}}},
		},
	}
}

// TestEncodeGolden holds the bytes that docs/spec/proof-1.md defines.
func TestEncodeGolden(t *testing.T) {
	const want = "61796e692f636972637569742d310a" + // magic
		"02000000" + // shift
		"01000000" + "03000000" + "00000000" + "02000000" + "00000000" + "04000000" + "01000000" + "03000000" + // a table: bits, first, runs
		"05000000" + // tensors: kind, axes
		"00000000" + "01000000" + "03000000" +
		"03000000" + "02000000" + "02000000" + "03000000" +
		"03000000" + "01000000" + "02000000" +
		"02000000" + "01000000" + "02000000" +
		"01000000" + "01000000" + "02000000" +
		"02000000" + // operations
		"00000000" + "03000000" + "00000000" + "01000000" + "02000000" + // linear: output, table, factor, terms
		"00000000" + "01000000" + "01000000" + "00000000" + // dense: weight, reading
		"02000000" + "02000000" + // bias
		"00000000" + "04000000" + "ffffffff" + "01000000" + "01000000" +
		"03000000" + "01000000" + "03000000" + "01000000" // scale: reading, factor
	if got := hex.EncodeToString(tiny().Encode()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestDecodeRefuses cuts, extends and changes encodings: what is read is the one encoding of what it says.
func TestDecodeRefuses(t *testing.T) {
	for seed := range uint64(4) {
		b := circuittest.Random(seeded(t, seed)).Circuit.Encode()
		for n := range min(len(b), 2000) {
			if _, err := circuit.Decode(b[:n]); !errors.Is(err, circuit.ErrInvalid) {
				t.Fatalf("seed %d: the first %d of %d bytes: %v", seed, n, len(b), err)
			}
		}
		if _, err := circuit.Decode(append(slices.Clip(b), 0)); !errors.Is(err, circuit.ErrInvalid) {
			t.Fatalf("seed %d: a byte too many: %v", seed, err)
		}
		for i := range min(len(b), 2000) {
			for _, x := range []byte{1, 0x80, 0xff} {
				bad := bytes.Clone(b)
				bad[i] ^= x
				stable(t, bad)
			}
		}
	}
}

// TestDecodeRuns refuses tables whose runs are split, or too long.
func TestDecodeRuns(t *testing.T) {
	good := tiny().Encode()
	at := bytes.Index(good, []byte{2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0})
	for name, runs := range map[string][]byte{
		"split":    {3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0},
		"short":    {2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0},
		"long":     {2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0},
		"empty":    {2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0},
		"negative": {2, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255},
		"large":    {2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 0},
		"many":     {255, 255, 255, 127, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0},
	} {
		bad := append(append(bytes.Clone(good[:at]), runs...), good[at+20:]...)
		if _, err := circuit.Decode(bad); !errors.Is(err, circuit.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// stable decodes bytes that may be refused; what is not must encode to the same bytes.
func stable(t *testing.T, b []byte) {
	t.Helper()
	c, err := circuit.Decode(b)
	if err != nil {
		if !errors.Is(err, circuit.ErrInvalid) {
			t.Fatalf("an error of another kind: %v", err)
		}
		return
	}
	if !bytes.Equal(c.Encode(), b) {
		t.Fatalf("these bytes are read and are not canonical: %x", b)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(tiny().Encode())
	for seed := range uint64(8) {
		b := circuittest.Random(seeded(f, seed)).Circuit.Encode()
		if len(b) < 4000 {
			f.Add(b)
		}
	}
	f.Fuzz(stable)
}
