package provider

import (
	"runtime"
	"testing"
)

func TestField(t *testing.T) {
	text := []byte("MemTotal:       16316752 kB\nMemFree:  1 kB\nmodel name\t: A CPU @ 2 GHz\nno colon\n")
	if got := kilobytes(field(text, "MemTotal")); got != 16316752<<10 {
		t.Errorf("memory %d", got)
	}
	if got := field(text, "model name"); got != "A CPU @ 2 GHz" {
		t.Errorf("processor %q", got)
	}
	if field(text, "other") != "" || kilobytes("") != 0 || kilobytes("x kB") != 0 || kilobytes("99999999999999999999 kB") != 0 {
		t.Error("what is not there was found")
	}
}

func TestLook(t *testing.T) {
	here := Look()
	if here.Cores < 1 || here.OS != runtime.GOOS || here.Name == "" {
		t.Errorf("inventory %+v", here)
	}
	if runtime.GOOS == "linux" && here.MemoryBytes == 0 {
		t.Error("no memory found")
	}
}
