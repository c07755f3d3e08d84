package gguf

import "fmt"

// Magic is the first word of every GGUF file, "GGUF" in little-endian order.
const Magic = 0x46554747

// Bounds of the format. maxName is ggml's own; the others keep hostile files small.
const (
	maxName          = 64
	maxKey           = 65535
	maxKeys          = 1 << 16
	maxTensors       = 1 << 16
	maxHeader        = 1 << 27 // bytes before the tensor data: vocabularies of a million tokens fit
	maxDims          = 4
	maxAlignment     = 1 << 16
	defaultAlignment = 32
)

// Type is the storage type of a tensor, numbered as in ggml.
type Type uint32

// The tensor types that this package reads and writes.
const (
	F32  Type = 0
	F16  Type = 1
	Q4_0 Type = 2
	Q8_0 Type = 8
	Q4_K Type = 12
	Q6_K Type = 14
	BF16 Type = 30
)

// String is ggml's name of the type.
func (t Type) String() string {
	names := [...]string{
		"F32", "F16", "Q4_0", "Q4_1", "removed(4)", "removed(5)", "Q5_0", "Q5_1", "Q8_0", "Q8_1",
		"Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S",
		"IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16",
	}
	if int(t) < len(names) {
		return names[t]
	}
	return fmt.Sprintf("type(%d)", uint32(t))
}

// Supported reports whether the values of tensors of the type can be read.
func (t Type) Supported() bool {
	switch t {
	case F32, F16, BF16, Q4_0, Q8_0, Q4_K, Q6_K:
		return true
	default:
		return false
	}
}

// Block is the number of elements in one storage block and its bytes, as ggml has them; zero for a type that is not known.
func (t Type) Block() (elements, bytes uint64) {
	layouts := [...][2]uint64{
		{1, 4}, {1, 2}, {32, 18}, {32, 20}, {}, {}, {32, 22}, {32, 24}, {32, 34}, {32, 36}, // F32 to Q8_1
		{256, 84}, {256, 110}, {256, 144}, {256, 176}, {256, 210}, {256, 292}, // Q2_K to Q8_K
		{256, 66}, {256, 74}, {256, 98}, {256, 50}, {32, 18}, {256, 110}, {256, 82}, {256, 136}, // IQ2_XXS to IQ4_XS
		{1, 1}, {1, 2}, {1, 4}, {1, 8}, {1, 8}, {256, 56}, {1, 2}, // I8 to BF16
	}
	if int(t) >= len(layouts) {
		return 0, 0
	}
	return layouts[t][0], layouts[t][1]
}

// kind is the type tag of a metadata value.
type kind uint32

const (
	kindUint8 kind = iota
	kindInt8
	kindUint16
	kindInt16
	kindUint32
	kindInt32
	kindFloat32
	kindBool
	kindString
	kindArray
	kindUint64
	kindInt64
	kindFloat64
)

// size is the least number of bytes a value of the kind takes in a file.
func (k kind) size() int64 {
	switch k {
	case kindUint8, kindInt8, kindBool:
		return 1
	case kindUint16, kindInt16:
		return 2
	case kindUint32, kindInt32, kindFloat32:
		return 4
	case kindUint64, kindInt64, kindFloat64, kindString:
		return 8
	case kindArray:
		return 12
	default:
		return 0
	}
}
