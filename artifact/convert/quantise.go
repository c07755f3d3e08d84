package convert

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"sync"

	"ayni.example/tensor"
	"ayni.example/tensor/gguf"
)

// Report tells how far a quantised file is from its source.
type Report struct {
	RMSE     float64           `json:"rmse"`     // root of the mean squared error of all elements
	Relative float64           `json:"relative"` // the same over the root of the mean square of the source
	Worst    string            `json:"worst"`    // the tensor with the largest relative error
	WorstRel float64           `json:"worst_relative"`
	Types    map[string]uint64 `json:"types"` // elements of each type

	errors, squares, elements float64
}

// Targets are the types that Quantise writes.
func Targets() []string { return []string{"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"} }

// quantiser rewrites the tensors of a file.
type quantiser struct {
	file     *gguf.File
	target   tensor.Format
	tied     bool
	report   *Report
	progress Progress
	done     uint64
	total    uint64
}

// Quantise rewrites a file with its matrices in another type.
//
// Vectors (norms, biases, factors) stay F32. The matrix that gives the logits, which is the embedding when the file has no
// output.weight, becomes Q6_K where the target is Q4_0 or Q4_K. A matrix whose rows do not fill the blocks of a type takes the
// next larger one: Q8_0 for multiples of 32, else F16. A matrix that is in its type already is copied.
func Quantise(file *gguf.File, target string, progress Progress) (*Model, error) {
	format, ok := tensor.ParseFormat(target)
	if !ok {
		return nil, fmt.Errorf("quantise: %q is not known (%s are)", target, strings.Join(Targets(), ", "))
	}
	_, untied := file.Tensor("output.weight")
	q := &quantiser{file: file, target: format, tied: !untied, report: &Report{Types: make(map[string]uint64)}, progress: progress}
	w := gguf.NewWriter()
	for _, key := range sorted(file.Metadata) {
		switch key {
		case "general.alignment", "general.file_type", "general.quantization_version":
		default:
			w.Set(key, file.Metadata[key])
		}
	}
	w.Set("general.file_type", fileTypeOf(format))
	w.Set("general.quantization_version", uint32(2))
	for _, t := range file.Tensors {
		q.total += t.Bytes
		if err := q.add(w, t); err != nil {
			return nil, fmt.Errorf("quantise: %w", err)
		}
	}
	return &Model{w: w, report: q.report}, nil
}

// fileTypeOf is llama.cpp's number of a type.
func fileTypeOf(f tensor.Format) uint32 {
	switch f {
	case tensor.FormatF16:
		return 1
	case tensor.FormatBF16:
		return 32
	case tensor.FormatQ8:
		return 7
	case tensor.FormatQ4_0:
		return 2
	case tensor.FormatQ4K:
		return 14
	case tensor.FormatQ6K:
		return 18
	default:
		return 0
	}
}

func (q *quantiser) add(w *gguf.Writer, t gguf.Tensor) error {
	from, ok := tensor.ParseFormat(t.Type.String())
	if !ok {
		return &gguf.UnsupportedTypeError{Tensor: t.Name, Type: t.Type}
	}
	to := tensor.FormatF32
	if isMatrix(t) {
		to = q.choose(t)
	} else if len(t.Dims) > 1 {
		to = from // what is neither matrix nor vector is kept
	}
	typ, err := typeOf(to)
	if err != nil {
		return err
	}
	q.report.Types[to.String()] += t.Elements()
	w.AddFunc(t.Name, typ, t.Dims, func(dst io.Writer) error {
		if from == to {
			_, err := io.Copy(dst, q.file.Reader(t))
			q.count(t, nil, nil)
			return err
		}
		return q.rewrite(dst, t, from, to)
	})
	return nil
}

// choose is the type of a matrix.
func (q *quantiser) choose(t gguf.Tensor) tensor.Format {
	to := q.target
	logits := t.Name == "output.weight" || q.tied && t.Name == "token_embd.weight"
	if logits && (to == tensor.FormatQ4_0 || to == tensor.FormatQ4K) {
		to = tensor.FormatQ6K
	}
	for _, larger := range []tensor.Format{tensor.FormatQ8, tensor.FormatF16} {
		if block, _ := to.Block(); t.Dims[0]%uint64(block) == 0 {
			break
		}
		to = larger
	}
	return to
}

func typeOf(f tensor.Format) (gguf.Type, error) {
	for t := range gguf.Type(64) {
		if t.Supported() && t.String() == f.String() {
			return t, nil
		}
	}
	return 0, fmt.Errorf("GGUF files have no type %s", f)
}

// chunk is about how many elements are in memory at once.
const chunk = 1 << 20

// rewrite decodes and encodes a few rows at a time; workers share them out, each row is the work of one.
func (q *quantiser) rewrite(dst io.Writer, t gguf.Tensor, from, to tensor.Format) error {
	cols := int(t.Dims[0])
	rows := int(t.Elements() / t.Dims[0])
	elements, bytes := from.Block()
	stored := cols / elements * bytes
	source := q.file.Reader(t)
	step := max(1, chunk/cols)
	raw := make([]byte, min(step, rows)*stored)
	values := make([]float32, min(step, rows)*cols)
	var sums sums
	for first := 0; first < rows; first += step {
		n := min(step, rows-first)
		if _, err := io.ReadFull(source, raw[:n*stored]); err != nil {
			return fmt.Errorf("read tensor %q: %w", t.Name, err)
		}
		if err := tensor.Decode(from, values[:n*cols], raw[:n*stored]); err != nil {
			return err
		}
		out, err := encode(to, values[:n*cols], cols, &sums)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		if _, err := dst.Write(out); err != nil {
			return err
		}
		if q.progress != nil {
			q.progress(q.done+uint64((first+n)*stored), q.total)
		}
	}
	q.count(t, &sums.errors, &sums.squares)
	return nil
}

// sums are squared errors and squares of the source.
type sums struct{ errors, squares float64 }

// encode gives the rows in another format. The sums are added row by row, so that the number of workers changes nothing.
func encode(to tensor.Format, values []float32, cols int, total *sums) ([]byte, error) {
	rows := len(values) / cols
	workers := min(rows, runtime.GOMAXPROCS(0))
	parts, rowSums := make([][]byte, workers), make([]sums, rows)
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			back := make([]float32, cols)
			for row := w * rows / workers; row < (w+1)*rows/workers; row++ {
				x := values[row*cols : (row+1)*cols]
				before := len(parts[w])
				if parts[w], errs[w] = tensor.AppendRows(to, parts[w], x); errs[w] != nil {
					return
				}
				if errs[w] = tensor.Decode(to, back, parts[w][before:]); errs[w] != nil {
					return
				}
				rowSums[row] = compare(x, back)
			}
		})
	}
	group.Wait()
	var out []byte
	for w := range workers {
		if errs[w] != nil {
			return nil, errs[w]
		}
		out = append(out, parts[w]...)
	}
	for _, s := range rowSums {
		total.errors += s.errors
		total.squares += s.squares
	}
	return out, nil
}

func compare(x, back []float32) (s sums) {
	for i, v := range x {
		d := float64(v) - float64(back[i])
		s.errors += d * d
		s.squares += float64(v) * float64(v)
	}
	return s
}

// count adds a tensor to the report; one that was copied has no error.
func (q *quantiser) count(t gguf.Tensor, squaredError, squares *float64) {
	q.done += t.Bytes
	if q.progress != nil {
		q.progress(q.done, q.total)
	}
	r := q.report
	if squares == nil {
		return
	}
	r.errors += *squaredError
	r.squares += *squares
	r.elements += float64(t.Elements())
	if *squares > 0 {
		if rel := math.Sqrt(*squaredError / *squares); rel > r.WorstRel {
			r.Worst, r.WorstRel = t.Name, rel
		}
	}
	if r.elements > 0 && r.squares > 0 {
		r.RMSE, r.Relative = math.Sqrt(r.errors/r.elements), math.Sqrt(r.errors/r.squares)
	}
}

func floatBytes(values []float32) []byte {
	out := make([]byte, 0, 4*len(values))
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}
