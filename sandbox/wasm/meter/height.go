package meter

// frame is an open block while the height of the operand stack is followed.
type frame struct {
	base    int // height under the block's parameters
	results int
	params  int
}

// height is the most operands that a body ever holds, at least; code that is never reached does not count.
func (m *module) height(s signature, body []byte) (int, error) {
	r := &reader{b: body}
	open := []frame{{results: s.results}}
	now, most := 0, 0
	for !r.done() {
		in := r.next()
		if len(open) == 0 {
			r.fail("code follows the end of a function")
			break
		}
		now += in.effect
		top := open[len(open)-1]
		switch in.op {
		case opBlock, opLoop, opIf:
			params, results := m.blockType(r, in.block)
			open = append(open, frame{base: max(now-params, 0), params: params, results: results})
			if len(open) > nestMax {
				r.fail("blocks are nested more than %d deep", nestMax)
			}
		case opElse:
			now = top.base + top.params
		case opEnd:
			now = top.base + top.results
			open = open[:len(open)-1]
		case opUnreachable, opBr, opBrTable, opReturn:
			now = top.base
		case opCall:
			if int64(in.index) >= int64(len(m.functions)) {
				r.fail("there is no function %d", in.index)
				break
			}
			now += m.functions[in.index].results - m.functions[in.index].params
		case opCallIndirect:
			t := m.typed(r, in.index)
			now += t.results - t.params
		}
		now = max(now, 0)
		most = max(most, now)
	}
	if r.err == nil && len(open) != 0 {
		r.fail("a function has no end")
	}
	return most, r.err
}

// blockType resolves a block's type: nothing, one value, or a type of the module.
func (m *module) blockType(r *reader, t int64) (params, results int) {
	switch {
	case t == -64:
		return 0, 0
	case t < 0:
		return 0, 1
	}
	s := m.typed(r, uint32(t))
	return s.params, s.results
}
