package provider

import (
	"bufio"
	"bytes"
	"os"
	"runtime"
	"strconv"
)

// Inventory is what a machine is, for people who look at it; nothing is decided by it.
type Inventory struct {
	Name        string `json:"name"`
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	Processor   string `json:"processor"` // "" where the system does not say
	Cores       int    `json:"cores"`
	MemoryBytes uint64 `json:"memory_bytes"` // 0 where the system does not say
}

// Look takes the inventory of this machine.
func Look() Inventory {
	name, err := os.Hostname()
	if err != nil {
		name = "this machine"
	}
	return Inventory{
		Name: name, OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(),
		Processor: procText("/proc/cpuinfo", "model name"), MemoryBytes: kilobytes(procText("/proc/meminfo", "MemTotal")),
	}
}

// procText finds "key : value" in a file of the Linux kernel; elsewhere there is none.
func procText(file, key string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return field(text, key)
}

func field(text []byte, key string) string {
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		name, value, ok := bytes.Cut(lines.Bytes(), []byte(":"))
		if ok && string(bytes.TrimSpace(name)) == key {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// kilobytes reads "16316752 kB".
func kilobytes(text string) uint64 {
	digits, _, _ := bytes.Cut([]byte(text), []byte(" "))
	n, err := strconv.ParseUint(string(digits), 10, 54)
	if err != nil {
		return 0
	}
	return n << 10
}
