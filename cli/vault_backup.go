package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"ayni.example/artifact/seal"
	"ayni.example/internal/home"
	"ayni.example/provenance/vault"
)

func (a *app) vaultBackup() *cobra.Command {
	var to []string
	var file string
	cmd := &cobra.Command{
		Use: "backup FOLDER", Short: "Write all age files and their keys into a new folder, which the stock age tool opens", Args: cobra.ExactArgs(1),
		Long: `Write all age files and, encrypted, the keys that open them into a new folder. --to names age recipients (age1…); without it a
passphrase is read from --backup-passphrase-file. What is erased later stays in the backups that were made before: destroy them too.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			recipients, err := backupFor(to, file)
			if err != nil {
				return err
			}
			v, err := a.openVault(cmd)
			if err != nil {
				return err
			}
			n, err := v.Backup(cmd.Context(), args[0], recipients)
			if err != nil {
				return vaultHint(err)
			}
			out := struct {
				Folder  string `json:"folder"`
				Objects int    `json:"objects"`
			}{args[0], n}
			return a.print(out, table{rows: [][]string{{args[0], strconv.Itoa(n) + " objects"}}})
		},
	}
	cmd.Flags().StringArrayVar(&to, "to", nil, "age recipient that can open it; may be given again")
	cmd.Flags().StringVar(&file, "backup-passphrase-file", "", "file with a passphrase for the backup")
	return cmd
}

func backupFor(to []string, file string) ([]age.Recipient, error) {
	switch {
	case (len(to) == 0) == (file == ""):
		return nil, usage(errors.New("say for whom: --to age1…, or --backup-passphrase-file"))
	case len(to) > 0:
		list, err := seal.Recipients(to)
		if err != nil {
			return nil, usage(hint(err, "a public key begins with age1; `ayni artifact key FILE` makes one"))
		}
		return list, nil
	}
	secret, _, err := newSecret(file)
	if err != nil {
		return nil, err
	}
	r, err := age.NewScryptRecipient(secret)
	if err != nil {
		return nil, usage(err)
	}
	return []age.Recipient{r}, nil
}

func (a *app) vaultRestore() *cobra.Command {
	var identity, file string
	cmd := a.vaulted("restore FOLDER", "Put the objects of a backup into this vault", "What was erased here since stays erased.", 1,
		func(ctx context.Context, v *vault.Vault, args []string) error {
			identities, err := restoreWith(identity, file)
			if err != nil {
				return err
			}
			r, err := v.Restore(ctx, args[0], identities)
			if err != nil {
				return hint(err, "is it the right folder, and the key or passphrase of this backup? what came before the error is restored")
			}
			return a.print(r, table{rows: [][]string{{
				fmt.Sprintf("restored %d objects; %d were here, %d were erased and stay so", len(r.Objects), len(r.Present), len(r.Erased)),
			}}})
		})
	cmd.Flags().StringVar(&identity, "identity", "", "file with the age key that opens it")
	cmd.Flags().StringVar(&file, "backup-passphrase-file", "", "file with the backup's passphrase")
	return cmd
}

func restoreWith(identity, file string) ([]age.Identity, error) {
	switch {
	case (identity == "") == (file == ""):
		return nil, usage(errors.New("say how to open it: --identity FILE, or --backup-passphrase-file"))
	case identity != "":
		text, err := home.ReadFile(identity, fileMax)
		if err != nil {
			return nil, err
		}
		return seal.Identities(strings.NewReader(string(text)))
	}
	secret, _, err := newSecret(file)
	if err != nil {
		return nil, err
	}
	i, err := age.NewScryptIdentity(secret)
	if err != nil {
		return nil, usage(err)
	}
	return []age.Identity{i}, nil
}
