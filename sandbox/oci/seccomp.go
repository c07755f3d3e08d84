package oci

import (
	_ "embed"
	"runtime"
	"strings"
)

// allowed are the system calls that programs need and that give no way to the kernel's rarer parts.
//
//go:embed syscalls.txt
var allowed string

// Numbers of Linux.
const (
	errnoPermission = 1
	errnoMissing    = 38
	newNamespaces   = 0x7e020000 // all flags of clone that make namespaces
	familyUnix      = 1
	familyIPv4      = 2
	familyIPv6      = 10
)

// seccomp is the profile: what is not listed does not exist for the program. Calls of other word sizes are killed.
func seccomp() *seccompProfile {
	arch := map[string]string{"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64"}[runtime.GOARCH]
	if arch == "" {
		return nil
	}
	p := &seccompProfile{Default: "SCMP_ACT_ERRNO", Errno: errnoPermission, Architectures: []string{arch}}
	p.Calls = []seccompCalls{
		{Names: strings.Fields(allowed), Action: "SCMP_ACT_ALLOW"},
		{Names: []string{"clone"}, Action: "SCMP_ACT_ALLOW", Args: []seccompArg{{Value: newNamespaces, Op: "SCMP_CMP_MASKED_EQ"}}},
		// Its flags lie in memory; programs fall back to clone when it is missing.
		{Names: []string{"clone3"}, Action: "SCMP_ACT_ERRNO", Errno: errnoMissing},
	}
	for _, family := range []uint64{familyUnix, familyIPv4, familyIPv6} {
		p.Calls = append(p.Calls, seccompCalls{
			Names: []string{"socket"}, Action: "SCMP_ACT_ALLOW", Args: []seccompArg{{Value: family, Op: "SCMP_CMP_EQ"}},
		})
	}
	return p
}

type seccompProfile struct {
	Default       string         `json:"defaultAction"`
	Errno         uint           `json:"defaultErrnoRet,omitempty"`
	Architectures []string       `json:"architectures"`
	Calls         []seccompCalls `json:"syscalls"`
}

type seccompCalls struct {
	Names  []string     `json:"names"`
	Action string       `json:"action"`
	Errno  uint         `json:"errnoRet,omitempty"`
	Args   []seccompArg `json:"args,omitempty"`
}

type seccompArg struct {
	Index    uint   `json:"index"`
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo"`
	Op       string `json:"op"`
}
