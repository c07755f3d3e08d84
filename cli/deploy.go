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

const deployHelp = `Order what a deployment file asks for: our own YAML, or Akash's SDL 2.0 or 2.1.

Everything in the file is carried out or refused at its line and column; all mistakes are told at once. With --check nothing is ordered,
and no network is needed: it prints the services, the order that the ledger would see, and the most that it may cost. Secrets are never shown;
they go to the machine that wins, and to nobody else. What is not spent of the deposit comes back when the order is closed.

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
	var f deployFlags
	cmd := &cobra.Command{
		Use: "deploy FILE", Short: "Order what a deployment file asks for", Long: deployHelp, Args: cobra.ExactArgs(1),
		Example: "  ayni deploy examples/deploy/web.yaml --check\n  ayni deploy deploy.yaml --deposit 5\n  ayni deploy train.yaml --yes --follow",
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.check {
				return a.checkDeployment(args[0])
			}
			return a.place(cmd.Context(), args[0], f)
		},
	}
	cmd.Flags().BoolVar(&f.check, "check", false, "tell what would be ordered, and order nothing")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "order without asking")
	cmd.Flags().BoolVar(&f.follow, "follow", false, "tell what becomes of it, and write what its programs write")
	cmd.Flags().StringVar(&f.deposit, "deposit", "", "credits that it may spend (default: a day at the file's price, or all tasks)")
	cmd.Flags().Uint32Var(&f.window, "window", 0, "blocks for which bids are gathered before the cheapest is taken (default: the first that fits)")
	cmd.Flags().StringSliceVar(&f.providers, "provider", nil, "account of a machine; no other may bid")
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
	c, err := ordering(d.Salted(salt))
	if err != nil {
		return err
	}
	return a.print(c, c.table())
}

// ordering is what a deployment orders.
func ordering(d *manifest.Deployment) (deployment, error) {
	public, err := d.Public()
	if err != nil {
		return deployment{}, advised(err)
	}
	spec, err := tenant.Spec(public, 0)
	if err != nil {
		return deployment{}, err
	}
	c := deployment{Deployment: d.Redacted(), Order: spec, Unit: "second"}
	if public.Kind == manifest.KindBatch {
		c.Unit, c.TotalMost = "task", credits(tenant.Most(public, 0))
	} else {
		c.HourMost = credits(tenant.Most(public, 3600))
	}
	return c, nil
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
	parts := []string{fmt.Sprintf("%s: %s", s.Name, s.Image), cores(s.Resources.MilliCPU) + " cores", size(int64(s.Resources.Memory))}
	if s.Count > 1 {
		parts = append(parts, fmt.Sprintf("%d replicas", s.Count))
	}
	for _, e := range s.Expose {
		if e.Global {
			parts = append(parts, "port "+strconv.Itoa(e.As))
		}
	}
	if s.Checkpoint != nil {
		parts = append(parts, "goes on from "+s.Checkpoint.Folder)
	}
	return strings.Join(parts, ", ")
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
