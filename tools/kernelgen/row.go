package main

import (
	"fmt"
	"regexp"
	"strings"
)

// row is the function that is being written. Registers 0 to 7 are free for a body, acc is the accumulator of its half, and
// arguments that are numbers are broadcast to registers 12 and 13 (and 11).
type row struct {
	*assembly
	family
	half   int
	second bool // the later half of a pair, see pairs
	masked bool
	ptr    map[string]string // slice to the register with its address
	scalar map[string]string // number to its vector register
	loaded map[string]string // constant to its register, where there are registers to spare
	result string
}

// begin writes the head of a function. Arguments are slices, but those after a bar are numbers, as in "x y | s"; the length
// of the first slice is the length of all, in CX.
func begin(a *assembly, f family, name, args string, result bool, doc string) *row {
	r := &row{assembly: a, family: f, ptr: map[string]string{}, scalar: map[string]string{}, loaded: map[string]string{}}
	slices, numbers, _ := strings.Cut(args, "|")
	registers := []string{"DI", "SI", "DX", "BX", "R8"}
	params, loads := make([]string, 0, 8), make([]string, 0, 8)
	at := 0
	for i, s := range strings.Fields(slices) {
		params = append(params, s+" []float32")
		loads = append(loads, fmt.Sprintf("MOVQ %s_base+%d(FP), %s", s, at, registers[i]))
		if i == 0 {
			loads = append(loads, fmt.Sprintf("MOVQ %s_len+8(FP), CX", s))
		}
		r.ptr[s] = registers[i]
		at += 24
	}
	for i, s := range strings.Fields(numbers) {
		params = append(params, s+" float32")
		r.scalar[s] = f.reg(13 - i)
		loads = append(loads, fmt.Sprintf("VBROADCASTSS %s+%d(FP), %s", s, at, r.scalar[s]))
		at += 4
	}
	signature := strings.Join(params, ", ")
	if result {
		at = (at + 7) &^ 7
		r.result = fmt.Sprintf("ret+%d(FP)", at)
		signature += ") (ret float32"
		at += 4
	}
	a.function(name+f.name, signature, at, doc)
	for _, l := range loads {
		a.op("%s", l)
	}
	return r
}

func (r *row) end() {
	r.op("VZEROUPPER")
	r.op("RET")
}

// preload keeps constants in registers 16 and up, if there are any.
func (r *row) preload(names ...string) {
	for i, n := range names {
		if r.wide() {
			r.loaded[n] = r.reg(16 + i)
			r.op("VMOVUPS %s, %s", number(n), r.loaded[n])
		}
	}
}

// number is an operand for a constant.
func (r *row) number(name string) string {
	if loaded, ok := r.loaded[name]; ok {
		return loaded
	}
	return number(name)
}

// acc is the accumulator of the present half.
func (r *row) acc() string { return r.reg(8 + r.half) }

// each writes a loop over the row with a body for sixteen elements, and the same for the last few with masks.
func (r *row) each(label string, body func()) {
	r.op("XORQ AX, AX")
	r.op("MOVQ CX, R9")
	r.op("SUBQ $16, R9")
	r.op("JLT %stail", label)
	r.op("PCALIGN $32")
	r.label(label + "loop")
	r.twice(body)
	r.op("ADDQ $64, AX")
	r.op("SUBQ $16, R9")
	r.op("JGE %sloop", label)
	r.label(label + "tail")
	r.op("ADDQ $16, R9")
	r.op("JEQ %sdone", label)
	r.mask()
	r.masked = true
	r.twice(body)
	r.masked = false
	r.label(label + "done")
}

// pairs is each where a body is a long chain: two bodies at once, line by line, so that one computes while the other waits.
// It needs registers to spare; sums keep their order, because both add to the same lanes one after the other.
func (r *row) pairs(label string, body func()) {
	if !r.wide() {
		r.each(label, body)
		return
	}
	first := r.capture(body)
	r.second = true
	later := r.capture(body)
	r.second = false
	r.op("XORQ AX, AX")
	r.op("MOVQ CX, R9")
	r.op("SUBQ $32, R9")
	r.op("JLT %sone", label)
	r.op("PCALIGN $32")
	r.label(label + "two")
	for i := range first {
		r.op("%s", first[i])
		r.op("%s", renamed(later[i]))
	}
	r.op("ADDQ $128, AX")
	r.op("SUBQ $32, R9")
	r.op("JGE %stwo", label)
	r.label(label + "one")
	r.op("ADDQ $16, R9")
	r.op("JLT %stail", label)
	body()
	r.op("ADDQ $64, AX")
	r.op("SUBQ $16, R9")
	r.label(label + "tail")
	r.op("ADDQ $16, R9")
	r.op("JEQ %sdone", label)
	r.mask()
	r.masked = true
	body()
	r.masked = false
	r.label(label + "done")
}

// capture is what a body would write.
func (r *row) capture(body func()) []string {
	into := r.assembly
	r.assembly = new(assembly)
	body()
	lines := strings.Split(strings.TrimSpace(r.code.String()), "\n\t")
	r.assembly = into
	return lines
}

// renamed gives a line of the second body registers of its own.
func renamed(line string) string {
	spare := map[string]string{
		"Z0": "Z4", "Z1": "Z9", "Z2": "Z10", "Z3": "Z14", "Z5": "Z15", "Z6": "Z31", "Z7": "Z11", "K2": "K4", "K3": "K5",
	}
	return regexp.MustCompile(`\b[ZK]\d+\b`).ReplaceAllStringFunc(line, func(name string) string {
		if to, ok := spare[name]; ok {
			return to
		}
		return name
	})
}

// mask selects the first R9 of sixteen lanes: K1, or registers 14 and 15.
func (r *row) mask() {
	if r.wide() {
		r.op("MOVL $-1, R11")
		r.op("BZHIL R9, R11, R11")
		r.op("KMOVW R11, K1")
		return
	}
	r.op("LEAQ vectorMask<>+64(SB), R11")
	r.op("MOVQ R9, R12")
	r.op("SHLQ $2, R12")
	r.op("SUBQ R12, R11")
	r.op("VMOVUPS (R11), Y14")
	r.op("VMOVUPS 32(R11), Y15")
}

func (r *row) twice(body func()) {
	for r.half = range r.halves {
		body()
	}
	r.half = 0
}

func (r *row) at(slice string) string {
	offset := 32 * r.half
	if r.second {
		offset += 64
	}
	return fmt.Sprintf("%d(%s)(AX*1)", offset, r.ptr[slice])
}

// load reads a slice at the present element; masked lanes are zero.
func (r *row) load(slice string, v int) {
	switch {
	case !r.masked:
		r.op("VMOVUPS %s, %s", r.at(slice), r.reg(v))
	case r.wide():
		r.op("VMOVUPS.Z %s, K1, %s", r.at(slice), r.reg(v))
	default:
		r.op("VMASKMOVPS %s, Y%d, %s", r.at(slice), 14+r.half, r.reg(v))
	}
}

func (r *row) store(v int, slice string) {
	switch {
	case !r.masked:
		r.op("VMOVUPS %s, %s", r.reg(v), r.at(slice))
	case r.wide():
		r.op("VMOVUPS %s, K1, %s", r.reg(v), r.at(slice))
	default:
		r.op("VMASKMOVPS %s, Y%d, %s", r.reg(v), 14+r.half, r.at(slice))
	}
}

// do is dst = x op y, in this order: VSUBPS takes y from x, VDIVPS divides x by y. y is a register's number or an operand.
func (r *row) do(name string, dst, x int, y any) {
	if n, ok := y.(int); ok {
		y = r.reg(n)
	}
	r.op("%s %v, %s, %s", name, y, r.reg(x), r.reg(dst))
}

// keep sets the masked lanes of a register to what leaves a sum as it is.
func (r *row) keep(v int) {
	switch {
	case !r.masked:
	case r.wide():
		r.op("VMOVAPS.Z %s, K1, %s", r.reg(v), r.reg(v))
	default:
		r.op("VANDPS Y%d, %s, %s", 14+r.half, r.reg(v), r.reg(v))
	}
}

// accumulate adds a register to the lanes.
func (r *row) accumulate(v int) { r.op("VADDPS %s, %s, %s", r.reg(v), r.acc(), r.acc()) }

func (r *row) zeroLanes() {
	for h := range r.halves {
		r.op("VXORPS %[1]s, %[1]s, %[1]s", fmt.Sprintf("X%d", 8+h))
	}
}

// join applies an operation to the lanes at distance 8, 4, 2 and 1; lane 0 of X8 has the result.
func (r *row) join(name string) {
	if r.wide() {
		r.op("VEXTRACTF64X4 $1, Z8, Y9")
	}
	r.op("%s Y9, Y8, Y8", name)
	r.op("VEXTRACTF128 $1, Y8, X9")
	r.op("%s X9, X8, X8", name)
	r.op("VMOVHLPS %[1]s, %[1]s, X9", "X8")
	r.op("%s X9, X8, X8", name)
	r.op("VMOVSHDUP X8, X9")
	r.op("%s X9, X8, X8", name)
}
