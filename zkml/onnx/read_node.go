package onnx

import (
	"errors"
	"fmt"
)

// readNode reads a node message; what it read so far names the node in an error.
func readNode(message []byte) (Node, error) {
	n := Node{Attributes: map[string]Attribute{}}
	err := each(message, func(f field) error {
		var text string
		switch f.number {
		case 1:
			err := f.text(&text)
			n.Inputs = append(n.Inputs, text)
			return err
		case 2:
			err := f.text(&text)
			n.Outputs = append(n.Outputs, text)
			return err
		case 3:
			return f.text(&n.Name)
		case 4:
			return f.text(&n.Op)
		case 5:
			name, a, err := readAttribute(f.bytes)
			if err != nil {
				return fmt.Errorf("attribute %q: %w", name, err)
			}
			n.Attributes[name] = a
		case 7:
			return f.text(&n.Domain)
		}
		return nil
	})
	if n.Domain == "ai.onnx" {
		n.Domain = ""
	}
	if err == nil && n.Op == "" {
		err = errors.New("it names no operator")
	}
	return n, err
}

func readAttribute(message []byte) (string, Attribute, error) {
	var name, text string
	var a Attribute
	var one []float64
	err := each(message, func(f field) error {
		switch f.number {
		case 1:
			return f.text(&name)
		case 2:
			return f.reals(&one, 4)
		case 3:
			return f.integer(&a.Int)
		case 4:
			return f.text(&a.Text)
		case 5:
			_, t, err := ReadTensor(f.bytes)
			a.Tensor = t
			return err
		case 7:
			return f.reals(&a.Floats, 4)
		case 8:
			return f.integers(&a.Ints)
		case 9:
			err := f.text(&text)
			a.Strings = append(a.Strings, text)
			return err
		case 6, 11:
			return unsupported("a subgraph (If, Loop, Scan)")
		case 10, 14, 15, 22, 23:
			return unsupported("an attribute of tensors, types or sparse tensors")
		}
		return nil
	})
	if len(one) > 0 {
		a.Float = one[len(one)-1]
	}
	return name, a, err
}

// readValue reads a value's name, element type and shape; only tensors are supported.
func readValue(message []byte) (Value, error) {
	var v Value
	var kind []byte
	err := each(message, func(f field) error {
		switch f.number {
		case 1:
			return f.text(&v.Name)
		case 2:
			kind = f.bytes
		}
		return nil
	})
	if err != nil {
		return v, err
	}
	return v, each(kind, func(f field) error {
		if f.number != 1 {
			return unsupported("a value that is no tensor")
		}
		return each(f.bytes, v.visit)
	})
}

func (v *Value) visit(f field) error {
	switch f.number {
	case 1:
		var t int64
		err := f.integer(&t)
		v.Type = Type(t)
		return err
	case 2:
		return each(f.bytes, func(f field) error {
			if f.number != 1 {
				return nil
			}
			if len(v.Shape) == maxDimensions {
				return fmt.Errorf("more than %d dimensions", maxDimensions)
			}
			size := int64(-1)
			err := each(f.bytes, func(f field) error {
				if f.number == 1 {
					return f.integer(&size)
				}
				return nil
			})
			if size < -1 || size > maxElements {
				return fmt.Errorf("dimension %d is out of range", size)
			}
			v.Shape = append(v.Shape, int(size))
			return err
		})
	}
	return nil
}
