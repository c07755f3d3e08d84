package cli

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"ayni.example/compute/manifest"
	"ayni.example/web/operator"
)

// followEvery is how often an order is looked at while it waits.
const followEvery = time.Second

// deployFlags are what the command line may say.
type deployFlags struct {
	check, yes, follow bool
	deposit            string
	window             uint32
	providers          []string
}

// place orders a deployment, after a person said yes to it.
func (a *app) place(ctx context.Context, file string, f deployFlags) error {
	d, err := manifest.Open(file, manifest.Options{Lookup: os.LookupEnv})
	if err != nil {
		return advised(err)
	}
	var salt [16]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return err
	}
	d = d.Salted(salt)
	blob, err := d.Encode()
	if err != nil {
		return advised(err)
	}
	remote, err := a.remote()
	if err != nil {
		return err
	}
	if !f.yes && !a.json {
		c, err := ordering(d)
		if err != nil {
			return err
		}
		if err := a.print(c, c.table()); err != nil {
			return err
		}
		if err := a.agree("order this?"); err != nil {
			return err
		}
	}
	o, err := remote.PlaceOrder(ctx, operator.OrderRequest{Deployment: blob, Deposit: f.deposit, Window: f.window, Providers: f.providers})
	if err != nil {
		return advise(err)
	}
	if !f.follow || !a.json {
		if err := a.print(o, orderTable(o)); err != nil {
			return err
		}
	}
	if !f.follow {
		return nil
	}
	return a.follow(ctx, remote, o)
}

// agree asks a person; without one who can answer, --yes is needed.
func (a *app) agree(question string) error {
	in, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return hint(usage(fmt.Errorf("%s nobody is here to answer", question)), "add --yes")
	}
	fmt.Fprintf(a.stderr, "%s [y/N] ", question)
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		return err
	}
	if word := strings.ToLower(strings.TrimSpace(line)); word != "y" && word != "yes" {
		return usage(fmt.Errorf("not ordered"))
	}
	return nil
}

// follow tells what becomes of an order, and what its programs write, until it is closed. The order goes on when this command ends.
func (a *app) follow(ctx context.Context, remote *operator.Client, o operator.ComputeOrder) error {
	fmt.Fprintf(a.stderr, "following; the order goes on when this ends (`ayni compute close %s` closes it)\n", o.ID[:12])
	said, shown := "", ""
	for o.State != "closed" {
		if now := situation(o); now != said {
			said = now
			fmt.Fprintln(a.stderr, now)
		}
		if l := running(o); l != "" && l != shown {
			shown = l
			if err := a.followLease(ctx, l); err != nil && ctx.Err() == nil {
				shown = ""
				fmt.Fprintln(a.stderr, "its machine cannot be read at present:", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvery):
		}
		next, err := remote.ComputeOrder(ctx, o.ID)
		if err != nil && ctx.Err() == nil {
			return advise(err)
		}
		if err == nil {
			o = next
		}
	}
	fmt.Fprintln(a.stderr, situation(o))
	if a.json {
		return a.printJSON(o)
	}
	return nil
}

// situation is where an order stands, in a line.
func situation(o operator.ComputeOrder) string {
	if len(o.Leases) > 0 && o.State == "leased" {
		l := o.Leases[len(o.Leases)-1]
		return fmt.Sprintf("lease %d on %s: %s", len(o.Leases), anyWord(l.Name, l.Provider), l.State)
	}
	text := o.State
	if o.Reason != "" {
		text += ": " + o.Reason
	}
	if o.State == "open" {
		text += fmt.Sprintf(" (%d bids, %d declines; `ayni compute explain %s` tells why)", len(o.Bids), len(o.Declines), o.ID[:12])
	}
	return text
}

// running is the lease of an order that runs.
func running(o operator.ComputeOrder) string {
	for _, l := range o.Leases {
		if l.State == "active" || l.State == "reclaiming" {
			return l.ID
		}
	}
	return ""
}

func (a *app) followLease(ctx context.Context, lease string) error {
	c, err := a.reach(ctx, lease)
	if err != nil {
		return err
	}
	replicas, err := replicasOf(ctx, c)
	if err != nil {
		return err
	}
	return a.logs(ctx, c, replicas, logFlags{follow: true})
}
