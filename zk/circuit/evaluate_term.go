package circuit

import "ayni.example/zk/field"

// exact is how many products of a weight and a small value an int32 holds: each is less than 2^15.
const exact = 1 << 15

// term adds one summand to z, which has the given axes.
func (e *evaluator) term(z []int64, t *Term, out []int) {
	switch t.Kind {
	case Dense:
		matVec(z, 1, e.weights[t.Weight].Int8, e.reading(t.Reading))
	case Conv:
		e.conv(z, t, out)
	case Bias:
		n := len(z) / out[0]
		for o, b := range e.weights[t.Weight].Int32 {
			for i := range z[o*n : (o+1)*n] {
				z[o*n+i] += int64(b)
			}
		}
	case Scale:
		for i, x := range e.reading(t.Reading) {
			z[i] += int64(t.Factor) * int64(x)
		}
	case Pool:
		e.pool(z, t, out)
	}
}

// matVec adds the products of the rows of w with x to z[0], z[step], z[2*step] ...
func matVec(z []int64, step int, w []int8, x []int16) {
	n := len(x)
	for from := 0; from < n; from += exact {
		part := x[from:min(from+exact, n)]
		for row, at := 0, from; at < len(w); row, at = row+step, at+n {
			z[row] += int64(field.DotInt8(w[at:at+len(part)], part))
		}
	}
}

// conv is a product of the weights with each patch of the reading that a window sees.
func (e *evaluator) conv(z []int64, t *Term, out []int) {
	w := e.Tensors[t.Weight].Axes
	x := e.framed(t, [2]int{w[2], w[3]}, out)
	patch := make([]int16, w[1]*w[2]*w[3])
	for py := range out[1] {
		for px := range out[2] {
			n := 0
			for c := range w[1] {
				for dy := range w[2] {
					from := (c*x.height+py*t.Stride[0]+dy)*x.width + px*t.Stride[1]
					n += copy(patch[n:], x.values[from:from+w[3]])
				}
			}
			matVec(z[py*out[2]+px:], out[1]*out[2], e.weights[t.Weight].Int8, patch)
		}
	}
}

// pool sums windows.
func (e *evaluator) pool(z []int64, t *Term, out []int) {
	x := e.framed(t, t.Window, out)
	for i := range z {
		c, py, px := i/(out[1]*out[2]), i/out[2]%out[1], i%out[2]
		sum := int64(0)
		for dy := range t.Window[0] {
			from := (c*x.height+py*t.Stride[0]+dy)*x.width + px*t.Stride[1]
			for _, v := range x.values[from : from+t.Window[1]] {
				sum += int64(v)
			}
		}
		z[i] += int64(t.Factor) * sum
	}
}

// frame is a reading with zeros around, so that each window lies inside.
type frame struct {
	values        []int16
	height, width int
}

func (e *evaluator) framed(t *Term, window [2]int, out []int) frame {
	axes, x := e.Circuit.Axes(t.Reading), e.reading(t.Reading)
	f := frame{height: (out[1]-1)*t.Stride[0] + window[0], width: (out[2]-1)*t.Stride[1] + window[1]}
	if t.Pad == [2]int{} && f.height == axes[1] && f.width == axes[2] {
		f.values = x
		return f
	}
	f.values = make([]int16, axes[0]*f.height*f.width)
	columns := min(axes[2], f.width-t.Pad[1])
	for c := range axes[0] {
		for y := range min(axes[1], f.height-t.Pad[0]) {
			from := (c*axes[1] + y) * axes[2]
			copy(f.values[(c*f.height+y+t.Pad[0])*f.width+t.Pad[1]:], x[from:from+columns])
		}
	}
	return f
}
