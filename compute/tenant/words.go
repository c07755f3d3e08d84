package tenant

import (
	"fmt"
	"strings"

	"ayni.example/x/compute"
)

// Sentence says why an order or a lease ended, or why a provider does not bid.
func Sentence(r compute.Reason) string {
	if text, found := sentences()[r]; found {
		return text
	}
	return r.String() // of a newer ledger
}

func sentences() map[compute.Reason]string {
	return map[compute.Reason]string{
		compute.ReasonUnspecified: "",
		compute.ReasonDone:        "all of it is done and paid",
		compute.ReasonTenant:      "the tenant closed it",
		compute.ReasonReclaimed:   "the provider wanted its machine back, and gave the notice that the order demands",
		compute.ReasonFunds:       "the escrow was used up",
		compute.ReasonSilence:     "the provider gave no sign for too long",
		compute.ReasonNotStarted:  "the provider did not start in time",
		compute.ReasonRefuted:     "a segment of the training was shown to be false",
		compute.ReasonRejected:    "the tenant rejected a result more often than the order allows",
		compute.ReasonAttempts:    "the order was leased as often as one order may be",
		compute.ReasonExited:      "the program ended, and the order with it",
		compute.ReasonManifest:    "the deployment did not come, or is not the one that the order names",
		compute.ReasonImage:       "an image cannot be fetched, or the provider does not run it",
		compute.ReasonData:        "data or a checkpoint cannot be fetched, or is not what the order names",
		compute.ReasonNetwork:     "the provider cannot give the network access that is wanted",
		compute.ReasonMaintenance: "the provider takes no work at present",
		compute.ReasonPolicy:      "the provider does not work for this account, or on this kind of work",
		compute.ReasonNotice:      "the notice that the order demands is longer than the provider gives",
		compute.ReasonFault:       "the provider's machine failed",
		compute.ReasonCPU:         "too few cores",
		compute.ReasonMemory:      "too little memory",
		compute.ReasonDisk:        "too little disk",
		compute.ReasonVolume:      "too little room for volumes",
		compute.ReasonGPU:         "not the accelerators that are wanted, or it hands none on into containers",
		compute.ReasonAttribute:   "an attribute that is required is not the provider's",
		compute.ReasonScore:       "the machine is slower than required",
		compute.ReasonPrice:       "the price is below the provider's least",
		compute.ReasonPlacement:   "the order names other providers, or excludes this one",
		compute.ReasonUnit:        "the provider does not do this kind of work",
		compute.ReasonShunned:     "the provider had this order before and gave it up, or did not start",
		compute.ReasonCollateral:  "the provider's collateral does not cover the bond of the lease",
		compute.ReasonNotServing:  "the provider is not registered, or suspended, or leaving",
		compute.ReasonOwn:         "the order is this account's own",
		compute.ReasonNotOpen:     "the order is not open",
		compute.ReasonFull:        "the order has all the bids that it may have, and they are cheaper",
	}
}

// MisfitSentence says what a machine lacks for an order, with the figures.
func MisfitSentence(m compute.Misfit) string {
	var what string
	switch m.Reason {
	case compute.ReasonCPU:
		what = fmt.Sprintf("wants %s cores, there are %s", Cores(m.Want), Cores(m.Have))
	case compute.ReasonMemory:
		what = fmt.Sprintf("wants %s of memory, there are %s", Bytes(m.Want), Bytes(m.Have))
	case compute.ReasonDisk:
		what = fmt.Sprintf("wants %s of disk, there are %s", Bytes(m.Want), Bytes(m.Have))
	case compute.ReasonVolume:
		what = fmt.Sprintf("wants %s of volumes on %s, there are %s", Bytes(m.Want), named(m.Name, "any disk"), Bytes(m.Have))
	case compute.ReasonGPU:
		what = fmt.Sprintf("wants %d accelerators of %s, there are %d", m.Want, named(m.Name, "any kind"), m.Have)
	case compute.ReasonAttribute:
		what = "has not the value of " + m.Name + " that is required"
	case compute.ReasonScore:
		what = fmt.Sprintf("wants %s with %s, it measured %s", named(map[string]string{"core": "a core", "all": "all cores"}[m.Name], "cores"), flops(m.Want), flops(m.Have))
	case compute.ReasonUnit:
		what = "does not take work by the " + Unit(m.Name)
	default:
		what = Sentence(m.Reason)
	}
	if m.Busy {
		what += " at present: other leases take the rest"
	}
	return what
}

func named(word, otherwise string) string {
	if word == "" {
		return otherwise
	}
	return word
}

func flops(n uint64) string { return fmt.Sprintf("%.1f GFLOP/s", float64(n)/1e9) }

// Unit is the word for what a price is of: second, task or step.
func Unit(name string) string { return strings.ToLower(strings.TrimPrefix(name, "UNIT_")) }

// Cores are thousandths as people write them.
func Cores(milli uint64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", milli/1000, milli%1000), "0"), ".")
}

// Bytes are an amount as people write it.
func Bytes(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	amount, unit := float64(n), 0
	for amount >= 1024 && unit < len(units)-1 {
		amount, unit = amount/1024, unit+1
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", amount), ".0") + " " + units[unit]
}

// Wants are an order's resources in words.
func Wants(s compute.Spec) string {
	if s.Unit == compute.UnitStep {
		return fmt.Sprintf("%d training steps, %s", s.Training.Steps, Has(s.Resources))
	}
	list := []string{Has(s.Resources)}
	for _, g := range s.GPUs {
		kinds := make([]string, len(g.Any))
		for i, k := range g.Any {
			kinds[i] = strings.TrimSpace(k.Vendor + " " + named(k.Model, "of any model"))
		}
		list = append(list, fmt.Sprintf("%d × %s", g.Count, strings.Join(kinds, " or ")))
	}
	return strings.Join(list, ", ")
}

// Has are resources in words.
func Has(r compute.Resources) string {
	list := make([]string, 1, 1+len(r.Volumes)+len(r.GPUs))
	list[0] = fmt.Sprintf("%s cores, %s memory, %s disk", Cores(r.CPU), Bytes(r.Memory), Bytes(r.Disk))
	for _, v := range r.Volumes {
		list = append(list, Bytes(v.Bytes)+" "+named(v.Class, "of volumes"))
	}
	for _, g := range r.GPUs {
		list = append(list, fmt.Sprintf("%d × %s", g.Count, strings.TrimSpace(g.Vendor+" "+g.Model)))
	}
	return strings.Join(list, ", ")
}
