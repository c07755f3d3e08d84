package meter

import "fmt"

// Names of what an instrumented module exports.
const (
	prefix     = "ayni."
	Fuel       = prefix + "fuel"   // what is left; negative: it is spent
	Stack      = prefix + "stack"  // slots of 8 bytes that are left; negative: they are used up
	Pages      = prefix + "pages"  // pages of 64 KiB that memory may have
	Refused    = prefix + "memory" // 1 after memory.grow was refused
	Initialise = prefix + "start"  // the module's start function, if it has one
)

// Metered is an instrumented module. The runtime sets Fuel, Stack and Pages before it calls anything.
type Metered struct {
	Code     []byte
	Imports  []Import
	Memory   bool   // whether it has one
	MinPages uint32 // of memory at the start
	Start    bool   // whether Initialise must be called first
}

// Instrument rewrites a module.
func Instrument(b []byte) (Metered, error) {
	m, err := parse(b)
	if err != nil {
		return Metered{}, err
	}
	code, err := m.rewriteCode()
	if err != nil {
		return Metered{}, err
	}
	if code != nil {
		m.sections[sectionCode] = code
	}
	m.addGlobals()
	m.addExports()
	delete(m.sections, sectionStart)
	out := []byte(header)
	for _, id := range order() {
		if body, ok := m.sections[id]; ok {
			out = appendU32(append(out, id), uint32(len(body)))
			out = append(out, body...)
		}
	}
	return Metered{Code: out, Imports: m.imports, Memory: m.memory, MinPages: m.minPages, Start: m.start >= 0}, nil
}

// The counters' places behind the module's own globals.
const (
	atFuel = iota
	atStack
	atPages
	atRefused
	counters
)

func (m *module) addGlobals() {
	out := appendU32(nil, m.globals+counters)
	out = append(out, m.sections[sectionGlobal]...)
	for range counters {
		out = append(out, 0x7e, 1, opI64Const, 0, opEnd) // a mutable i64
	}
	m.sections[sectionGlobal] = out
}

func (m *module) addExports() {
	extra := uint32(counters)
	if m.start >= 0 {
		extra++
	}
	out := append(appendU32(nil, m.exported+extra), m.exports...)
	add := func(name string, kind byte, index uint32) {
		out = append(appendU32(out, uint32(len(name))), name...)
		out = appendU32(append(out, kind), index)
	}
	for i, name := range []string{Fuel, Stack, Pages, Refused} {
		add(name, 3, m.globals+uint32(i))
	}
	if m.start >= 0 {
		add(Initialise, 0, uint32(m.start))
	}
	m.sections[sectionExport] = out
}

func (m *module) rewriteCode() ([]byte, error) {
	own := m.functions[m.imported:]
	body, ok := m.sections[sectionCode]
	if !ok {
		if len(own) > 0 {
			return nil, fmt.Errorf("%w: its functions have no code", ErrModule)
		}
		return nil, nil
	}
	if len(body) > codeMax {
		return nil, fmt.Errorf("%w: it has %d bytes of code, at most %d", ErrModule, len(body), codeMax)
	}
	r := &reader{b: body}
	if n := r.u32(); n != uint32(len(own)) {
		return nil, fmt.Errorf("%w: %d functions have %d bodies", ErrModule, len(own), n)
	}
	out := appendU32(nil, uint32(len(own)))
	for i, s := range own {
		size := r.u32()
		if size > bodyMax {
			r.fail("function %d has %d bytes, at most %d", i, size, bodyMax)
		}
		f, err := m.rewriteFunction(s, r.take(size))
		if r.err != nil {
			return nil, r.err
		}
		if err != nil {
			return nil, fmt.Errorf("function %d: %w", i, err)
		}
		out = append(appendU32(out, uint32(len(f))), f...)
	}
	if !r.done() {
		return nil, fmt.Errorf("%w: its code is followed by something", ErrModule)
	}
	return out, nil
}
