package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/cli/machine"
	"ayni.example/client/proof"
	"ayni.example/client/verdict"
	"ayni.example/internal/home"
	"ayni.example/provenance/standard"
)

const provenanceVerifyHelp = `Check an artefact and the files about it that lie beside it, offline: it needs no network, no running process and no home.

FILE is an artefact (model.gguf) or one of the files beside it (model.gguf.sigstore.json, .slsa.json, .cdx.json, .asset.json); a FOLDER is
an artefact itself, or holds some. Checked are: files (those that were signed, whole), made (the signed statement of how), bill (of which
that statement knows), asset (its manifest). Whose key it is comes from --key FILE.pem, which you got from somebody you trust, or from the
proof that "ayni provenance export --proof" puts beside it: then the key must be bound to an account, and the asset registered, on the
ledger of --genesis FILE, --home DIR or --checkpoint HEIGHT:HASH. What was not checked is listed.

Exit status 0: nothing speaks against it; 1: refused, with one reason of: malformed, material, key, signature, kind, root, file,
lineage, network, untrusted, proof.`

func (a *app) provenanceVerify() *cobra.Command {
	var keyFile, genesis, checkpoint string
	cmd := &cobra.Command{
		Use: "verify FILE|FOLDER", Short: "Check an artefact and what lies beside it, offline", Long: provenanceVerifyHelp, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var key standard.PublicKey
			if keyFile != "" {
				text, err := home.ReadFile(keyFile, fileMax)
				if err != nil {
					return err
				}
				if key, err = standard.ParsePEM(text); err != nil {
					return hint(fmt.Errorf("key %s: %w", keyFile, err), "want a public key on P-256 in PEM, such as `ayni provenance key` prints")
				}
			}
			trust, err := a.trust(genesis, checkpoint)
			if err != nil {
				return err
			}
			folder, names, err := artefacts(args[0])
			if err != nil {
				return err
			}
			return a.verifyAll(cmd.Context(), folder, names, key, trust)
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "file with the signer's public key, in PEM")
	cmd.Flags().StringVar(&genesis, "genesis", "", "genesis file of the network")
	cmd.Flags().StringVar(&checkpoint, "checkpoint", "", "block that you trust, HEIGHT:HASH")
	cmd.MarkFlagsMutuallyExclusive("genesis", "checkpoint")
	return cmd
}

// artefacts are those that a path means.
func artefacts(path string) (fs.FS, []string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	name := filepath.Base(path)
	for _, suffix := range append(standard.Suffixes(), standard.SuffixProof, standard.SuffixKey) {
		name = strings.TrimSuffix(name, suffix)
	}
	folder := os.DirFS(filepath.Dir(path))
	_, beside := fs.Stat(folder, name+standard.SuffixModel)
	if !info.IsDir() || beside == nil {
		return folder, []string{name}, nil
	}
	folder = os.DirFS(path)
	names, err := standard.Artefacts(folder)
	if err == nil && len(names) == 0 {
		err = hint(fmt.Errorf("%s: no signature lies in it or beside it", path), "`ayni provenance export ASSET` writes the files; a folder of another program: name its signature NAME.sigstore.json beside the folder NAME")
	}
	return folder, names, err
}

func (a *app) verifyAll(ctx context.Context, folder fs.FS, names []string, key standard.PublicKey, trust *proof.Trust) error {
	var errs []error
	for _, name := range names {
		v := machine.JudgeArtefact(ctx, verdict.Artefact{Folder: folder, Name: name, Key: key}, trust)
		if err := a.pronounce(v); err != nil {
			if strings.Contains(v.Refused, standard.ErrKey.Error()) && key.IsZero() {
				err = hint(err, "name the signer's key with --key FILE.pem, or have the proof beside it: `ayni provenance export ASSET --proof`, and name --genesis")
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
