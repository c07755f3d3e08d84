package onnx_test

import (
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"ayni.example/zkml/onnx"
)

// message builds a protobuf message of byte fields and numbers.
type message []byte

func (m message) bytes(number protowire.Number, b []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, number, protowire.BytesType), b)
}

func (m message) text(number protowire.Number, s string) message { return m.bytes(number, []byte(s)) }

func (m message) number(number protowire.Number, v uint64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, number, protowire.VarintType), v)
}

// model wraps a graph.
func model(graph message) []byte {
	return message{}.bytes(8, message{}.number(2, 13)).bytes(7, graph)
}

func node(op string, inputs []string, outputs ...string) message {
	var m message
	for _, s := range inputs {
		m = m.text(1, s)
	}
	for _, s := range outputs {
		m = m.text(2, s)
	}
	return m.text(3, "the-node").text(4, op)
}

func value(name string) message { return message{}.text(1, name) }

// image is a float value of shape [1, 2, 4, 4].
func image(name string) message {
	var shape message
	for _, d := range []uint64{1, 2, 4, 4} {
		shape = shape.bytes(1, message{}.number(1, d))
	}
	return value(name).bytes(2, message{}.bytes(1, message{}.number(1, 1).bytes(2, shape)))
}

func TestReadRefuses(t *testing.T) {
	tensor := func(dims ...uint64) message {
		m := message{}.number(2, 1).text(8, "w")
		for _, d := range dims {
			m = m.number(1, d)
		}
		return m
	}
	relu := node("Relu", []string{"x"}, "y")
	base := message{}.bytes(11, value("x"))
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "0 graphs", nil},
		{"not protobuf", "read onnx", []byte("GGUF\xff\xff\xff\xff\xff\xff")},
		{"cut short", "unexpected EOF", model(base)[:5]},
		{"two graphs", "2 graphs", append(model(base), model(base)...)},
		{"no output", "no output", model(base.bytes(1, relu))},
		{"reads the future", `reads "x", which nothing before it gives`, model(message{}.bytes(1, relu).bytes(12, value("y")))},
		{"written twice", `writes "y", which exists already`, model(base.bytes(1, relu).bytes(1, relu).bytes(12, value("y")))},
		{"huge shape", "more than", model(base.bytes(5, tensor(1<<20, 1<<20)))},
		{"overflowing shape", "more than", model(base.bytes(5, tensor(1<<25, 1<<25, 1<<25, 1<<25)))},
		{"negative dimension", "out of range", model(base.bytes(5, tensor(1<<63)))},
		{"missing data", "needs 4 elements", model(base.bytes(5, tensor(2, 2)))},
		{"short raw data", "needs 16 bytes", model(base.bytes(5, tensor(2, 2).bytes(9, make([]byte, 15))))},
		{"external data", "another file", model(base.bytes(5, tensor(2, 2).number(14, 1)))},
		{"half floats", "float16", model(base.bytes(5, message{}.number(2, 10).text(8, "w")))},
		{"unknown element type", "element type 99", model(base.bytes(5, message{}.number(2, 99).text(8, "w")))},
		{"subgraph", "subgraph", model(base.bytes(1, relu.bytes(5, message{}.text(1, "body").bytes(6, nil))))},
		{"functions", "functions", message{}.bytes(25, nil)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := onnx.Read(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

// TestUnsupportedOperator names the operator, the node and what there is.
func TestUnsupportedOperator(t *testing.T) {
	g, err := onnx.Read(model(message{}.bytes(11, value("x")).bytes(1, node("LSTM", []string{"x"}, "y")).bytes(12, value("y"))))
	if err != nil {
		t.Fatal(err)
	}
	_, err = onnx.New(g)
	if !errors.Is(err, onnx.ErrUnsupported) {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"LSTM", "the-node", "Conv", "Gemm"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %s", err, part)
		}
	}
}

// TestBoundedRun holds a small file that asks for much memory or time to the bounds.
func TestBoundedRun(t *testing.T) {
	graph := message{}.bytes(11, value("x"))
	names := []string{"x", "a", "b", "c", "d", "e", "f", "g", "h", "i"}
	for i := range len(names) - 1 {
		join := node("Concat", strings.Split(strings.Repeat(names[i]+" ", 15)+names[i], " "), names[i+1])
		graph = graph.bytes(1, join.bytes(5, message{}.text(1, "axis").number(3, 0)))
	}
	g, err := onnx.Read(model(graph.bytes(12, value("i"))))
	if err != nil {
		t.Fatal(err)
	}
	g.Inputs[0].Type = onnx.Float
	e, err := onnx.New(g)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = e.Run(map[string]*onnx.Tensor{"x": onnx.FloatTensor(make([]float64, 16), 16)})
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "elements") {
		t.Fatalf("got %v", err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<30 {
		t.Fatalf("took %d bytes", took)
	}
}

// FuzzRead feeds the reader and, what it accepts, to the executor.
func FuzzRead(f *testing.F) {
	file, err := filepath.Abs(filepath.Join("..", "testdata", "mnist", "model.onnx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(read(f, file))
	f.Add(model(message{}.bytes(11, value("x")).bytes(1, node("Relu", []string{"x"}, "y")).bytes(12, value("y"))))
	for _, op := range onnx.Operators() {
		tensor := message{}.number(2, 7).text(8, "n").number(1, 2).bytes(7, []byte{1, 2})
		graph := message{}.bytes(11, image("x")).bytes(5, tensor).bytes(5, message{}.number(2, 1).text(8, "w").number(1, 2).number(1, 2).number(1, 2).number(1, 2).bytes(9, make([]byte, 64)))
		f.Add(model(graph.bytes(1, node(op, []string{"x", "w"}, "y")).bytes(12, value("y"))))
		f.Add(model(graph.bytes(1, node(op, []string{"x"}, "y").bytes(5, message{}.text(1, "kernel_shape").number(8, 2).number(8, 2))).bytes(12, value("y"))))
		f.Add(model(graph.bytes(1, node(op, []string{"x", "n", "n", "n"}, "y")).bytes(12, value("y"))))
		f.Add(model(graph.bytes(1, node(op, []string{"n", "n", "n"}, "y")).bytes(12, value("y"))))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		g, err := onnx.Read(file)
		if err != nil {
			return
		}
		for _, n := range g.Nodes {
			_, _ = n.Forest()
			_, _ = n.Window([]int{8, 8}, []int{3, 3})
		}
		e, err := onnx.New(g)
		if err != nil {
			return
		}
		e.Bound(1 << 20)
		inputs := map[string]*onnx.Tensor{}
		for _, v := range g.Inputs {
			shape := make([]int, len(v.Shape))
			for i := range shape {
				shape[i] = min(max(v.Shape[i], 1), 64)
			}
			if onnx.Elements(shape) > 1<<16 {
				return
			}
			inputs[v.Name] = onnx.NewTensor(v.Type, shape...)
		}
		_, _ = e.Run(inputs)
	})
}

// TestRowsOfNothing: a few bytes that say they are sixty million rows of no number are refused, and take no memory.
func TestRowsOfNothing(t *testing.T) {
	_, tensor, err := onnx.ReadTensor([]byte{0x08, 0x80, 0x80, 0x80, 0x20, 0x08, 0, 0x10, 1, 0x4a, 0})
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := tensor.Rows(); err == nil {
		t.Errorf("%d rows", len(rows))
	}
}
