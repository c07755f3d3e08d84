package grad_test

import (
	"fmt"
	"math"

	"ayni.example/tensor/grad"
)

// reference is the same network in float64, written from the definition with no regard to speed.
type reference struct {
	grad.Shape
	w    map[string][]float64
	lora float64 // scale of adapters
}

func newReference(m *grad.Model, loraScale float64) *reference {
	r := &reference{Shape: m.Shape(), w: make(map[string][]float64), lora: loraScale}
	for _, p := range m.Params() {
		x := make([]float64, len(p.Data))
		for i, v := range p.Data {
			x[i] = float64(v)
		}
		r.w[p.Name] = x
	}
	return r
}

// loss is the summed cross-entropy of all sequences.
func (r *reference) loss(sequences [][]int32) float64 {
	sum := 0.0
	for _, s := range sequences {
		sum += r.sequence(s)
	}
	return sum
}

func (r *reference) sequence(tokens []int32) float64 {
	n := len(tokens) - 1
	x := make([][]float64, n)
	for i := range x {
		x[i] = append([]float64(nil), r.w["token_embd.weight"][int(tokens[i])*r.Width:][:r.Width]...)
	}
	for l := range r.Layers {
		r.layer(fmt.Sprintf("blk.%d.", l), x)
	}
	output := "output.weight"
	if !r.Untied {
		output = "token_embd.weight"
	}
	sum := 0.0
	for i := range x {
		logits := r.times(output, r.norm(x[i], r.w["output_norm.weight"]), r.Vocab)
		total := 0.0
		for _, v := range logits {
			total += math.Exp(v)
		}
		sum += math.Log(total) - logits[tokens[i+1]]
	}
	return sum
}

func (r *reference) layer(p string, x [][]float64) {
	n := len(x)
	q, k, v := make([][]float64, n), make([][]float64, n), make([][]float64, n)
	for i := range x {
		h := r.norm(x[i], r.w[p+"attn_norm.weight"])
		q[i] = r.project(p+"attn_q", h, r.Heads, i)
		k[i] = r.project(p+"attn_k", h, r.KVHeads, i)
		v[i] = r.biased(p+"attn_v", h, r.KVHeads*r.HeadSize)
	}
	for i := range x {
		mixed := make([]float64, r.Heads*r.HeadSize)
		for h := range r.Heads {
			from := 0
			if r.Window > 0 {
				from = max(0, i+1-r.Window)
			}
			r.mix(mixed[h*r.HeadSize:][:r.HeadSize], q[i][h*r.HeadSize:], k[from:i+1], v[from:i+1], h*r.KVHeads/r.Heads)
		}
		accumulate(x[i], r.times(p+"attn_output.weight", mixed, r.Width))
		h := r.norm(x[i], r.w[p+"ffn_norm.weight"])
		gate, up := r.times(p+"ffn_gate.weight", h, r.Inner), r.times(p+"ffn_up.weight", h, r.Inner)
		for j, g := range gate {
			gate[j] = g / (1 + math.Exp(-g)) * up[j]
		}
		accumulate(x[i], r.times(p+"ffn_down.weight", gate, r.Width))
	}
}

// mix is one head of one token.
func (r *reference) mix(dst, q []float64, k, v [][]float64, kv int) {
	weights, total := make([]float64, len(k)), 0.0
	for t := range k {
		dot := 0.0
		for j := range r.HeadSize {
			dot += q[j] * k[t][kv*r.HeadSize+j]
		}
		weights[t] = math.Exp(dot / math.Sqrt(float64(r.HeadSize)))
		total += weights[t]
	}
	for t, w := range weights {
		for j := range dst {
			dst[j] += w / total * v[t][kv*r.HeadSize+j]
		}
	}
}

func (r *reference) biased(name string, x []float64, rows int) []float64 {
	y := r.times(name+".weight", x, rows)
	if r.Bias {
		accumulate(y, r.w[name+".bias"])
	}
	return y
}

// project makes normalised and rotated heads.
func (r *reference) project(name string, x []float64, heads, position int) []float64 {
	y := r.biased(name, x, heads*r.HeadSize)
	for h := range heads {
		head := y[h*r.HeadSize : (h+1)*r.HeadSize]
		if r.HeadNorm {
			copy(head, r.norm(head, r.w[name+"_norm.weight"]))
		}
		for i := range r.HeadSize / 2 {
			angle := float64(position) * math.Pow(float64(r.Base), -2*float64(i)/float64(r.HeadSize))
			a, b := 2*i, 2*i+1
			if r.HalfSplit {
				a, b = i, i+r.HeadSize/2
			}
			sin, cos := math.Sincos(angle)
			head[a], head[b] = head[a]*cos-head[b]*sin, head[a]*sin+head[b]*cos
		}
	}
	return y
}

func (r *reference) norm(x, gain []float64) []float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	inv := 1 / math.Sqrt(sum/float64(len(x))+float64(r.Eps))
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v * inv * gain[i]
	}
	return y
}

// times is a matrix with its adapter, if there is one.
func (r *reference) times(name string, x []float64, rows int) []float64 {
	y := product(r.w[name], x, rows)
	if a, ok := r.w[name+".lora_a"]; ok {
		for i, v := range product(r.w[name+".lora_b"], product(a, x, len(a)/len(x)), rows) {
			y[i] += r.lora * v
		}
	}
	return y
}

func product(w, x []float64, rows int) []float64 {
	y := make([]float64, rows)
	for i := range y {
		for j, v := range x {
			y[i] += w[i*len(x)+j] * v
		}
	}
	return y
}

func accumulate(x, y []float64) {
	for i, v := range y {
		x[i] += v
	}
}
