package quant

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"ayni.example/zk/circuit"
	"ayni.example/zkml/onnx"
)

// Config says how a model is quantised.
type Config struct {
	Rows      [][]float64 // calibration: rows as the model gets them, which the ranges of activations are read from
	TableBits int         // most bits of an activation table, 14 when 0
	Instances int         // rows that one proof of a forest covers, 1 when 0
	MaxShift  int         // most bits that a requantisation divides by, 12 when 0
	Bound     int         // most multiply-adds of one run of the float model, for files of strangers; 0 for the executor's own
}

// Model is an integer circuit with what ties it to real numbers.
type Model struct {
	Circuit *circuit.Circuit
	Weights circuit.Weights
	Input   Encoding
	Output  Decoding
	Notes   []string // what a reader of the accuracy should know

	layout *circuit.Plan
}

// errEach asks for one scale for the whole input: something other than a product reads it.
var errEach = errors.New("the input needs one scale")

// Quantise makes a valid circuit of a float model with one input, a batch of one. What it cannot make one of it refuses with
// the node and the reason, in the chain of which is onnx.ErrUnsupported.
func Quantise(g *onnx.Graph, cfg Config) (*Model, error) {
	m, err := quantise(g, cfg)
	if err == nil {
		err = m.Circuit.Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("quantise: %w", err)
	}
	return m, nil
}

func quantise(g *onnx.Graph, cfg Config) (*Model, error) {
	if len(cfg.Rows) == 0 {
		return nil, errors.New("calibration rows are missing: give some inputs as the model will see them")
	}
	if cfg.TableBits == 0 {
		cfg.TableBits = 14
	}
	if cfg.MaxShift == 0 {
		cfg.MaxShift = 12
	}
	if f := forestNode(g); f != nil {
		return quantiseForest(g, f, cfg)
	}
	g = rewrite(g)
	cal, err := calibrate(g, cfg.Rows, cfg.Bound)
	if err != nil {
		return nil, err
	}
	each := true
	for shift := 8; ; shift++ {
		m, coarse, err := lower(g, cal, cfg, shift, each)
		if errors.Is(err, errEach) && each {
			each = false
			m, coarse, err = lower(g, cal, cfg, shift, each)
		}
		if err != nil || !coarse || shift >= cfg.MaxShift || shift+cfg.TableBits >= 30 {
			return m, err
		}
	}
}

// lower builds the circuit at one shift and says whether a layer's factor came out too coarse for it.
func lower(g *onnx.Graph, cal *calibration, cfg Config, shift int, each bool) (*Model, bool, error) {
	b := &builder{circuit: &circuit.Circuit{Shift: uint8(shift)}, bits: cfg.TableBits}
	l := &lowering{builder: b, graph: g, cal: cal, uses: uses(g), values: map[string]*value{}, absorbs: map[string]bool{}}
	m := &Model{Input: l.encoding(each)}
	last, post := g.Outputs[0].Name, ""
	if len(g.Outputs) != 1 {
		return nil, false, unsupported("%d outputs: one is supported", len(g.Outputs))
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if _, fixed := cal.constants[n.Outputs[0]]; fixed {
			continue
		}
		if final := n.Outputs[0] == last; final && (n.Op == "Softmax" || n.Op == "Sigmoid") {
			post, last = n.Op, n.Inputs[0]
			b.notes = append(b.notes, n.Op+" at the end stays outside of the circuit, which answers its logits")
			continue
		}
		v, err := l.node(n)
		if err != nil {
			return nil, false, fmt.Errorf("node %s: %w", n.Label(), err)
		}
		l.values[n.Outputs[0]] = v
	}
	var err error
	if m.Output, err = l.output(last); err != nil {
		return nil, false, err
	}
	m.Output.Post = post
	b.values()
	m.Circuit, m.Weights, m.Notes = b.circuit, b.weights, b.notes
	return m, b.coarse, nil
}

// encoding declares the input. Where each is set and the input is a row, every element has a scale and a zero of its own.
func (l *lowering) encoding(each bool) Encoding {
	in := l.graph.Inputs[0]
	shape := l.cal.shapes[in.Name]
	s := &source{axes: slices.Clone(shape[1:]), scale: 1}
	s.reading = circuit.Reading{l.tensor(circuit.Input, s.axes)}
	enc := Encoding{Low: 0, High: 255}
	if each && len(shape) == 2 {
		for i := range l.cal.inputLow {
			scale, zero := affine(l.cal.inputLow[i], l.cal.inputHigh[i], l.cal.integral[i])
			enc.Scale, enc.Zero = append(enc.Scale, scale), append(enc.Zero, zero)
		}
		s.each, s.zero = enc.Scale, enc.Zero
	} else {
		low, high := slices.Min(l.cal.inputLow), slices.Max(l.cal.inputHigh)
		enc.Scale, enc.Zero = []float64{max(high, 1e-9) / 255}, []float64{0}
		if low < 0 {
			enc.Low, enc.High = -127, 127
			enc.Scale[0] = max(-low, high) / 127
		} else if !slices.Contains(l.cal.integral, false) && high <= 255 {
			enc.Scale[0] = 1
		}
		s.scale = enc.Scale[0]
	}
	s.low, s.high = enc.Low, enc.High
	l.values[in.Name] = whole(in.Name, shape, s)
	return enc
}

// affine maps what an element did in calibration to 0..255. Integers of a small range stay exact, spread over as much of it
// as they can, so that no element needs larger weights than the others.
func affine(low, high float64, integral bool) (scale, zero float64) {
	switch {
	case high == low:
		return max(math.Abs(low), 1) / 255, low
	case integral && high-low <= 255:
		return 1 / math.Floor(255/(high-low)), low
	}
	return (high - low) / 255, low
}

// output closes the value that is the answer.
func (l *lowering) output(name string) (Decoding, error) {
	v := l.values[name]
	if v == nil {
		return Decoding{}, unsupported("an output that does not depend on the input")
	}
	var d Decoding
	position := map[*source]int{}
	for _, s := range v.sources() {
		if s.each != nil {
			return d, errEach
		}
		tensor, scale, err := l.answer(l.open(s), s.axes)
		if err != nil {
			return d, err
		}
		position[s] = len(d.Scale)
		d.Tensors, d.Scale = append(d.Tensors, tensor), append(d.Scale, scale)
	}
	for _, c := range v.at {
		d.At = append(d.At, [2]int{position[c.from], c.index})
	}
	return d, nil
}
