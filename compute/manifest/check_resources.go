package manifest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// amount checks a number, in the order given.
func (c *checker) amount(at string, v, lo, hi uint64, unit string) {
	if v < lo || v > hi {
		c.errorf(at, "", "%d %s is out of range, want %d to %d", v, unit, lo, hi)
	}
}

func (c *checker) resources(at string, r Resources) {
	c.amount(at+".cpu", r.MilliCPU, 1, maxMilliCPU, "thousandths of a core")
	c.amount(at+".memory", r.Memory, minMemory, maxBytes, "bytes")
	c.amount(at+".disk", r.Disk, 0, maxBytes, "bytes")
	if !slices.Contains([]string{"", "amd64", "arm64"}, r.Arch) {
		c.errorf(at+".arch", "", "%q is unknown, want amd64 or arm64", r.Arch)
	}
	if len(r.Volumes) > maxVolumes {
		c.errorf(at+".volumes", "", "%d volumes, at most %d", len(r.Volumes), maxVolumes)
		return
	}
	names, mounts := make(map[string]bool), make(map[string]string)
	for _, v := range r.Volumes {
		at := at + ".volumes." + v.Name
		c.name(at, v.Name)
		if names[v.Name] {
			c.errorf(at, "", "two volumes have this name")
		}
		names[v.Name] = true
		c.amount(at+".size", v.Size, 1, maxBytes, "bytes")
		if !slices.Contains([]Class{ClassAny, ClassHDD, ClassSSD, ClassNVMe, ClassRAM}, v.Class) {
			c.errorf(at+".class", "", "%q is unknown, want hdd, ssd, nvme or ram", v.Class)
		}
		if v.Class == ClassRAM && v.ReadOnly {
			c.errorf(at+".read_only", "", "memory that nobody can write holds nothing")
		}
		c.mount(at+".mount", v.Mount)
		if owner, taken := mounts[v.Mount]; taken {
			c.errorf(at+".mount", "", "volume %s is at %s already", owner, v.Mount)
		}
		mounts[v.Mount] = v.Name
	}
	if r.GPU != nil {
		c.gpu(at+".gpu", *r.GPU)
	}
}

func (c *checker) mount(at, mount string) {
	switch {
	case mount == "":
		c.errorf(at, "such as /data", "missing")
	case !path.IsAbs(mount) || path.Clean(mount) != mount || len(mount) > 255 || strings.ContainsFunc(mount, control):
		c.errorf(at, "such as /data", "%q is no absolute path", mount)
	case mount == "/":
		c.errorf(at, "mount a folder below it", "the whole root cannot be a volume")
	}
	for _, kept := range []string{"/proc", "/sys", "/dev", "/in", "/etc/hosts"} {
		if mount == kept || strings.HasPrefix(mount, kept+"/") && mount != "/dev/shm" {
			c.errorf(at, "", "%s belongs to the system", mount)
		}
	}
}

func (c *checker) gpu(at string, g GPU) {
	c.amount(at+".count", g.Count, 1, maxGPUs, "cards")
	if g.Vendor != "nvidia" && g.Vendor != "amd" {
		c.errorf(at+".vendor", "", "%q is unknown, want nvidia or amd", g.Vendor)
	}
	if len(g.Models) > maxModels {
		c.errorf(at+".models", "", "%d models, at most %d", len(g.Models), maxModels)
		return
	}
	for i, m := range g.Models {
		at := fmt.Sprintf("%s.models[%d]", at, i)
		if m.Name != "" && !modelForm.MatchString(m.Name) {
			c.errorf(at+".name", "such as a100, in lower case", "%q is no model", m.Name)
		}
		c.amount(at+".memory", m.Memory, 0, maxBytes, "bytes")
		if !slices.Contains([]string{"", "pcie", "sxm"}, m.Interface) {
			c.errorf(at+".interface", "", "%q is unknown, want pcie or sxm", m.Interface)
		}
	}
}
