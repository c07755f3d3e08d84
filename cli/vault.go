package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/provenance/vault"
	"ayni.example/provenance/vault/intake"
	"ayni.example/web/operator"
)

func (a *app) vault() *cobra.Command {
	cmd := &cobra.Command{
		Use: "vault", Short: "Personal data: encrypted here, read by others only as granted, revoked and erased",
		Long: `Personal data on this machine, encrypted by object. Nothing of it reaches the ledger, an index or a log: the ledger has
commitments that say nothing. A grant lets one account read, for one purpose, until it expires; it reads through this
machine, which looks at the ledger each time and logs each access. Revoke changes the keys; erase destroys them.

What somebody read cannot be unread.`,
		Example: `  ayni vault add diary.txt
  ayni vault import export.mbox --preview
  ayni vault grant diary.txt --to ayni1… --purpose "a study of sleep" --expires 30d
  ayni vault log
  ayni vault revoke GRANT
  ayni vault erase diary.txt`,
	}
	cmd.PersistentFlags().String("passphrase-file", "", "file with the wallet's passphrase (default HOME/passphrase)")
	cmd.AddCommand(a.vaultAdd(), a.vaultImport(), a.vaultList(), a.vaultShow(), a.vaultCat(), a.vaultLog(), a.vaultBackup(), a.vaultRestore(),
		a.vaultGrant(), a.vaultGrants(), a.vaultRevoke(), a.vaultErase(), a.vaultErasures(), a.vaultTie(), a.vaultUses(), a.vaultGranted(), a.vaultRead(), a.vaultShare(), a.vaultKeep(), a.vaultConnect())
	return cmd
}

// openVault opens the folder, whether the machine runs or not.
func (a *app) openVault(cmd *cobra.Command) (*vault.Vault, error) {
	h, err := a.open()
	if err != nil {
		return nil, err
	}
	file, err := cmd.Flags().GetString("passphrase-file")
	if err != nil {
		return nil, err
	}
	v, err := machine.OpenVault(h, file)
	return v, started(err)
}

// vaulted is a command on the folder itself.
func (a *app) vaulted(use, brief, long string, args int, do func(context.Context, *vault.Vault, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: brief, Long: long, Args: cobra.ExactArgs(args),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := a.openVault(cmd)
			if err != nil {
				return err
			}
			return vaultHint(do(cmd.Context(), v, args))
		},
	}
}

// vaultHint adds what to do.
func vaultHint(err error) error {
	switch {
	case errors.Is(err, vault.ErrSealed):
		return hint(err, "is it the wallet with which the vault was made? `ayni vault restore` brings back a backup")
	case errors.Is(err, vault.ErrErased):
		return hint(err, "what was erased does not come back; `ayni vault erasures` tells of it")
	case errors.Is(err, vault.ErrUnknown):
		return hint(err, "`ayni vault list` has the names and ids")
	case errors.Is(err, vault.ErrTooLarge):
		return hint(err, "take it in parts, as objects of their own")
	}
	return full(err)
}

// vaultObject is one line of `vault list`.
type vaultObject struct {
	ID      string      `json:"id"`
	Name    string      `json:"name"`
	Kind    string      `json:"kind"`
	Added   time.Time   `json:"added"`
	Size    int64       `json:"size"`
	Version uint64      `json:"version"`
	Items   []vaultItem `json:"items"`
}

type vaultItem struct {
	Name   string `json:"name"`
	Media  string `json:"media"`
	Size   int64  `json:"size"`
	Shared bool   `json:"shared"`
	Digest string `json:"digest"` // of the age file
}

func objectLine(o vault.Object) vaultObject {
	line := vaultObject{ID: o.ID, Name: o.Name, Kind: o.Kind, Added: o.When(), Size: o.Size(), Version: o.Version, Items: []vaultItem{}}
	for _, i := range o.Items {
		line.Items = append(line.Items, vaultItem{i.Name, i.Media, i.Size, i.Shared, i.Digest})
	}
	return line
}

func objectRow(o vaultObject) []string {
	return []string{o.ID, o.Kind, strconv.Itoa(len(o.Items)), size(o.Size), date(o.Added), o.Name}
}

func (a *app) vaultAdd() *cobra.Command {
	var name string
	cmd := a.vaulted("add FILE|FOLDER", "Encrypt a file, or all files of a folder, as one object",
		"Encrypt a file, or all files of a folder, as one object. The source stays as it is: remove it yourself when it should be here alone.", 1,
		func(ctx context.Context, v *vault.Vault, args []string) error {
			p, err := intake.File(args[0])
			if err != nil {
				return hint(err, "check the path")
			}
			return a.take(ctx, v, p, name)
		})
	cmd.Flags().StringVar(&name, "name", "", "what it is called here (default: the file's name)")
	return cmd
}

func (a *app) vaultImport() *cobra.Command {
	var name string
	var preview bool
	var columns []string
	cmd := &cobra.Command{
		Use: "import FOLDER|FILE.csv|FILE.json|FILE.mbox", Short: "Take apart what another service gave you, and encrypt it", Args: cobra.ExactArgs(1),
		Long: `Take apart what another service gave you: a folder by files, a table by the columns that you choose, a JSON export by its
members, a mailbox by months. The parts are what a grant's scope names. --preview says what would be taken, and takes nothing.`,
		Example: `  ayni vault import contacts.csv --preview
  ayni vault import contacts.csv --columns city,year
  ayni vault import takeout.mbox`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := intake.New(args[0], columns)
			if err != nil {
				return err
			}
			if preview {
				return a.printPlan(p)
			}
			v, err := a.openVault(cmd)
			if err != nil {
				return err
			}
			return vaultHint(a.take(cmd.Context(), v, p, name))
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what it is called here (default: the file's name)")
	cmd.Flags().BoolVar(&preview, "preview", false, "only say what would be taken")
	cmd.Flags().StringSliceVar(&columns, "columns", nil, "columns of a table to take (default: all)")
	return cmd
}

func (a *app) printPlan(p *intake.Plan) error {
	t := table{header: []string{"ITEM", "SIZE", "ROWS", "COLUMNS"}}
	for _, piece := range p.Pieces {
		var columns strings.Builder
		for _, c := range piece.Columns {
			mark := "-"
			if c.Taken {
				mark = "+"
			}
			columns.WriteString(mark + c.Name + " (" + c.Looks + ") ")
		}
		t.rows = append(t.rows, []string{piece.Name, size(piece.Size), strconv.FormatInt(piece.Count, 10), columns.String()})
	}
	for _, s := range p.Skipped {
		t.rows = append(t.rows, []string{s.Name, "-", "-", "not taken: " + s.Why})
	}
	return a.print(p, t)
}

func (a *app) take(ctx context.Context, v *vault.Vault, p *intake.Plan, name string) error {
	if name == "" {
		name = p.Name
	}
	for _, s := range p.Skipped {
		fmt.Fprintf(a.stderr, "not taken: %s: %s\n", s.Name, s.Why)
	}
	o, err := v.Add(ctx, name, p.Kind, p.Parts())
	if err != nil {
		return err
	}
	line := objectLine(o)
	return a.print(line, table{rows: [][]string{objectRow(line)}})
}

func (a *app) vaultList() *cobra.Command {
	return a.vaulted("list", "List the objects", "", 0, func(_ context.Context, v *vault.Vault, _ []string) error {
		list, err := v.List()
		if err != nil {
			return err
		}
		t := table{header: []string{"ID", "KIND", "ITEMS", "SIZE", "ADDED", "NAME"}, empty: "the vault is empty: `ayni vault add` puts something in"}
		out := []vaultObject{}
		for _, o := range list {
			line := objectLine(o)
			out, t.rows = append(out, line), append(t.rows, objectRow(line))
		}
		return a.print(out, t)
	})
}

func (a *app) vaultShow() *cobra.Command {
	return a.vaulted("show OBJECT", "List the items of an object", "", 1, func(_ context.Context, v *vault.Vault, args []string) error {
		o, err := v.Find(args[0])
		if err != nil {
			return err
		}
		line := objectLine(o)
		t := table{header: []string{"ITEM", "MEDIA", "SIZE", "REPLICAS"}}
		for _, i := range line.Items {
			shared := "no"
			if i.Shared {
				shared = "may hold it"
			}
			t.rows = append(t.rows, []string{i.Name, i.Media, size(i.Size), shared})
		}
		return a.print(line, t)
	})
}

func (a *app) vaultCat() *cobra.Command {
	var item, out string
	cmd := a.vaulted("cat OBJECT", "Decrypt one of your own items", "", 1, func(ctx context.Context, v *vault.Vault, args []string) error {
		o, err := v.Find(args[0])
		if err != nil {
			return err
		}
		for _, i := range o.Items {
			if i.Name == item || item == "" && len(o.Items) == 1 {
				return a.into(out, func(to writer) error { return v.Read(ctx, to, o, i) })
			}
		}
		return hint(fmt.Errorf("%s has no item %q", o.Name, item), "`ayni vault show %s` lists them", o.ID)
	})
	cmd.Flags().StringVar(&item, "item", "", "which (default: the only one)")
	cmd.Flags().StringVarP(&out, "out", "o", "-", "file to write, - for standard output")
	return cmd
}

func (a *app) vaultLog() *cobra.Command {
	var object string
	cmd := a.vaulted("log", "Tell who read what, and check that no entry was changed",
		"Tell who read what and who was refused. Each entry is bound to the one before. Of an object that was erased an entry says only that it was there.", 0,
		func(_ context.Context, v *vault.Vault, _ []string) error {
			names := map[string]string{}
			list, err := v.List()
			if err != nil {
				return err
			}
			for _, o := range list {
				names[o.ID] = o.Name
			}
			t := table{header: []string{"NUMBER", "TIME", "ACTION", "READER", "BYTES", "OBJECT"}, empty: "nobody has read anything"}
			out := []vault.Entry{}
			err = v.Log(func(e vault.Entry) error {
				row := []string{strconv.FormatUint(e.Number, 10), date(time.Unix(e.At, 0).UTC()), "erased", "", "", ""}
				if e.Access != nil {
					if object != "" && e.Access.Object != object && names[e.Access.Object] != object {
						return nil
					}
					action := e.Access.Action
					if e.Access.Refused != "" {
						action += " refused: " + e.Access.Refused
					}
					row = append(row[:2], action, e.Access.Reader, size(e.Access.Bytes), names[e.Access.Object])
				}
				out, t.rows = append(out, e), append(t.rows, row)
				return nil
			})
			return errors.Join(err, a.print(out, t))
		})
	cmd.Flags().StringVar(&object, "object", "", "only of this one, by id or name")
	return cmd
}

func grantTable(list []operator.VaultGrant, empty string) table {
	t := table{header: []string{"GRANT", "STATE", "OWNER", "GRANTEE", "EXPIRES", "READS", "PURPOSE", "OBJECT"}, empty: empty}
	for _, g := range list {
		name := g.Name
		if name == "" {
			name = g.Object
		}
		t.rows = append(t.rows, []string{g.ID, g.State, g.Owner, g.Grantee, date(g.Expires), strconv.Itoa(g.Reads), g.Purpose, name})
	}
	return t
}
