package onnx

import "fmt"

// Graph is a model: nodes in an order in which each reads only what stands before it.
type Graph struct {
	Name         string
	Opset        int64 // version of the default operator set
	Inputs       []Value
	Outputs      []Value
	Nodes        []Node
	Initializers map[string]*Tensor
}

// Value is an input or an output. A dimension of -1 is not fixed by the file.
type Value struct {
	Name  string
	Type  Type
	Shape []int
}

// Node is one application of an operator. An empty input name is an optional input that is left out.
type Node struct {
	Name       string
	Op         string
	Domain     string
	Inputs     []string
	Outputs    []string
	Attributes map[string]Attribute
}

// Attribute holds the one field that its kind fills.
type Attribute struct {
	Int     int64
	Float   float64
	Text    string
	Ints    []int64
	Floats  []float64
	Strings []string
	Tensor  *Tensor
}

// Label names a node for a person: its operator and its own name, or that of its first output.
func (n *Node) Label() string {
	op := n.Op
	if n.Domain != "" {
		op = n.Domain + "." + n.Op
	}
	switch {
	case n.Name != "":
		return fmt.Sprintf("%s %q", op, n.Name)
	case len(n.Outputs) > 0:
		return fmt.Sprintf("%s (output %q)", op, n.Outputs[0])
	}
	return op
}

// Int is an integer attribute or, when it is absent, fallback.
func (n *Node) Int(name string, fallback int64) int64 {
	if a, ok := n.Attributes[name]; ok {
		return a.Int
	}
	return fallback
}

// Float is a float attribute or, when it is absent, fallback.
func (n *Node) Float(name string, fallback float64) float64 {
	if a, ok := n.Attributes[name]; ok {
		return a.Float
	}
	return fallback
}

// Text is a string attribute or, when it is absent, fallback.
func (n *Node) Text(name, fallback string) string {
	if a, ok := n.Attributes[name]; ok {
		return a.Text
	}
	return fallback
}

// Ints is a list attribute, nil when it is absent.
func (n *Node) Ints(name string) []int64 { return n.Attributes[name].Ints }

// Floats is a list attribute, nil when it is absent.
func (n *Node) Floats(name string) []float64 { return n.Attributes[name].Floats }

// Has tells whether the file sets an attribute.
func (n *Node) Has(name string) bool {
	_, ok := n.Attributes[name]
	return ok
}

// Input is the name of input i, empty when it is left out.
func (n *Node) Input(i int) string {
	if i < len(n.Inputs) {
		return n.Inputs[i]
	}
	return ""
}
