package onnx

import (
	"errors"
	"fmt"
)

// MaxBytes bounds a file, and maxNodes its graph.
const (
	MaxBytes = 1 << 28
	maxNodes = 1 << 14
)

// Read reads a model. The graph shares no memory with file.
func Read(file []byte) (*Graph, error) {
	if len(file) > MaxBytes {
		return nil, fmt.Errorf("read onnx: %d bytes, at most %d are read", len(file), MaxBytes)
	}
	g := &Graph{Initializers: map[string]*Tensor{}}
	var graph []byte
	graphs := 0
	err := each(file, func(f field) error {
		switch f.number {
		case 7:
			graph = f.bytes
			graphs++
		case 8:
			return g.readOpset(f.bytes)
		case 25:
			return unsupported("operators that the file defines itself (functions)")
		}
		return nil
	})
	if err == nil && graphs != 1 {
		err = fmt.Errorf("the file has %d graphs in place of 1: it is no ONNX model", graphs)
	}
	if err == nil {
		err = each(graph, g.visit)
	}
	if err == nil {
		err = g.check()
	}
	if err != nil {
		return nil, fmt.Errorf("read onnx: %w", err)
	}
	return g, nil
}

// readOpset keeps the version of the default domain.
func (g *Graph) readOpset(message []byte) error {
	var domain string
	var version int64
	err := each(message, func(f field) error {
		switch f.number {
		case 1:
			return f.text(&domain)
		case 2:
			return f.integer(&version)
		}
		return nil
	})
	if domain == "" || domain == "ai.onnx" {
		g.Opset = version
	}
	return err
}

func (g *Graph) visit(f field) error {
	switch f.number {
	case 1:
		if len(g.Nodes) == maxNodes {
			return fmt.Errorf("more than %d nodes", maxNodes)
		}
		n, err := readNode(f.bytes)
		if err != nil {
			return fmt.Errorf("node %s: %w", n.Label(), err)
		}
		g.Nodes = append(g.Nodes, n)
	case 2:
		return f.text(&g.Name)
	case 5:
		name, t, err := ReadTensor(f.bytes)
		if err != nil {
			return err
		}
		if g.Initializers[name] != nil || name == "" {
			return fmt.Errorf("tensor %q: the name is empty or stands twice", name)
		}
		g.Initializers[name] = t
	case 11, 12:
		v, err := readValue(f.bytes)
		if err != nil {
			return fmt.Errorf("value %q: %w", v.Name, err)
		}
		if f.number == 11 {
			g.Inputs = append(g.Inputs, v)
		} else {
			g.Outputs = append(g.Outputs, v)
		}
	case 15:
		return unsupported("sparse initializers")
	}
	return nil
}

// check holds the graph to its form: every name is written once, before it is read. Initializers that old files list as
// inputs too are taken out of the inputs.
func (g *Graph) check() error {
	known := map[string]bool{}
	inputs := g.Inputs[:0]
	for _, v := range g.Inputs {
		if known[v.Name] || v.Name == "" {
			return fmt.Errorf("input %q: the name is empty or stands twice", v.Name)
		}
		known[v.Name] = true
		if g.Initializers[v.Name] == nil {
			inputs = append(inputs, v)
		}
	}
	g.Inputs = inputs
	for name := range g.Initializers {
		known[name] = true
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		for _, name := range n.Inputs {
			if name != "" && !known[name] {
				return fmt.Errorf("node %s reads %q, which nothing before it gives", n.Label(), name)
			}
		}
		for _, name := range n.Outputs {
			if name != "" && known[name] {
				return fmt.Errorf("node %s writes %q, which exists already", n.Label(), name)
			}
			known[name] = true
		}
	}
	for _, v := range g.Outputs {
		if !known[v.Name] {
			return fmt.Errorf("output %q: nothing gives it", v.Name)
		}
	}
	if len(g.Outputs) == 0 {
		return errors.New("the graph has no output")
	}
	return nil
}
