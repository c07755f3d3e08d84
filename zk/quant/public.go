package quant

import (
	"errors"
	"fmt"
	"math"

	"ayni.example/zk/circuit"
	"ayni.example/zkml/onnx"
)

// Validate holds an encoding that came in a file to its circuit: Encode then gives what the circuit takes.
func (e *Encoding) Validate(c *circuit.Circuit) error {
	inputs := c.Inputs()
	if len(inputs) != 1 {
		return fmt.Errorf("the circuit has %d inputs in place of 1", len(inputs))
	}
	n := onnx.Elements(c.Tensors[inputs[0]].Axes)
	low, high := c.Range(inputs[0])
	if len(e.Scale) == 0 || n%len(e.Scale) != 0 || len(e.Zero) != len(e.Scale) || e.Low < low || e.High > high || e.Low > e.High {
		return errors.New("the input's encoding does not fit the circuit")
	}
	for i := range e.Scale {
		if !(e.Scale[i] > 0) || math.IsInf(e.Scale[i], 0) || math.IsNaN(e.Zero[i]) || math.IsInf(e.Zero[i], 0) {
			return fmt.Errorf("scale or zero %d of the input is out of range", i)
		}
	}
	return nil
}

// Validate holds a decoding that came in a file to its circuit: Decode then stays inside of the answer.
func (d *Decoding) Validate(c *circuit.Circuit) error {
	outputs := c.Outputs()
	if len(d.Tensors) != len(outputs) || len(d.Scale) != len(outputs) || len(d.At) == 0 {
		return errors.New("the output's decoding does not fit the circuit")
	}
	for i, id := range outputs {
		if d.Tensors[i] != id || math.IsNaN(d.Scale[i]) || math.IsInf(d.Scale[i], 0) {
			return fmt.Errorf("output %d of the decoding is not that of the circuit", i)
		}
	}
	for _, at := range d.At {
		if at[0] < 0 || at[0] >= len(outputs) || at[1] < 0 || at[1] >= onnx.Elements(c.Tensors[outputs[at[0]]].Axes) {
			return errors.New("the output's decoding reaches outside of the circuit's answer")
		}
	}
	switch d.Post {
	case "", "Softmax", "Sigmoid":
	case "Logistic":
		if len(d.At) != 1 {
			return errors.New("a logistic answer has one sum")
		}
	default:
		return fmt.Errorf("the decoding ends in %q, which is not known", d.Post)
	}
	return nil
}
