package llama

import (
	"context"

	"ayni.example/tensor"
)

// forward runs the rows of a pass through all layers and leaves the wanted hidden states in p.h.
func (p *pass) forward(ctx context.Context) error {
	p.embed()
	last := len(p.m.layers) - 1
	for i := range p.m.layers {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := &p.m.layers[i]
		p.normalise(l.attnNorm)
		p.in.Set(p.h, p.n, p.m.shape.width)
		p.store(l, i)
		if i == last {
			if p.keep(); p.n == 0 {
				return nil
			}
		}
		p.attention(l, i)
		p.normalise(l.ffnNorm)
		p.in.Set(p.h, p.n, p.m.shape.width)
		p.feedForward(l)
	}
	p.normalise(p.m.norm)
	return nil
}

// embed fills p.x, and the angles of every row's position.
func (p *pass) embed() {
	width, pairs := p.m.shape.width, p.m.rotary.Pairs()
	for _, t := range p.tiles {
		for i := range t.n {
			row := t.row + i
			p.m.rotary.Angles(t.pos+i, p.sin[row*pairs:(row+1)*pairs], p.cos[row*pairs:(row+1)*pairs])
		}
	}
	row := 0
	for _, sp := range p.spans {
		for _, id := range sp.tokens {
			p.m.embedding.Row(p.x[row*width:(row+1)*width], int(id))
			row++
		}
	}
}

// normalise fills p.h from p.x.
func (p *pass) normalise(weight []float32) {
	w := p.m.shape.width
	p.m.pool.Run(p.n, 4*w, func(i int) {
		tensor.RMSNorm(p.h[i*w:(i+1)*w], p.x[i*w:(i+1)*w], weight, p.m.shape.eps)
	})
}

// store computes the keys and values of every row and puts them into the pages.
func (p *pass) store(l *layer, index int) {
	sh := &p.m.shape
	p.mul(p.k, &l.k, p.n)
	p.mul(p.v, &l.v, p.n)
	kv := sh.kvWidth()
	p.m.pool.Run(len(p.tiles), 8*kv*p.n/max(1, len(p.tiles)), func(i int) {
		t := p.tiles[i]
		for row := t.row; row < t.row+t.n; row++ {
			p.place(p.k[row*kv:(row+1)*kv], row, index, l.kNorm)
		}
		sh.put(t.seq.pages, index, t.pos, t.n, p.k[t.row*kv:(t.row+t.n)*kv], p.v[t.row*kv:(t.row+t.n)*kv])
	})
}

// place normalises all heads of a row, if the model does, and turns them to its position.
func (p *pass) place(heads []float32, row, layer int, norm []float32) {
	pairs, sh := p.m.rotary.Pairs(), &p.m.shape
	sin, cos := p.sin[row*pairs:(row+1)*pairs], p.cos[row*pairs:(row+1)*pairs]
	for ; len(heads) > 0; heads = heads[sh.headSize:] {
		head := heads[:sh.headSize]
		if norm != nil {
			tensor.RMSNorm(head, head, norm, sh.eps)
		}
		switch {
		case !sh.family.turned(layer):
		case sh.family.half:
			tensor.RotateHalf(head, sin, cos)
		default:
			tensor.Rotate(head, sin, cos)
		}
	}
}

// heat scales the queries of a tile's rows, if the model does.
func (p *pass) heat(t tile) {
	width := p.m.shape.qWidth()
	for i := range t.n {
		row := p.q[(t.row+i)*width : (t.row+i+1)*width]
		tensor.Scale(row, p.m.shape.heat.factor(t.pos+i))
	}
}

func (p *pass) attention(l *layer, index int) {
	sh := &p.m.shape
	p.mul(p.q, &l.q, p.n)
	width := sh.qWidth()
	p.m.pool.Run(p.n, 4*width, func(i int) { p.place(p.q[i*width:(i+1)*width], i, index, l.qNorm) })
	if sh.heat.scale != 0 {
		p.m.pool.Run(len(p.tiles), 4*width, func(i int) { p.heat(p.tiles[i]) })
	}
	p.attend(index)
	p.in.Set(p.att, p.n, sh.qWidth())
	p.mul(p.sum, &l.o, p.n)
	p.add()
}

func (p *pass) feedForward(l *layer) {
	sh := &p.m.shape
	p.mul(p.gate, &l.gate, p.n)
	p.mul(p.up, &l.up, p.n)
	p.m.pool.Run(p.n, 16*sh.inner, func(i int) {
		tensor.SwiGLU(p.gate[i*sh.inner:(i+1)*sh.inner], p.up[i*sh.inner:(i+1)*sh.inner])
	})
	p.in.Set(p.gate, p.n, sh.inner)
	p.mul(p.sum, &l.down, p.n)
	p.add()
}

// add is the residual connection.
func (p *pass) add() {
	n := p.n * p.m.shape.width
	tensor.Add(p.x[:n], p.sum[:n])
}
