package onnx

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Bounds of one run: of the elements of all tensors alive together, and of multiply-adds unless Bound says otherwise.
const (
	maxAlive = 1 << 27
	maxWork  = 1 << 36
)

// ErrUnsupported is in the chain of every error about something that the format has and this package has not.
var ErrUnsupported = errors.New("unsupported")

// Executor runs a graph in floating point. It may be used by several goroutines at once.
type Executor struct {
	graph *Graph
	bound int
	steps []operator
	trees map[int]*Forest // of the nodes that are ensembles
	last  map[string]int  // the node after which a value is read no more
}

// New checks that every operator is supported.
func New(g *Graph) (*Executor, error) {
	e := &Executor{graph: g, bound: maxWork, last: map[string]int{}, trees: map[int]*Forest{}}
	known := operators()
	for i := range g.Nodes {
		n := &g.Nodes[i]
		op, ok := known[operatorName(n)]
		if !ok || n.Domain == "" && strings.Contains(n.Op, ".") {
			return nil, fmt.Errorf("node %s: %w operator; supported are %s", n.Label(), ErrUnsupported, strings.Join(Operators(), ", "))
		}
		if len(n.Outputs) == 0 || n.Outputs[0] == "" {
			return nil, fmt.Errorf("node %s leaves out its first output", n.Label())
		}
		if n.Domain == "ai.onnx.ml" {
			f, err := n.Forest()
			if err != nil {
				return nil, fmt.Errorf("node %s: %w", n.Label(), err)
			}
			e.trees[i] = f
		}
		e.steps = append(e.steps, op)
		for _, name := range n.Inputs {
			e.last[name] = i
		}
	}
	for _, v := range g.Outputs {
		e.last[v.Name] = len(g.Nodes)
	}
	return e, nil
}

// Bound sets how many multiply-adds a run may take, for graphs of strangers.
func (e *Executor) Bound(work int) { e.bound = min(work, maxWork) }

func operatorName(n *Node) string {
	if n.Domain == "" {
		return n.Op
	}
	return n.Domain + "." + n.Op
}

// Operators lists what is supported, sorted.
func Operators() []string {
	return slices.Sorted(maps.Keys(operators()))
}

// Run gives the values of names, which may be outputs or anything inside; the graph's outputs when there are none.
func (e *Executor) Run(inputs map[string]*Tensor, names ...string) (map[string]*Tensor, error) {
	if len(names) == 0 {
		for _, v := range e.graph.Outputs {
			names = append(names, v.Name)
		}
	}
	r := &run{executor: e, values: map[string]*Tensor{}, wanted: map[string]bool{}}
	for _, name := range names {
		r.wanted[name] = true
	}
	if err := r.bind(inputs); err != nil {
		return nil, err
	}
	for i := range e.steps {
		if err := r.step(i); err != nil {
			return nil, fmt.Errorf("node %s: %w", e.graph.Nodes[i].Label(), err)
		}
	}
	out := make(map[string]*Tensor, len(names))
	for _, name := range names {
		t, ok := r.values[name]
		if !ok {
			t, ok = e.graph.Initializers[name]
		}
		if !ok {
			return nil, fmt.Errorf("the graph has no value %q", name)
		}
		out[name] = t
	}
	return out, nil
}

// run is the state of one evaluation.
type run struct {
	executor *Executor
	values   map[string]*Tensor
	wanted   map[string]bool
	work     int
}

// bind checks the inputs against what the file declares.
func (r *run) bind(inputs map[string]*Tensor) error {
	for _, v := range r.executor.graph.Inputs {
		t := inputs[v.Name]
		if t == nil {
			return fmt.Errorf("input %q is missing", v.Name)
		}
		if v.Type != 0 && v.Type.size() == 0 {
			return fmt.Errorf("input %q: %w", v.Name, unsupported("elements of type "+v.Type.String()))
		}
		if v.Type.Real() != t.Type.Real() {
			return fmt.Errorf("input %q is %s, the model takes %s", v.Name, t.Type, v.Type)
		}
		fits := v.Shape == nil || len(v.Shape) == len(t.Shape)
		for i := range v.Shape {
			fits = fits && (v.Shape[i] < 0 || v.Shape[i] == t.Shape[i])
		}
		if !fits || Elements(t.Shape) != t.Len() {
			return fmt.Errorf("input %q has shape %v and %d elements, the model takes %v", v.Name, t.Shape, t.Len(), v.Shape)
		}
		r.values[v.Name] = t
	}
	return nil
}

// step runs one node and forgets what no later node reads.
func (r *run) step(i int) error {
	n := &r.executor.graph.Nodes[i]
	c := &call{Node: n, opset: r.executor.graph.Opset, run: r, forest: r.executor.trees[i]}
	for _, name := range n.Inputs {
		t := r.values[name]
		if t == nil {
			t = r.executor.graph.Initializers[name]
		}
		if t == nil && name != "" {
			return fmt.Errorf("input %q has no value", name)
		}
		c.in = append(c.in, t)
	}
	out, err := r.executor.steps[i](c)
	if err != nil {
		return err
	}
	for k, name := range n.Outputs {
		if k < len(out) {
			r.values[name] = out[k]
		} else if name != "" {
			return unsupported(fmt.Sprintf("output %d", k))
		}
	}
	for _, name := range n.Inputs {
		if t := r.values[name]; t != nil && r.executor.last[name] == i && !r.wanted[name] {
			delete(r.values, name)
		}
	}
	return nil
}

// call is one application of an operator.
type call struct {
	*Node
	opset  int64
	in     []*Tensor
	run    *run
	forest *Forest // of an ensemble
}

type operator func(c *call) ([]*Tensor, error)

// arg is input i, which must be there.
func (c *call) arg(i int) (*Tensor, error) {
	if i >= len(c.in) || c.in[i] == nil {
		return nil, fmt.Errorf("input %d is missing", i)
	}
	return c.in[i], nil
}

// real is input i, which must be there and be floating point.
func (c *call) real(i int) (*Tensor, error) {
	t, err := c.arg(i)
	if err == nil && !t.Type.Real() {
		return nil, unsupported(fmt.Sprintf("input %d of %s", i, t.Type))
	}
	return t, err
}

// option is input i, nil when it is left out.
func (c *call) option(i int) *Tensor {
	if i < len(c.in) {
		return c.in[i]
	}
	return nil
}

// make takes memory for a result and counts the work that filling it takes.
func (c *call) make(t Type, work int, shape ...int) (*Tensor, error) {
	elements := 1
	for _, d := range shape {
		if d < 0 {
			return nil, fmt.Errorf("shape %v is negative", shape)
		}
		if elements *= d; elements > maxElements {
			return nil, fmt.Errorf("shape %v has more than %d elements", shape, maxElements)
		}
	}
	alive := elements
	for _, v := range c.run.values {
		alive += v.Len() // views of one memory count each: it is a bound
	}
	if alive > maxAlive {
		return nil, fmt.Errorf("more than %d elements are alive at once", maxAlive)
	}
	if err := c.spend(elements * max(work, 1)); err != nil {
		return nil, err
	}
	return NewTensor(t, shape...), nil
}

// spend counts work against the bound of the run.
func (c *call) spend(work int) error {
	c.run.work += min(work, maxWork)
	if c.run.work > c.run.executor.bound {
		return fmt.Errorf("the run takes more than %d steps", c.run.executor.bound)
	}
	return nil
}
