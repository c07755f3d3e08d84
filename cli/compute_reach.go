package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"ayni.example/compute/session"
	"ayni.example/compute/worker"
	"ayni.example/internal/clock"
	"ayni.example/p2p"
	"ayni.example/web/operator"
)

// remoteSigner has the running process sign grants; the account's key stays there.
type remoteSigner struct {
	ctx    context.Context //nolint:containedctx // of the command
	remote *operator.Client
}

// Sign implements session.Signer.
func (s remoteSigner) Sign(message []byte) (key, signature []byte, err error) {
	signed, err := s.remote.SignGrant(s.ctx, operator.GrantRequest{Message: message})
	return signed.Key, signed.Signature, err
}

// reach opens conversations with the machine of a lease, through the running process.
func (a *app) reach(ctx context.Context, name string) (*session.Client, error) {
	remote, err := a.remote()
	if err != nil {
		return nil, err
	}
	s, err := remote.ComputeSession(ctx, name)
	if err != nil {
		return nil, advise(err)
	}
	return session.NewClient(session.ClientConfig{
		Open: func(ctx context.Context) (*p2p.Stream, error) {
			conn, err := remote.ComputeStream(ctx, s.Lease)
			if err != nil {
				return nil, err
			}
			return p2p.NewStream(conn, s.Provider, clock.System), nil
		},
		Signer: remoteSigner{ctx, remote}, ChainID: s.ChainID, Lease: s.Lease, Provider: s.Provider, Self: s.Self, Now: clock.System,
	})
}

// reached adds advice to what a lease's machine, or the way to it, answered.
func reached(err error) error {
	var said *session.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said) && said.Kind == session.KindNotFound:
		return hint(err, "`ayni compute status ORDER` tells its services; a lease that closed is kept for as long as its notice was")
	case errors.As(err, &said) && said.Kind == session.KindStopped:
		return hint(err, "`ayni compute events ORDER` tells what happened; a program that ended is started again")
	}
	return advise(err)
}

// leaseStatus is an order beside what its machine says of it.
type leaseStatus struct {
	Order   operator.ComputeOrder `json:"order"`
	Machine *worker.Detail        `json:"machine"`
	Error   string                `json:"error,omitempty"` // why the machine says nothing
}

func (a *app) computeStatus() *cobra.Command {
	return &cobra.Command{
		Use: "status ORDER", Short: "Tell what a lease's machine says of its services", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.remote()
			if err != nil {
				return err
			}
			o, err := remote.ComputeOrder(cmd.Context(), args[0])
			if err != nil {
				return advise(err)
			}
			s := leaseStatus{Order: o}
			var detail worker.Detail
			c, err := a.reach(cmd.Context(), o.ID)
			if err == nil {
				detail, err = c.Status(cmd.Context())
			}
			if err == nil {
				s.Machine = &detail
			} else {
				s.Error = err.Error()
			}
			return a.print(s, s.table())
		},
	}
}

func (s leaseStatus) table() table {
	t := orderTable(s.Order)
	add := func(name, text string) { t.rows = append(t.rows, []string{name, text}) }
	if s.Machine == nil {
		add("machine", s.Error)
		return t
	}
	add("machine", strings.TrimSpace(string(s.Machine.Phase)+" "+s.Machine.Text))
	for _, r := range s.Machine.Replicas {
		text := fmt.Sprintf("%s, %d restarts, %s of memory", r.Phase, r.Restarts, size(r.Memory))
		if r.Exit != nil {
			text += fmt.Sprintf(", ended with %d last", *r.Exit)
		}
		add(r.Name, strings.TrimSpace(text+" "+r.Text))
	}
	for _, task := range s.Machine.Tasks {
		add(fmt.Sprintf("task %d", task.Index), fmt.Sprintf("%s, %d tries %s", task.Phase, task.Tries, task.Digest))
	}
	for _, p := range s.Machine.Ports {
		add("port", fmt.Sprintf("%d of %s: `ayni compute forward %s %d --replica %s`", p.As, p.Service, s.Order.ID[:12], p.As, p.Service))
	}
	return t
}

// logFlags say which output is read.
type logFlags struct {
	follow bool
	offset int64
}

// logPiece is what --json prints for each piece of output.
type logPiece struct {
	Replica string `json:"replica"`
	Offset  int64  `json:"offset"`
	Text    string `json:"text"`
}

func (a *app) computeLogs() *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use: "logs ORDER [SERVICE]", Short: "Write what programs of a lease wrote", Args: cobra.RangeArgs(1, 2),
		Example: "  ayni compute logs web -f\n  ayni compute logs shop db --offset -2000",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.reach(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			replicas := args[1:]
			if len(replicas) == 0 {
				if replicas, err = replicasOf(cmd.Context(), c); err != nil {
					return reached(err)
				}
			}
			return reached(a.logs(cmd.Context(), c, replicas, f))
		},
	}
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on with what is written, over streams that break and programs that are started again")
	cmd.Flags().Int64Var(&f.offset, "offset", 0, "byte to begin with; below 0: so many before the end")
	return cmd
}

// replicasOf are the containers of a lease, or the tasks of a batch that have begun.
func replicasOf(ctx context.Context, c *session.Client) ([]string, error) {
	d, err := c.Status(ctx)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, r := range d.Replicas {
		list = append(list, r.Name)
	}
	for _, t := range d.Tasks {
		if t.Phase == "running" {
			list = append(list, fmt.Sprintf("task-%d", t.Index))
		}
	}
	return list, nil
}

// logs writes the output of replicas; of several at once, each line with its replica's name.
func (a *app) logs(ctx context.Context, c *session.Client, replicas []string, f logFlags) error {
	var out sync.Mutex
	errs := make([]error, len(replicas))
	var work sync.WaitGroup
	for i, replica := range replicas {
		work.Go(func() {
			var part string // of a line, when lines are named
			_, errs[i] = c.Logs(ctx, replica, f.offset, f.follow, func(offset int64, text []byte) error {
				out.Lock()
				defer out.Unlock()
				switch {
				case a.json:
					return a.printJSON(logPiece{replica, offset, string(text)})
				case len(replicas) == 1:
					_, err := a.stdout.Write(text)
					return err
				}
				lines := strings.SplitAfter(part+string(text), "\n")
				part = lines[len(lines)-1]
				for _, line := range lines[:len(lines)-1] {
					if _, err := fmt.Fprintf(a.stdout, "%s | %s", replica, line); err != nil {
						return err
					}
				}
				return nil
			})
			if part != "" {
				out.Lock()
				defer out.Unlock()
				_, err := fmt.Fprintf(a.stdout, "%s | %s\n", replica, part)
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	work.Wait()
	return errors.Join(errs...)
}

func (a *app) computeEvents() *cobra.Command {
	var follow bool
	var behind uint64
	cmd := &cobra.Command{
		Use: "events ORDER", Short: "Tell what happened to a lease on its machine", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.reach(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return reached(c.Events(cmd.Context(), behind, follow, func(e worker.Event) error {
				if a.json {
					return a.printJSON(e)
				}
				_, err := fmt.Fprintf(a.stdout, "%s  %-10s  %s  %s\n", date(e.Time), e.Kind, e.Replica, e.Text)
				return err
			}))
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what happens")
	cmd.Flags().Uint64Var(&behind, "behind", 0, "number of the last event that is known")
	return cmd
}
