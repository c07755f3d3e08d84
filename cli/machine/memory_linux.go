package machine

import "syscall"

// memoryOf is the memory of this machine in bytes.
func memoryOf() uint64 {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return memoryUnknown
	}
	return uint64(info.Totalram) * uint64(info.Unit) //nolint:unconvert // 32 bits on some platforms
}
