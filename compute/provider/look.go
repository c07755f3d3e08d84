package provider

import (
	"cmp"
	"context"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	machine "ayni.example/provider"
	"ayni.example/x/compute"
)

// Share is the part of this machine that is lent. Zero is the default: all but one core, and half of memory and of the free disk.
type Share struct {
	Cores      uint64 // in thousandths
	Memory     uint64 // bytes
	Disk       uint64 // bytes of scratch
	Volumes    uint64 // bytes for persistent volumes
	Class      string // of the volumes; "" looks what the disk is
	GPUs       bool   // cards are lent, too: only where workers can hand them on
	Region     string
	Attributes map[string]string
}

// Look takes the inventory of this machine: what of it is lent, from the folder that holds leases. flops is the benchmark's result.
func Look(ctx context.Context, dir string, share Share, flops Score) (compute.Inventory, error) {
	here := machine.Look()
	free, err := freeBytes(dir)
	if err != nil {
		return compute.Inventory{}, err
	}
	cores := uint64(max(here.Cores-1, 1)) * 1000
	r := compute.Resources{
		CPU:    min(cmp.Or(share.Cores, cores), uint64(here.Cores)*1000),
		Memory: cmp.Or(share.Memory, here.MemoryBytes/2),
		Disk:   cmp.Or(share.Disk, roundGiB(free/4)),
	}
	if here.MemoryBytes > 0 {
		r.Memory = min(r.Memory, here.MemoryBytes)
	}
	if size := cmp.Or(share.Volumes, roundGiB(free/4)); size > 0 {
		r.Volumes = []compute.Volume{{Class: cmp.Or(share.Class, diskClass(dir)), Bytes: size}}
	}
	if share.GPUs {
		r.GPUs = Cards(ctx)
	}
	inventory := compute.Inventory{Resources: r, Attributes: attributes(share), FlopsCore: flops.Core, FlopsAll: flops.All}
	return inventory, inventory.Validate()
}

// roundGiB keeps the inventory from changing with each file that is written.
func roundGiB(bytes uint64) uint64 { return bytes >> 30 << 30 }

func attributes(share Share) []compute.Attribute {
	all := map[string]string{"arch": runtime.GOARCH, "os": runtime.GOOS}
	if share.Region != "" {
		all["region"] = share.Region
	}
	maps.Copy(all, share.Attributes)
	list := make([]compute.Attribute, 0, len(all))
	for key, value := range all {
		list = append(list, compute.Attribute{Key: key, Value: value})
	}
	slices.SortFunc(list, func(a, b compute.Attribute) int { return cmp.Compare(a.Key, b.Key) })
	return list
}

// classOf says what a block device is by what the kernel says of it: its name, and whether it turns.
func classOf(name, rotational string) string {
	switch {
	case strings.HasPrefix(name, "nvme"):
		return "nvme"
	case strings.TrimSpace(rotational) == "1":
		return "hdd"
	}
	return "ssd"
}

// blockClass is the class of a device below /sys/dev/block; a partition's device is the folder above it.
func blockClass(sys string) string {
	at, err := filepath.EvalSymlinks(sys)
	if err != nil {
		return "hdd" // promise the least
	}
	for range 2 {
		if text, err := os.ReadFile(filepath.Join(at, "queue", "rotational")); err == nil {
			return classOf(filepath.Base(at), string(text))
		}
		at = filepath.Dir(at)
	}
	return "hdd"
}
