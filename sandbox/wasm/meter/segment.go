package meter

// The runtime reserves memory for as many entries as a section says it has. So all sections are read here to their end first.

// count reads how many entries follow, at least one byte each and no more than most.
func (r *reader) count(what string, most uint32) uint32 {
	n := r.u32()
	if n > most || uint64(n) > uint64(len(r.b)-r.pos) {
		r.fail("it has %d %s, at most %d, or ends too early", n, what, most)
		return 0
	}
	return n
}

// constant reads the expression that initialises something; there are no globals that one could name.
func (r *reader) constant() {
	for r.err == nil {
		switch op := r.byte(); op {
		case opI32Const:
			r.signed(32)
		case opI64Const:
			r.signed(64)
		case opF32Const:
			r.take(4)
		case opF64Const:
			r.take(8)
		case opRefNull:
			r.byte()
		case opRefFunc:
			r.u32()
		case opEnd:
			return
		default:
			r.fail("instruction 0x%02x is no constant", op)
		}
	}
}

// readGlobals counts them, and keeps the entries.
func (m *module) readGlobals(r *reader) {
	m.globals = r.count("globals", globalsMax)
	first := r.pos
	for n := m.globals; n > 0 && r.err == nil; n-- {
		r.take(2)
		r.constant()
	}
	m.sections[sectionGlobal] = r.b[min(first, len(r.b)):]
}

// readElements bounds what fills the tables. The three bits of a segment's kind: not active; named table or declared; expressions.
func (m *module) readElements(r *reader) {
	left := uint32(tableMax)
	for n := r.count("element segments", segmentsMax); n > 0 && r.err == nil; n-- {
		kind := r.u32()
		if kind > 7 {
			r.fail("an element segment is of kind %d", kind)
		}
		if kind&1 == 0 {
			if kind&2 != 0 {
				r.u32()
			}
			r.constant()
		}
		if kind&3 != 0 {
			r.byte()
		}
		entries := r.count("elements", left)
		left -= entries
		for ; entries > 0 && r.err == nil; entries-- {
			if kind&4 != 0 {
				r.constant()
			} else {
				r.u32()
			}
		}
	}
}

func (m *module) readData(r *reader) {
	for n := r.count("data segments", segmentsMax); n > 0 && r.err == nil; n-- {
		kind := r.u32()
		switch kind {
		case 0:
			r.constant()
		case 1:
		case 2:
			r.u32()
			r.constant()
		default:
			r.fail("a data segment is of kind %d", kind)
		}
		r.take(r.u32())
	}
}

func (m *module) readDataCount(r *reader) { r.u32() }
