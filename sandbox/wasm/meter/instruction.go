package meter

// Opcodes that the rewriting is about.
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelect       = 0x1b
	opSelectTyped  = 0x1c
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opRefNull      = 0xd0
	opRefFunc      = 0xd2
	opPrefix       = 0xfc
)

// instruction is one of a function's body. Index is the immediate that matters: of a function, type, global or block.
type instruction struct {
	op     byte
	sub    uint32 // after opPrefix
	index  uint32
	block  int64 // of block, loop and if: the signed block type
	raw    []byte
	effect int // on the height of the operand stack; calls, blocks and their ends are not counted here
}

// next reads one instruction.
func (r *reader) next() instruction {
	start := r.pos
	in := instruction{op: r.byte()}
	switch op := in.op; {
	case op <= 0x01 || op == opElse || op == opEnd || op == opReturn:
	case op >= opBlock && op <= opIf:
		in.block = r.signed(33)
	case op == opBr || op == opBrIf || op == opCall:
		in.index = r.u32()
	case op == opBrTable:
		for n := r.u32(); n > 0 && r.err == nil; n-- {
			r.u32()
		}
		r.u32()
	case op == opCallIndirect:
		in.index = r.u32()
		r.u32()
	case op == opSelectTyped:
		if r.u32() != 1 {
			r.fail("a select has several types")
		}
		r.byte()
	case op >= opLocalGet && op <= 0x26:
		in.index = r.u32()
	case op >= 0x28 && op <= 0x3e:
		r.u32()
		r.u32()
	case op == opMemorySize || op == opMemoryGrow:
		r.zero()
	case op == opI32Const:
		r.signed(32)
	case op == opI64Const:
		r.signed(64)
	case op == opF32Const:
		r.take(4)
	case op == opF64Const:
		r.take(8)
	case op == opDrop || op == opSelect || op >= 0x45 && op <= 0xc4 || op == 0xd1:
	case op == opRefNull:
		r.byte()
	case op == opRefFunc:
		r.u32()
	case op == opPrefix:
		in.sub = r.u32()
		r.prefixed(in.sub)
	default:
		r.fail("instruction 0x%02x is not known or not deterministic; build without vectors, threads, tail calls and exceptions", op)
	}
	in.effect = effect(in.op, in.sub)
	if r.err == nil {
		in.raw = r.b[start:r.pos]
	}
	return in
}

// zero reads the index of the only memory.
func (r *reader) zero() {
	if r.byte() != 0 {
		r.fail("it has several memories")
	}
}

func (r *reader) prefixed(sub uint32) {
	switch {
	case sub <= 7:
	case sub == 8: // memory.init
		r.u32()
		r.zero()
	case sub == 10: // memory.copy
		r.zero()
		r.zero()
	case sub == 11: // memory.fill
		r.zero()
	case sub == 9 || sub == 13 || sub >= 15 && sub <= 17: // data.drop, elem.drop, table.grow, table.size, table.fill
		r.u32()
	case sub == 12 || sub == 14: // table.init, table.copy
		r.u32()
		r.u32()
	default:
		r.fail("instruction 0xfc %d is not known", sub)
	}
}

// effect is the change of the operand stack's height.
func effect(op byte, sub uint32) int {
	switch {
	case op == opIf || op == opBrIf || op == opBrTable || op == opCallIndirect || op == opDrop || op == opLocalSet || op == opGlobalSet:
		return -1
	case op == opSelect || op == opSelectTyped || op == 0x26 || op >= 0x36 && op <= 0x3e:
		return -2
	case op == opLocalGet || op == opGlobalGet || op == opMemorySize || op >= opI32Const && op <= opF64Const ||
		op == opRefNull || op == opRefFunc:
		return 1
	case op == 0x45 || op == 0x50 || op >= 0x67 && op <= 0x69 || op >= 0x79 && op <= 0x7b:
		return 0
	case op >= 0x8b && op <= 0x91 || op >= 0x99 && op <= 0x9f:
		return 0
	case op >= 0x46 && op <= 0xa6:
		return -1
	case op == opPrefix:
		return prefixEffect(sub)
	}
	return 0
}

func prefixEffect(sub uint32) int {
	switch sub {
	case 8, 10, 11, 12, 14, 17:
		return -3
	case 15:
		return -1
	case 16:
		return 1
	}
	return 0
}
