package meter

import "math"

// What instructions cost beyond 1.
const (
	frameSlots   = 8   // of a call, beside locals and operands
	bytesPerFuel = 3   // bulk operations: 2^3 bytes for 1
	pageCost     = 256 // of a page that memory grows by
)

// rewriter writes one function again.
type rewriter struct {
	m       *module
	out     []byte
	run     []byte // a straight run of instructions, not yet paid for
	cost    int64
	looks   bool   // whether this run begins a function or a loop
	dead    bool   // whether this run is never reached
	scratch uint32 // the first of three locals: i32, f32, f64
	slots   int64  // of this function's frame
}

func (m *module) rewriteFunction(s signature, body []byte) ([]byte, error) {
	r := &reader{b: body}
	groups := r.u32()
	locals := uint64(s.params)
	declared := r.pos
	for n := groups; n > 0 && r.err == nil; n-- {
		locals += uint64(r.u32())
		r.byte()
		if locals > localsMax {
			r.fail("it has more than %d locals", localsMax)
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	code := body[r.pos:]
	most, err := m.height(s, code)
	if err != nil {
		return nil, err
	}
	w := &rewriter{
		m: m, looks: true, scratch: uint32(locals), slots: int64(locals) + int64(most) + frameSlots,
		out: append(appendU32(make([]byte, 0, 2*len(body)), groups+3), body[declared:r.pos]...),
	}
	w.out = append(w.out, 1, 0x7f, 1, 0x7d, 1, 0x7c)
	for !r.done() {
		w.add(r, r.next())
	}
	w.flush()
	return w.out, r.err
}

// add puts an instruction into the current run, and ends the run where control may leave or enter.
func (w *rewriter) add(r *reader, in instruction) {
	w.cost++
	switch in.op {
	case opGlobalGet, opGlobalSet:
		if in.index >= w.m.globals {
			r.fail("there is no global %d", in.index)
		}
		w.run = append(w.run, in.raw...)
	case opMemoryGrow:
		w.grow()
	case opCall, opCallIndirect:
		w.call(in)
	case opPrefix:
		if prefixEffect(in.sub) == -3 || in.sub == 15 {
			w.bulk(in.sub)
		}
		w.run = append(w.run, in.raw...)
	default:
		w.run = append(w.run, in.raw...)
		w.canonical(in.op)
	}
	switch in.op {
	case opLoop:
		w.flush()
		w.looks = true
	case opIf, opElse, opEnd, opBrIf:
		w.flush()
	case opUnreachable, opBr, opBrTable, opReturn:
		w.flush()
		w.dead = true
	}
}

// flush writes what the run costs, and the run.
func (w *rewriter) flush() {
	if w.cost > 0 && !w.dead {
		w.out = w.take(w.out, atFuel, w.cost, w.looks)
	}
	w.out = append(w.out, w.run...)
	w.run, w.cost, w.looks, w.dead = w.run[:0], 0, false, false
}

func (w *rewriter) global(i uint32) uint32 { return w.m.globals + i }

// take subtracts from a counter, and traps if there is nothing left and look is set.
func (w *rewriter) take(b []byte, counter uint32, amount int64, look bool) []byte {
	g := w.global(counter)
	b = appendU32(append(b, opGlobalGet), g)
	b = appendI64(append(b, opI64Const), amount)
	b = appendU32(append(b, 0x7d, opGlobalSet), g) // i64.sub
	if look {
		b = appendU32(append(b, opGlobalGet), g)
		b = append(b, opI64Const, 0, 0x53, opIf, 0x40, opUnreachable, opEnd) // i64.lt_s
	}
	return b
}

// call takes this function's slots while another one runs. Functions of the host need none.
func (w *rewriter) call(in instruction) {
	if in.op == opCall && int64(in.index) < int64(w.m.imported) {
		w.run = append(w.run, in.raw...)
		return
	}
	w.run = w.take(w.run, atStack, w.slots, true)
	w.run = append(w.run, in.raw...)
	w.run = w.take(w.run, atStack, -w.slots, false)
}

// bulk pays for as many bytes or entries as the operand on top says.
func (w *rewriter) bulk(sub uint32) {
	shift := byte(0)
	if sub == 8 || sub == 10 || sub == 11 {
		shift = bytesPerFuel
	}
	b := appendU32(append(w.run, opLocalTee), w.scratch)
	b = appendU32(append(b, opGlobalGet), w.global(atFuel))
	b = appendU32(append(b, opLocalGet), w.scratch)
	b = append(b, 0xad, opI64Const, shift, 0x88, 0x7d, opGlobalSet) // i64.extend_i32_u, i64.shr_u, i64.sub
	w.run = appendU32(b, w.global(atFuel))
}

// grow asks for memory only if the cap allows.
func (w *rewriter) grow() {
	b := appendU32(append(w.run, opLocalSet), w.scratch)
	b = appendU32(append(b, opLocalGet), w.scratch)
	b = append(b, 0xad, opMemorySize, 0, 0xad, 0x7c, opGlobalGet) // i64.extend_i32_u, i64.add
	b = appendU32(b, w.global(atPages))
	b = append(b, 0x56, opIf, 0x7f, opI64Const, 1, opGlobalSet) // i64.gt_u
	b = appendU32(b, w.global(atRefused))
	b = append(b, opI32Const, 0x7f, opElse) // -1
	b = appendU32(append(b, opGlobalGet), w.global(atFuel))
	b = appendU32(append(b, opLocalGet), w.scratch)
	b = appendI64(append(b, 0xad, opI64Const), pageCost)
	b = appendU32(append(b, 0x7e, 0x7d, opGlobalSet), w.global(atFuel)) // i64.mul, i64.sub
	b = appendU32(append(b, opLocalGet), w.scratch)
	w.run = append(b, opMemoryGrow, 0, opEnd)
}

// canonical replaces a NaN that an instruction may have made: its sign and payload differ between processors.
func (w *rewriter) canonical(op byte) {
	switch {
	case op >= 0x8d && op <= 0x97 || op == 0xb6: // f32: ceil to max, demote
		b := appendU32(append(w.run, opLocalTee), w.scratch+1)
		b = append(b, opF32Const, 0, 0, 0xc0, 0x7f)
		b = appendU32(append(b, opLocalGet), w.scratch+1)
		b = appendU32(append(b, opLocalGet), w.scratch+1)
		w.run = append(b, 0x5b, opSelect) // f32.eq
	case op >= 0x9b && op <= 0xa5 || op == 0xbb: // f64: ceil to max, promote
		b := appendU32(append(w.run, opLocalTee), w.scratch+2)
		b = append(b, opF64Const, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f)
		b = appendU32(append(b, opLocalGet), w.scratch+2)
		b = appendU32(append(b, opLocalGet), w.scratch+2)
		w.run = append(b, 0x61, opSelect) // f64.eq
	}
}

// StackMax is the number of slots within which the runtime's own bound on native stacks is never reached.
const StackMax = math.MaxUint16 << 4
