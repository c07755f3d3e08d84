package cli

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ayni.example/web/operator"
)

const hostHelp = `Lend this machine out, change what is lent, or show how lending stands.

Without flags it shows. The first call with a flag, even --cpu alone, announces the machine on the ledger and begins to bid for orders; flags that are not
given keep what they were. Prices are credits: --price-second, --price-task and --price-step are fixed prices of one unit; --price-core and so on are for an hour
of what an order takes; --price-script asks a program of yours, which reads the order as JSON and prints credits (for an hour, a task or a step; exit code 3
declines). --pause takes nothing new and lets what runs go on.

Containers need root, and runsc or runc, on Linux; training needs neither.`

// hostFlags are the flags, and how each changes the settings.
type hostFlags struct {
	cpu, memory, disk, volumes string
	attributes                 map[string]string
	s                          operator.HostSettings
	pause, resume              bool
}

func (a *app) computeHost() *cobra.Command {
	var f hostFlags
	cmd := a.running("host", "Lend this machine out", hostHelp, 0, nil)
	cmd.Example = "  ayni compute host --cpu 4 --memory 16G --price-core 0.01\n  ayni compute host --pause\n  ayni compute host --json"
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		remote, err := a.remote()
		if err != nil {
			return err
		}
		return advise(a.host(cmd.Context(), remote, cmd.Flags(), f))
	}
	l := cmd.Flags()
	l.StringVar(&f.cpu, "cpu", "", "cores, such as 4 or 500m (default: all but one)")
	l.StringVar(&f.memory, "memory", "", "such as 16G (default: half)")
	l.StringVar(&f.disk, "disk", "", "scratch space (default: a quarter of what is free)")
	l.StringVar(&f.volumes, "volumes", "", "space for persistent volumes (default: a quarter of what is free)")
	l.StringVar(&f.s.Class, "class", "", "of the disk: hdd, ssd or nvme (default: what it is)")
	l.StringVar(&f.s.Region, "region", "", "such as eu-west")
	l.StringToStringVar(&f.attributes, "attribute", nil, "NAME=VALUE that orders may ask for")
	l.StringVar(&f.s.Collateral, "collateral", "", "credits that stand behind leases (default 1)")
	l.StringVar(&f.s.PriceSecond, "price-second", "", "credits for a second of any lease")
	l.StringVar(&f.s.PriceTask, "price-task", "", "credits for a task of any batch")
	l.StringVar(&f.s.PriceStep, "price-step", "", "credits for a step of any training")
	l.StringVar(&f.s.PriceCore, "price-core", "", "credits for an hour of a core (default 0.01)")
	l.StringVar(&f.s.PriceMemory, "price-memory", "", "credits for an hour of a GiB of memory (default 0.002)")
	l.StringVar(&f.s.PriceDisk, "price-disk", "", "credits for an hour of a GiB of disk (default 0.0001)")
	l.StringVar(&f.s.PriceCard, "price-card", "", "credits for an hour of a card (default 0.5)")
	l.StringVar(&f.s.Script, "price-script", "", "program that is asked for prices; none: an empty word")
	l.DurationVar(&f.s.Notice, "notice", 0, "the longest notice that a tenant may ask for (default: any)")
	l.StringVar(&f.s.Dir, "dir", "", "folder of leases, through whose parents every user may pass")
	l.BoolVar(&f.pause, "pause", false, "take nothing new")
	l.BoolVar(&f.resume, "resume", false, "take orders again")
	cmd.MarkFlagsMutuallyExclusive("pause", "resume")
	return cmd
}

// host shows, or changes and shows.
func (a *app) host(ctx context.Context, c *operator.Client, flags *pflag.FlagSet, f hostFlags) error {
	status, err := c.Hosting(ctx)
	if err != nil {
		return err
	}
	var s operator.HostSettings
	if status.Settings != nil {
		s = *status.Settings
	}
	changed, err := f.apply(flags, &s)
	if err != nil {
		return usage(err)
	}
	if changed {
		if status, err = c.SetHosting(ctx, s); err != nil {
			return err
		}
	}
	return a.print(status, hostTable(status))
}

// apply changes the settings that flags were given for.
func (f hostFlags) apply(flags *pflag.FlagSet, s *operator.HostSettings) (bool, error) {
	var failed error
	text := map[string]func(){
		"cpu":     func() { s.MilliCPU, failed = amount(f.cpu, 1000, "m", failed) },
		"memory":  func() { s.Memory, failed = amount(f.memory, 1, "", failed) },
		"disk":    func() { s.Disk, failed = amount(f.disk, 1, "", failed) },
		"volumes": func() { s.Volumes, failed = amount(f.volumes, 1, "", failed) },
		"class":   func() { s.Class = f.s.Class }, "region": func() { s.Region = f.s.Region },
		"attribute":  func() { s.Attributes = maps.Clone(f.attributes) },
		"collateral": func() { s.Collateral = f.s.Collateral }, "price-second": func() { s.PriceSecond = f.s.PriceSecond },
		"price-task": func() { s.PriceTask = f.s.PriceTask }, "price-step": func() { s.PriceStep = f.s.PriceStep },
		"price-core": func() { s.PriceCore = f.s.PriceCore }, "price-memory": func() { s.PriceMemory = f.s.PriceMemory },
		"price-disk": func() { s.PriceDisk = f.s.PriceDisk }, "price-card": func() { s.PriceCard = f.s.PriceCard },
		"price-script": func() { s.Script = absolute(f.s.Script) }, "notice": func() { s.Notice = f.s.Notice }, "dir": func() { s.Dir = absolute(f.s.Dir) },
		"pause": func() { s.Paused = f.pause }, "resume": func() { s.Paused = !f.resume },
	}
	changed := false
	for name, set := range text {
		if flags.Changed(name) {
			set()
			changed = true
		}
	}
	return changed, failed
}

func absolute(path string) string {
	if path == "" {
		return ""
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return whole
}

// amount reads a number with a unit: of bytes, or of cores where milli is their thousandth.
func amount(text string, scale int64, milli string, failed error) (uint64, error) {
	if failed != nil {
		return 0, failed
	}
	number := strings.TrimRight(text, "KMGTkmgti")
	unit, factor := text[len(number):], int64(1)
	switch {
	case milli != "" && unit == milli:
		scale = 1
	case milli != "" && unit != "":
		return 0, fmt.Errorf("%q: want cores, such as 4, 0.5 or 500m", text)
	case unit != "":
		base, at := int64(1000), strings.IndexByte("KMGT", strings.ToUpper(unit)[0])
		if strings.HasSuffix(unit, "i") {
			base = 1024
		}
		for range at + 1 {
			factor *= base
		}
	}
	value, ok := new(big.Rat).SetString(number)
	if !ok || value.Sign() <= 0 || len(number) > 20 || strings.ContainsAny(number, "/eE") {
		return 0, fmt.Errorf("%q is no amount: such as 4, 500m or 16G", text)
	}
	value.Mul(value, new(big.Rat).SetInt64(scale*factor))
	n := new(big.Int).Quo(value.Num(), value.Denom())
	if !n.IsUint64() || n.BitLen() > 50 {
		return 0, fmt.Errorf("%q is more than a machine has", text)
	}
	return n.Uint64(), nil
}

func hostTable(s operator.HostStatus) table {
	t := table{rows: [][]string{{"this machine", s.State}}}
	if s.Settings == nil {
		return table{empty: "this machine lends nothing: `ayni compute host --cpu 4` begins"}
	}
	if s.Containers != "" {
		t.rows = append(t.rows, []string{"containers", s.Containers})
	}
	t.rows = append(t.rows, []string{"speed", fmt.Sprintf("%.1f GFLOP/s of one core, %.1f of all", float64(s.FlopsCore)/1e9, float64(s.FlopsAll)/1e9)})
	for _, l := range s.Leases {
		t.rows = append(t.rows, []string{"lease", l.ID, l.State, l.Phase, l.Price + " a " + l.Unit, "earned " + l.Paid, l.Detail})
	}
	if s.Settings.Paused {
		t.rows = append(t.rows, []string{"paused", strconv.FormatBool(true)})
	}
	return t
}
