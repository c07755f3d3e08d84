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
	w.index(opLocalTee, w.scratch)
	w.index(opGlobalGet, w.global(atFuel))
	w.index(opLocalGet, w.scratch)
	w.put(0xad, opI64Const, shift, 0x88, 0x7d) // i64.extend_i32_u, i64.shr_u, i64.sub
	w.index(opGlobalSet, w.global(atFuel))
}

// grow asks for memory only if the cap allows.
func (w *rewriter) grow() {
	w.index(opLocalSet, w.scratch)
	w.index(opLocalGet, w.scratch)
	w.put(0xad, opMemorySize, 0, 0xad, 0x7c) // i64.extend_i32_u, i64.add
	w.index(opGlobalGet, w.global(atPages))
	w.put(0x56, opIf, 0x7f, opI64Const, 1) // i64.gt_u, with an i32
	w.index(opGlobalSet, w.global(atRefused))
	w.put(opI32Const, 0x7f, opElse) // -1
	w.index(opGlobalGet, w.global(atFuel))
	w.index(opLocalGet, w.scratch)
	w.put(0xad, opI64Const)
	w.run = appendI64(w.run, pageCost)
	w.put(0x7e, 0x7d) // i64.mul, i64.sub
	w.index(opGlobalSet, w.global(atFuel))
	w.index(opLocalGet, w.scratch)
	w.put(opMemoryGrow, 0, opEnd)
}

func (w *rewriter) put(b ...byte) { w.run = append(w.run, b...) }

func (w *rewriter) index(op byte, i uint32) { w.run = appendU32(append(w.run, op), i) }

// canonical replaces a NaN that an instruction may have made: its sign and payload differ between processors.
func (w *rewriter) canonical(op byte) {
	switch {
	case op >= 0x8d && op <= 0x97 || op == 0xb6: // f32: ceil to max, demote
		w.index(opLocalTee, w.scratch+1)
		w.put(opF32Const, 0, 0, 0xc0, 0x7f)
		w.index(opLocalGet, w.scratch+1)
		w.index(opLocalGet, w.scratch+1)
		w.put(0x5b, opSelect) // f32.eq
	case op >= 0x9b && op <= 0xa5 || op == 0xbb: // f64: ceil to max, promote
		w.index(opLocalTee, w.scratch+2)
		w.put(opF64Const, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f)
		w.index(opLocalGet, w.scratch+2)
		w.index(opLocalGet, w.scratch+2)
		w.put(0x61, opSelect) // f64.eq
	}
}

// StackMax is the number of slots within which the runtime's own bound on native stacks is never reached.
const StackMax = math.MaxUint16 << 4
