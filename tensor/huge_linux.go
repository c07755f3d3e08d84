package tensor

import (
	"syscall"
	"unsafe"
)

// hugePage is the size that a processor translates at once, on amd64 and arm64 with the usual pages of 4 KiB.
const hugePage = 2 << 20

// advise asks for huge pages around memory that has not been touched yet: reading weights in order then misses hardly any
// translation. It is advice, so a refusal does not matter; the neighbours it covers are memory of this program too.
func advise(b []byte) { huge(b, syscall.MADV_HUGEPAGE) }

// collapse asks for what advise could not get because the program had used the memory before: the system copies it into huge
// pages now.
func collapse(b []byte) {
	const madvCollapse = 25 // since Linux 6.1
	huge(b, madvCollapse)
}

func huge(b []byte, advice uintptr) {
	if len(b) < hugePage/16 {
		return
	}
	start := uintptr(unsafe.Pointer(unsafe.SliceData(b))) //nolint:gosec // an address for advice
	end := (start + uintptr(len(b)) + hugePage - 1) &^ (hugePage - 1)
	start &^= hugePage - 1
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, start, end-start, advice)
}
