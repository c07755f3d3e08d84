package meter_test

// Bytes of modules, written as a compiler would.

func leb(n int) []byte {
	var b []byte
	for {
		c := byte(n & 0x7f)
		n >>= 7
		if n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func uleb(n int) []byte {
	var b []byte
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// list is a vector of parts.
func list(parts ...[]byte) []byte { return append(uleb(len(parts)), join(parts...)...) }

func section(id byte, body []byte) []byte { return join([]byte{id}, uleb(len(body)), body) }

func text(s string) []byte { return append(uleb(len(s)), s...) }

const (
	i32 = 0x7f
	i64 = 0x7e
	f32 = 0x7d
	f64 = 0x7c
)

func signature(params, results []byte) []byte {
	return join([]byte{0x60}, uleb(len(params)), params, uleb(len(results)), results)
}

// body is a function's code without its end, and no locals of its own.
func body(code ...[]byte) []byte {
	b := join([]byte{0}, join(code...), []byte{0x0b})
	return append(uleb(len(b)), b...)
}

func i32Const(n int) []byte { return append([]byte{0x41}, leb(n)...) }

// program is a module with one function "run" of the given results, a memory of 1 page, a table of 1 function, and more sections if asked.
func program(results []byte, code ...[]byte) []byte {
	return join([]byte("\x00asm\x01\x00\x00\x00"),
		section(1, list(signature(nil, results))),
		section(3, list([]byte{0})),
		section(4, list([]byte{0x70, 0, 1})),
		section(5, list([]byte{0, 1})),
		section(6, list([]byte{i32, 1, 0x41, 5, 0x0b})),
		section(7, list(join(text("run"), []byte{0, 0}))),
		section(9, list([]byte{0, 0x41, 0, 0x0b, 1, 0})),
		section(10, list(body(code...))))
}
