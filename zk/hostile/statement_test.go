package hostile_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ayni.example/zk/circuit"
	"ayni.example/zk/commit"
	"ayni.example/zk/verifier"
)

// edited is the claim with another circuit.
func edited(tb testing.TB, c claim, edit func(*circuit.Circuit)) claim {
	tb.Helper()
	decoded, err := circuit.Decode(c.Circuit)
	if err != nil {
		tb.Fatal(err)
	}
	edit(decoded)
	c.Circuit = decoded.Encode()
	return c
}

// TestSwappedModel holds that a proof is of the weights of its root, of two models with the same circuit.
func TestSwappedModel(t *testing.T) {
	mine := models(rand.New(rand.NewPCG(5, 6)))[0]
	other := mine
	other.model.Weights = slices.Clone(mine.model.Weights)
	for i, w := range other.model.Weights {
		if len(w.Int8) > 0 && w.Int8[0] < 100 {
			w.Int8 = append([]int8{w.Int8[0] + 1}, w.Int8[1:]...)
			other.model.Weights[i] = w
			break
		}
	}
	a, b := proven(t, mine), proven(t, other)
	accepted(t, a)
	accepted(t, b)
	if a.Weights == b.Weights {
		t.Fatal("two models have one root")
	}
	for _, c := range []claim{a, b} {
		c.Weights = a.Weights
		c.proof = b.proof
		refused(t, c, "the proof of another model")
		c.Output = b.Output
		refused(t, c, "the proof and the answer of another model")
	}
}

// TestReplayed holds that a proof is for its binding: another nonce, another submitter, a longer or an empty one.
func TestReplayed(t *testing.T) {
	good := proven(t, models(rand.New(rand.NewPCG(5, 6)))[0])
	for _, binding := range []string{"", "bindin", "binding\x00", "Binding", "bindinh", "binding-2"} {
		c := good
		c.Binding = []byte(binding)
		refused(t, c, "under binding %q", binding)
	}
}

// TestEveryNumberOfTheStatement changes, one at a time, each byte of circuit, parameters and root, and each public value.
func TestEveryNumberOfTheStatement(t *testing.T) {
	good := proven(t, models(rand.New(rand.NewPCG(7, 8)))[0])
	stride, count := 1, 0
	if testing.Short() {
		stride = 41
	}
	for name, part := range map[string]func(c *claim) []byte{
		"circuit":    func(c *claim) []byte { c.Circuit = slices.Clone(c.Circuit); return c.Circuit },
		"parameters": func(c *claim) []byte { c.Parameters = slices.Clone(c.Parameters); return c.Parameters },
		"root":       func(c *claim) []byte { return c.Weights[:] },
	} {
		first := good
		for i := 0; i < len(part(&first)); i += stride {
			for _, bit := range []byte{1, 0x80} {
				c := good
				part(&c)[i] ^= bit
				refused(t, c, "byte %d of the %s", i, name)
				count++
			}
		}
	}
	for k, lists := range [][][]int32{good.Input, good.Output} {
		for tensor, values := range lists {
			for i := 0; i < len(values); i += stride {
				c := good
				changed := slices.Clone(lists)
				changed[tensor] = slices.Clone(values)
				changed[tensor][i] ^= 1
				if k == 0 {
					c.Input = changed
				} else {
					c.Output = changed
				}
				refused(t, c, "public value %d of tensor %d", i, tensor)
				count++
			}
		}
	}
	t.Logf("%d changes", count)
}

// TestWrongScales proves under one circuit what was made under another.
func TestWrongScales(t *testing.T) {
	good := proven(t, models(rand.New(rand.NewPCG(9, 1)))[0])
	linear := func(i int) func(c *circuit.Circuit) *circuit.Linear {
		return func(c *circuit.Circuit) *circuit.Linear { return c.Operations[i].Linear }
	}
	conv, pool := linear(0), linear(2)
	for name, edit := range map[string]func(c *circuit.Circuit){
		"shift up":            func(c *circuit.Circuit) { c.Shift++ },
		"shift down":          func(c *circuit.Circuit) { c.Shift-- },
		"multiplier":          func(c *circuit.Circuit) { conv(c).Factor++ },
		"scale":               func(c *circuit.Circuit) { conv(c).Terms[2].Factor++ },
		"scale's sign":        func(c *circuit.Circuit) { conv(c).Terms[2].Factor *= -1 },
		"pool's factor":       func(c *circuit.Circuit) { pool(c).Terms[0].Factor-- },
		"value of a table":    func(c *circuit.Circuit) { c.Tables[0].Values[len(c.Tables[0].Values)/2] ^= 1 },
		"another table":       func(c *circuit.Circuit) { conv(c).Table, pool(c).Table = pool(c).Table, conv(c).Table },
		"padding of a window": func(c *circuit.Circuit) { conv(c).Terms[0].Pad[0] = 0 },
		"base of a forest":    func(c *circuit.Circuit) { c.Operations[5].Forest.Base[0]++ },
		"class of a tree":     func(c *circuit.Circuit) { c.Operations[5].Forest.Classes[1] ^= 1 },
		"bits of a forest":    func(c *circuit.Circuit) { c.Operations[5].Forest.Bits++ },
		"axes":                func(c *circuit.Circuit) { c.Tensors[len(c.Tensors)-1].Axes[0]++ },
	} {
		c := edited(t, good, edit)
		if slices.Equal(c.Circuit, good.Circuit) {
			t.Errorf("%s: nothing was changed", name)
		}
		refused(t, c, "%s", name)
	}
}

// TestPublicValuesOutOfRange holds that integers which differ by the modulus, or are no value of their tensor, are refused.
func TestPublicValuesOutOfRange(t *testing.T) {
	good := proven(t, models(rand.New(rand.NewPCG(9, 1)))[0])
	for _, x := range []int32{-129, 256, 1 << 30, -1 << 31, 1<<31 - 1} {
		c := good
		c.Input = slices.Clone(good.Input)
		c.Input[0] = append([]int32{x}, c.Input[0][1:]...)
		refused(t, c, "input %d", x)
		c.Input = slices.Clone(good.Input)
		c.Input[1] = append([]int32{x}, c.Input[1][1:]...)
		refused(t, c, "feature %d", x)
	}
	for _, y := range []int64{modulus, -modulus, modulus - 2, 1 << 30} {
		x := int64(good.Output[0][0]) + y
		if int64(int32(x)) != x {
			continue
		}
		c := good
		c.Output = slices.Clone(good.Output)
		c.Output[0] = append([]int32{int32(x)}, c.Output[0][1:]...)
		refused(t, c, "output %d instead of %d", x, good.Output[0][0])
	}
	for name, lists := range map[string][][]int32{"none": nil, "one": good.Input[:1], "three": append(slices.Clone(good.Input), []int32{1})} {
		c := good
		c.Input = lists
		refused(t, c, "%s inputs", name)
	}
	short := good
	short.Input = [][]int32{good.Input[0][1:], good.Input[1]}
	refused(t, short, "an input that is too short")
}

// TestHugeShapes holds that a circuit or parameters that are too large are refused before memory is taken for them.
func TestHugeShapes(t *testing.T) {
	good := proven(t, models(rand.New(rand.NewPCG(9, 1)))[0])
	huge := []claim{}
	for tensor := range 3 {
		for _, n := range []int{1 << 20, 1 << 26, 1<<31 - 1, 0, -1} {
			huge = append(huge, edited(t, good, func(c *circuit.Circuit) { c.Tensors[tensor].Axes[0] = n }))
		}
	}
	for i := 4; i < len(good.Parameters); i += 4 {
		for _, x := range []uint32{0, 31, 255, 1 << 16, 1 << 31, 1<<32 - 1} {
			c := good
			c.Parameters = slices.Clone(good.Parameters)
			binary.LittleEndian.PutUint32(c.Parameters[i:], x)
			huge = append(huge, c)
		}
	}
	for i := range len(good.Circuit) / 4 { // each count of the encoding is among these
		c := good
		c.Circuit = slices.Clone(good.Circuit)
		binary.LittleEndian.PutUint32(c.Circuit[min(16+4*i, len(c.Circuit)-4):], 1<<31-1)
		huge = append(huge, c)
	}
	honest := allocated(func() { _ = fast(good) })
	for i, c := range huge {
		if slices.Equal(c.Parameters, good.Parameters) && slices.Equal(c.Circuit, good.Circuit) {
			continue
		}
		if n := allocated(func() { refused(t, c, "huge %d", i) }); n > 40*honest {
			t.Errorf("huge %d: %d bytes of memory, an honest proof takes %d", i, n, honest)
		}
	}
	t.Logf("%d shapes", len(huge))
}

// queryBits is what the queries alone give by section 10, in the words of the specification.
func queryBits(p commit.Parameters) float64 {
	missed := func(rate float64, queries uint32) float64 { return math.Pow((1+rate)/2, float64(queries)) }
	sum := 0.0
	for _, c := range []commit.Code{p.Weights, p.Witness} {
		columns := math.Exp2(float64(c.Columns))
		sum += missed((columns+float64(c.Tail))/(columns*float64(c.InverseRate)), c.Queries)
	}
	for _, l := range p.Levels {
		sum += missed(1/float64(l.InverseRate), l.Queries)
	}
	return float64(p.Grinding) - math.Log2(sum)
}

// TestFewBits holds that the calculator tells the parameters of these tests, whose proofs both verifiers accept, from sound ones.
func TestFewBits(t *testing.T) {
	for _, n := range models(rand.New(rand.NewPCG(9, 1))) {
		table, err := verifier.Soundness(n.model.Circuit, n.p)
		if err != nil {
			t.Fatal(err)
		}
		if table.Bits() > 30 || float64(table.Bits()) > queryBits(n.p) {
			t.Errorf("%s: %v bits, of queries %v", n.name, table.Bits(), queryBits(n.p))
		}
		for what, edit := range map[string]func(p *commit.Parameters){
			"queries":  func(p *commit.Parameters) { p.Weights.Queries = 0 },
			"rate":     func(p *commit.Parameters) { p.Witness.InverseRate = 1 },
			"grinding": func(p *commit.Parameters) { p.Grinding = 25 },
		} {
			p := n.p
			edit(&p)
			if _, err := verifier.Soundness(n.model.Circuit, p); err == nil {
				t.Errorf("%s: %s: parameters that no proof has have a soundness", n.name, what)
			}
			c := proven(t, n)
			c.Parameters = p.Encode()
			refused(t, c, "%s", fmt.Sprint(what))
		}
	}
}
