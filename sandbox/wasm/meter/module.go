package meter

import (
	"fmt"
	"strings"
)

// Bounds of a module.
const (
	ModuleMax    = 32 << 20
	codeMax      = 16 << 20
	localsMax    = 10_000
	bodyMax      = 4 << 20
	functionsMax = 200_000
	globalsMax   = 100_000
	typesMax     = 100_000
	importsMax   = 1000
	exportsMax   = 100_000
	segmentsMax  = 100_000
	valuesMax    = 1000 // parameters or results of a function
	tablesMax    = 4
	tableMax     = 1 << 18 // entries, in all element segments too
	nestMax      = 5_000
)

// Identifiers of sections.
const (
	sectionType = iota + 1
	sectionImport
	sectionFunction
	sectionTable
	sectionMemory
	sectionGlobal
	sectionExport
	sectionStart
	sectionElement
	sectionCode
	sectionData
	sectionDataCount
)

// order is how sections stand in a module; the count of data stands before the code.
func order() []byte {
	return []byte{
		sectionType, sectionImport, sectionFunction, sectionTable, sectionMemory, sectionGlobal, sectionExport,
		sectionStart, sectionElement, sectionDataCount, sectionCode, sectionData,
	}
}

// signature is a function's type: how many values it takes and gives.
type signature struct{ params, results int }

// module is what the rewriting needs to know of one.
type module struct {
	sections  map[byte][]byte
	types     []signature
	functions []signature // imported ones first
	imported  int
	imports   []Import
	globals   uint32
	exports   []byte // entries without their count
	exported  uint32
	start     int64 // index of the start function, -1: none
	memory    bool
	minPages  uint32
}

// Import is a function that a module wants.
type Import struct{ Module, Name string }

const header = "\x00asm\x01\x00\x00\x00"

func parse(b []byte) (*module, error) {
	if len(b) > ModuleMax {
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d", ErrModule, len(b), ModuleMax)
	}
	if !strings.HasPrefix(string(b[:min(len(b), len(header))]), header) {
		return nil, fmt.Errorf("%w: it does not begin as a WebAssembly module of version 1", ErrModule)
	}
	m := &module{sections: make(map[byte][]byte), start: -1}
	r := &reader{b: b, pos: len(header)}
	rank := -1
	for !r.done() {
		id := r.byte()
		body := r.take(r.u32())
		if id == 0 || r.err != nil {
			continue // names and debugging information are dropped
		}
		at := strings.IndexByte(string(order()), id)
		if at <= rank {
			r.fail("section %d is unknown, twice or out of order", id)
		}
		rank, m.sections[id] = at, body
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, read := range []struct {
		id byte
		by func(*module, *reader)
	}{
		{sectionType, (*module).readTypes},
		{sectionImport, (*module).readImports},
		{sectionFunction, (*module).readFunctions},
		{sectionTable, (*module).readTables},
		{sectionMemory, (*module).readMemory},
		{sectionGlobal, (*module).readGlobals},
		{sectionExport, (*module).readExports},
		{sectionStart, (*module).readStart},
		{sectionElement, (*module).readElements},
		{sectionDataCount, (*module).readDataCount},
		{sectionData, (*module).readData},
	} {
		body, ok := m.sections[read.id]
		if !ok {
			continue
		}
		s := &reader{b: body}
		read.by(m, s)
		if s.err == nil && !s.done() {
			s.fail("section %d is longer than what it holds", read.id)
		}
		if s.err != nil {
			return nil, s.err
		}
	}
	return m, nil
}

func (m *module) readTypes(r *reader) {
	for n := r.count("types", typesMax); n > 0 && r.err == nil; n-- {
		if r.byte() != 0x60 {
			r.fail("a type is no function's")
		}
		params := r.count("parameters", valuesMax)
		r.take(params)
		results := r.count("results", valuesMax)
		r.take(results)
		m.types = append(m.types, signature{int(params), int(results)})
	}
}

func (m *module) typed(r *reader, index uint32) signature {
	if int64(index) >= int64(len(m.types)) {
		r.fail("there is no type %d", index)
		return signature{}
	}
	return m.types[index]
}

func (m *module) readImports(r *reader) {
	for n := r.count("imports", importsMax); n > 0 && r.err == nil; n-- {
		i := Import{Module: r.name(), Name: r.name()}
		if r.byte() != 0 {
			r.fail("it imports %q of %q, which is no function", i.Name, i.Module)
			return
		}
		m.functions = append(m.functions, m.typed(r, r.u32()))
		m.imports = append(m.imports, i)
	}
	m.imported = len(m.functions)
}

func (m *module) readFunctions(r *reader) {
	for n := r.count("functions", functionsMax); n > 0 && r.err == nil; n-- {
		m.functions = append(m.functions, m.typed(r, r.u32()))
	}
}

// readTables writes the section again, with a bound on every table.
func (m *module) readTables(r *reader) {
	n := r.count("tables", tablesMax)
	out := appendU32(nil, n)
	for ; n > 0 && r.err == nil; n-- {
		kind, flag, least := r.byte(), r.byte(), r.u32()
		most := uint32(tableMax)
		if flag == 1 {
			most = min(r.u32(), tableMax)
		}
		if flag > 1 || least > tableMax {
			r.fail("a table has %d entries or more, at most %d", least, tableMax)
		}
		out = appendU32(append(out, kind, 1), least)
		out = appendU32(out, max(most, least))
	}
	m.sections[sectionTable] = out
}

func (m *module) readMemory(r *reader) {
	if n := r.u32(); n > 1 {
		r.fail("it has several memories")
	} else if n == 0 {
		return
	}
	flag := r.byte()
	m.memory, m.minPages = true, r.u32()
	if flag > 1 {
		r.fail("its memory is shared or large")
	} else if flag == 1 {
		r.u32()
	}
}

func (m *module) readExports(r *reader) {
	m.exported = r.count("exports", exportsMax)
	first := r.pos
	for n := m.exported; n > 0 && r.err == nil; n-- {
		name, kind, index := r.name(), r.byte(), r.u32()
		if strings.HasPrefix(name, prefix) {
			r.fail("it exports %q, and names that begin with %q are taken", name, prefix)
		}
		if kind == 3 && index >= m.globals {
			r.fail("there is no global %d", index)
		}
	}
	m.exports = r.b[min(first, len(r.b)):]
}

func (m *module) readStart(r *reader) {
	m.start = int64(r.u32())
	if m.start >= int64(len(m.functions)) {
		r.fail("there is no function %d to start with", m.start)
	}
}
