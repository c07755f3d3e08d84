package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/provenance/vault"
	"ayni.example/web/operator"
)

type writer = io.Writer

// into writes to standard output, or to a file that is there whole or not at all.
func (a *app) into(path string, do func(writer) error) error {
	if path == "-" {
		return do(a.stdout)
	}
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return hint(err, "name a file that you can write with --out")
	}
	if err := errors.Join(do(file), file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, path)
}

// lasting reads a time such as 90d or 12h.
func lasting(text string) (time.Duration, error) {
	if days, found := strings.CutSuffix(text, "d"); found {
		n, err := strconv.Atoi(days)
		if err != nil || n <= 0 || n > int(vault.LifeMax/(24*time.Hour)) {
			return 0, usage(fmt.Errorf("--expires %s: want up to %d days, such as 90d", text, int(vault.LifeMax/(24*time.Hour))))
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, usage(fmt.Errorf("--expires %s: want a time such as 90d or 12h", text))
	}
	return d, nil
}

func (a *app) vaultGrant() *cobra.Command {
	req := operator.VaultGrantRequest{}
	var expires string
	cmd := a.running("grant OBJECT", "Let an account read an object, or a part of it, for one purpose, until it expires",
		`Let an account read an object, or a part of it, for one purpose, until it expires. --scope names items: * is all, "mail/" all
below a folder, "2026-*.mbox" by pattern; it may be given again. Only the keys of those items are ever given to it. The ledger
gets a commitment that says neither what nor why.`, 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			var err error
			if req.Lasts, err = lasting(expires); err != nil {
				return err
			}
			req.Object = args[0]
			g, err := c.VaultGrant(ctx, req)
			if err != nil {
				return err
			}
			return a.print(g, table{rows: [][]string{{"granted", g.ID}, {"until", date(g.Expires)}, {"reads it by", "ayni vault read " + g.ID}}})
		})
	cmd.Flags().StringVar(&req.To, "to", "", "account that may read")
	cmd.Flags().StringArrayVar(&req.Scope, "scope", []string{"*"}, "items that it may read; may be given again")
	cmd.Flags().StringVar(&req.Purpose, "purpose", "", "what for")
	cmd.Flags().StringVar(&expires, "expires", "90d", "how long from now, such as 30d or 12h; at most 400d")
	_, _ = cmd.MarkFlagRequired("to"), cmd.MarkFlagRequired("purpose") // the flags are there
	return cmd
}

func (a *app) vaultGrants() *cobra.Command {
	return a.running("grants", "List what you granted, and how often it was read", "", 0, func(ctx context.Context, c *operator.Client, _ []string) error {
		list, err := c.VaultGrants(ctx)
		if err != nil {
			return err
		}
		return a.print(list, grantTable(list, "nothing is granted"))
	})
}

func (a *app) vaultGranted() *cobra.Command {
	return a.running("granted", "List what others granted to you", "", 0, func(ctx context.Context, c *operator.Client, _ []string) error {
		list, err := c.VaultGranted(ctx)
		if err != nil {
			return err
		}
		return a.print(list, grantTable(list, "nobody has granted anything to this account"))
	})
}

func (a *app) vaultRevoke() *cobra.Command {
	return a.running("revoke GRANT", "End a grant, and change the keys that it could open",
		"End a grant: nothing is read under it from now on, and what it could open gets other keys. What was read cannot be unread.", 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			g, err := c.VaultRevoke(ctx, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stderr, "it was read %d times; what was read cannot be unread\n", g.Reads)
			return a.print(g, table{rows: [][]string{{g.State, g.ID}}})
		})
}

func erasureRows(e operator.VaultErasure) [][]string {
	yes := func(done bool) string {
		if done {
			return "done"
		}
		return "not yet; it goes on by itself"
	}
	rows := make([][]string, 0, 3+len(e.Replicas)+len(e.Descendants))
	rows = append(rows, []string{"erased", e.Object}, []string{"here", yes(e.Here)}, []string{"on the ledger", yes(e.Ledger)})
	for _, r := range e.Replicas {
		line := r.Reply + " " + r.Why
		if !r.Next.IsZero() {
			line += ", asked again " + date(r.Next)
		}
		rows = append(rows, []string{"replica " + r.Holder, line})
	}
	for _, g := range e.Left {
		rows = append(rows, []string{"left", "grant " + g + ": its record does not open"})
	}
	for _, d := range e.Descendants {
		rows = append(rows, []string{"may contain it", d})
	}
	return rows
}

func (a *app) vaultErase() *cobra.Command {
	return a.running("erase OBJECT", "Destroy an object: here, on the ledger, and at the machines that hold it",
		`Destroy an object: its age files, their keys, salts and what the access log says of it; its grants on the ledger; and its age
files at other machines, which sign that they erased and are then asked for a random part. What went into a pool is taken back, and what
was made since is listed: it stays. What somebody read, and backups, stay too.`, 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			e, err := c.VaultErase(ctx, args[0])
			if err != nil {
				return err
			}
			return a.print(e, table{rows: erasureRows(e)})
		})
}

func (a *app) vaultErasures() *cobra.Command {
	return a.running("erasures", "Tell how far erasures are, and what replicas said", "", 0,
		func(ctx context.Context, c *operator.Client, _ []string) error {
			list, err := c.VaultErasures(ctx)
			if err != nil {
				return err
			}
			t := table{empty: "nothing was erased"}
			for _, e := range list {
				t.rows = append(t.rows, erasureRows(e)...)
			}
			return a.print(list, t)
		})
}

func (a *app) vaultTie() *cobra.Command {
	return a.running("tie OBJECT ASSET", "Say which asset an object is, or into which it went, so that an erasure knows what was made of it",
		`Say which asset of the ledger an object is, or into which it went, so that an erasure knows what was made of it. What you give to a pool
by "ayni pool join" is tied by itself. A data set of your own is the object itself: the ledger marks it when the object is erased.`, 2,
		func(ctx context.Context, c *operator.Client, args []string) error {
			t, err := c.VaultTie(ctx, operator.VaultTieRequest{Object: args[0], Asset: args[1]})
			if err != nil {
				return err
			}
			rows := [][]string{{"object", t.Object}, {"tied to", t.Asset + " " + t.Name}}
			for _, d := range t.Descendants {
				rows = append(rows, []string{"may contain it", d})
			}
			return a.print(t, table{rows: rows})
		})
}

func (a *app) vaultRead() *cobra.Command {
	var req operator.VaultReadRequest
	var out string
	cmd := a.running("read GRANT", "Read what somebody granted to you, through their machine",
		`Read what somebody granted to you. This machine asks the owner's, which looks at the ledger. Without --item and --out, and with
several items, it lists them. --replica opens what any machine holds with the keys that came at an earlier read.`, 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			req.Grant = args[0]
			if out == "" {
				got, err := c.VaultOpen(ctx, req)
				if err != nil {
					return err
				}
				t := table{header: []string{"ITEM", "MEDIA", "SIZE"}}
				for _, i := range got.Items {
					t.rows = append(t.rows, []string{i.Name, i.Media, size(i.Size)})
				}
				return a.print(got, t)
			}
			return a.into(out, func(to writer) error { return c.VaultRead(ctx, req, to) })
		})
	f := cmd.Flags()
	f.StringVar(&req.Item, "item", "", "which of its items (default: the only one)")
	f.StringVarP(&out, "out", "o", "", "file to write, - for standard output")
	f.StringVar(&req.Purpose, "purpose", "", "what you read it for; the grant must be for just that (default: the grant's)")
	f.StringVar(&req.From, "from", "", "address of the owner's machine, with its peer id, where the ledger has none")
	f.BoolVar(&req.Replica, "replica", false, "from any machine that holds it, with the keys of an earlier read")
	return cmd
}

func (a *app) vaultShare() *cobra.Command {
	return a.running("share OBJECT", "Let other machines hold the age files of an object, which they cannot open",
		`Let other machines hold the age files of an object, so that grantees can read while this machine is away. They are ciphertext. A
machine that runs "ayni vault keep DIGEST --owner YOU" erases them when you ask.`, 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			s, err := c.VaultShare(ctx, args[0])
			if err != nil {
				return err
			}
			t := table{header: []string{"DIGEST", "SIZE", "ITEM"}}
			for _, f := range s.Files {
				t.rows = append(t.rows, []string{f.Digest, size(f.Size), f.Item})
			}
			return a.print(s, t)
		})
}

func (a *app) vaultConnect() *cobra.Command {
	var req operator.VaultConnectRequest
	var expires string
	cmd := &cobra.Command{
		Use: "connect [OBJECT]", Short: "Let a program of yours read a part of the vault (Model Context Protocol)", Args: cobra.MaximumNArgs(1),
		Long: `Let a program of yours read a part of the vault, or with --grant what somebody granted to you, over the Model Context Protocol. It
gets a URL and a token for one grant: it sees those items and nothing else, and each read is logged. "ayni vault revoke" ends it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if req.Lasts, err = lasting(expires); err != nil {
				return err
			}
			if (len(args) == 0) == (req.Grant == "") {
				return usage(errors.New("name an OBJECT of yours, or --grant with one that you received"))
			}
			if len(args) == 1 {
				req.Object = args[0]
			}
			remote, err := a.remote()
			if err != nil {
				return err
			}
			c, err := remote.VaultConnect(cmd.Context(), req)
			if err != nil {
				return advise(err)
			}
			return a.print(c, table{rows: [][]string{{"url", c.URL}, {"header", c.Header + ": " + c.Token}, {"until", date(c.Expires)}}})
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.Client, "client", "", "what you call the program")
	f.StringVar(&req.Grant, "grant", "", "a grant that you received")
	f.StringArrayVar(&req.Scope, "scope", []string{"*"}, "items that it may read; may be given again")
	f.StringVar(&req.Purpose, "purpose", "", "what for")
	f.StringVar(&expires, "expires", "1d", "how long from now")
	return cmd
}

func (a *app) vaultKeep() *cobra.Command {
	var req operator.VaultKeepRequest
	cmd := a.running("keep DIGEST", "Hold somebody's age file as a replica, and erase it when its owner asks", "", 1,
		func(ctx context.Context, c *operator.Client, args []string) error {
			req.Digest = args[0]
			k, err := c.VaultKeep(ctx, req)
			if err != nil {
				return err
			}
			return a.print(k, table{rows: [][]string{{"kept", k.Digest, size(k.Size)}}})
		})
	cmd.Flags().StringVar(&req.Owner, "owner", "", "account whose it is")
	cmd.Flags().StringArrayVar(&req.From, "from", nil, "address of a machine that has it, with its peer id; may be given again")
	_ = cmd.MarkFlagRequired("owner") // the flag is there
	return cmd
}
