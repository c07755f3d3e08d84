package cli

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/compute/manifest"
	"ayni.example/compute/tenant"
	"ayni.example/x/compute"
)

const deployHelp = `Read a deployment file, our own YAML or Akash's SDL 2.0 or 2.1, and tell what it asks for.

Everything in the file is carried out or refused at its line and column; all mistakes are told at once. With --check nothing is ordered,
and no network is needed: it prints the services, the order that the ledger would see, and the most that it may cost. Secrets are never shown.

The fields are in docs/guide/deploy.md; examples/deploy has a file for each.`

// deployment is what --check prints as JSON.
type deployment struct {
	Deployment *manifest.Deployment `json:"deployment"`
	Order      compute.Spec         `json:"order"`
	Unit       string               `json:"unit"`       // what the price is for: second or task
	HourMost   string               `json:"hour_most"`  // credits that an hour may cost; "" for a batch
	TotalMost  string               `json:"total_most"` // credits that a batch may cost; "" for what runs until it is closed
}

func (a *app) deploy() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use: "deploy FILE", Short: "Read a deployment file and tell what it orders", Long: deployHelp, Args: cobra.ExactArgs(1),
		Example: "  ayni deploy examples/deploy/web.yaml --check\n  ayni deploy deploy.yaml --check --json",
		RunE: func(_ *cobra.Command, args []string) error {
			if !check {
				return hint(usage(fmt.Errorf("deploy %s: only --check is there so far", args[0])), "`ayni deploy %s --check` tells what would be ordered", args[0])
			}
			return a.checkDeployment(args[0])
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "tell what would be ordered, and order nothing")
	return cmd
}

func (a *app) checkDeployment(file string) error {
	d, err := manifest.Open(file, manifest.Options{Lookup: os.LookupEnv})
	if err != nil {
		return advised(err)
	}
	var salt [16]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return err
	}
	public, err := d.Salted(salt).Public()
	if err != nil {
		return advised(err)
	}
	spec, err := tenant.Spec(public, 0)
	if err != nil {
		return err
	}
	c := deployment{Deployment: d.Redacted(), Order: spec, Unit: "second"}
	if public.Kind == manifest.KindBatch {
		c.Unit, c.TotalMost = "task", credits(tenant.Most(public, 0))
	} else {
		c.HourMost = credits(tenant.Most(public, 3600))
	}
	return a.print(c, c.table())
}

func (c deployment) table() table {
	rows := [][]string{{"deployment", c.Deployment.Name + ", " + string(c.Deployment.Kind)}}
	for _, s := range c.Deployment.Services {
		rows = append(rows, []string{"service", serviceLine(s)})
	}
	r := c.Order.Resources
	rows = append(rows, []string{"order", fmt.Sprintf("%s cores, %s memory, %s scratch", cores(r.CPU), size(int64(r.Memory)), size(int64(r.Disk)))})
	for _, v := range r.Volumes {
		rows = append(rows, []string{"", fmt.Sprintf("%s of volumes on %s", size(int64(v.Bytes)), anyWord(v.Class, "any disk"))})
	}
	for _, g := range c.Order.GPUs {
		kinds := make([]string, len(g.Any))
		for i, k := range g.Any {
			kinds[i] = strings.TrimSpace(k.Vendor + " " + anyWord(k.Model, "any"))
		}
		rows = append(rows, []string{"", fmt.Sprintf("%d cards of %s", g.Count, strings.Join(kinds, " or "))})
	}
	for _, at := range c.Order.Placement.Attributes {
		rows = append(rows, []string{"provider", at.Key + " is " + at.Value})
	}
	if c.TotalMost != "" {
		return table{rows: append(rows, []string{"price", fmt.Sprintf("%d tasks, at most %s credits", c.Order.Tasks, c.TotalMost)})}
	}
	return table{rows: append(rows, []string{"price", "at most " + c.HourMost + " credits an hour"})}
}

func serviceLine(s manifest.Service) string {
	line := fmt.Sprintf("%s: %s, %s cores, %s", s.Name, s.Image, cores(s.Resources.MilliCPU), size(int64(s.Resources.Memory)))
	if s.Count > 1 {
		line += fmt.Sprintf(", %d replicas", s.Count)
	}
	for _, e := range s.Expose {
		if e.Global {
			line += ", port " + strconv.Itoa(e.As)
		}
	}
	if s.Checkpoint != nil {
		line += ", goes on from " + s.Checkpoint.Folder
	}
	return line
}

func anyWord(word, otherwise string) string {
	if word == "" {
		return otherwise
	}
	return word
}

// cores are thousandths as people write them.
func cores(milli uint64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", milli/1000, milli%1000), "0"), ".")
}

// credits are acredit as people write them.
func credits(acredit *big.Int) string {
	text := new(big.Rat).SetFrac(acredit, big.NewInt(1e18)).FloatString(18)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}
