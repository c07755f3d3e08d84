package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"ayni.example/artifact"
	"ayni.example/artifact/seal"
)

// putting are the flags of `artifact put`.
type putting struct {
	reason string
	to     []string
}

func (a *app) artifactPut() *cobra.Command {
	var p putting
	cmd := &cobra.Command{
		Use: "put FILE", Short: "Store and pin a file, or standard input (-); print its digest", Args: cobra.ExactArgs(1),
		Long: `Store a file under the digest of its bytes, and pin it. While "ayni up" runs, every machine that knows the digest can fetch it.
With --to it is encrypted first (age), for those who hold the keys: the digest, and all that other machines hold, are of the
ciphertext.`,
		Example: `  ayni artifact put weights.safetensors --reason "release 2"
  ayni artifact put report.pdf --to age1…`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.putArtifact(cmd.Context(), args[0], p) },
	}
	cmd.Flags().StringVar(&p.reason, "reason", "", "what it is kept for")
	cmd.Flags().StringArrayVar(&p.to, "to", nil, "public key that can open it; may be given again")
	return cmd
}

func (a *app) putArtifact(ctx context.Context, file string, p putting) error {
	s, err := a.artifacts()
	if err != nil {
		return err
	}
	source, total := a.stdin, int64(0)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return hint(err, "check the path")
		}
		defer f.Close() //nolint:errcheck // only read
		stat, err := f.Stat()
		if err == nil && !stat.Mode().IsRegular() {
			err = hint(fmt.Errorf("%s is no file", file), "pack a folder first, such as with tar")
		}
		if err != nil {
			return err
		}
		source, total = f, stat.Size()
	}
	bar := a.progress("put")
	defer bar.end()
	source = &counted{source: source, tell: func(n int64) { bar.of(uint64(n), uint64(total)) }}
	if len(p.to) > 0 {
		recipients, err := seal.Recipients(p.to)
		if err != nil {
			return usage(hint(err, "a public key begins with age1; `ayni artifact key FILE` makes one"))
		}
		reader, writer := io.Pipe()
		plain := source
		go func() { writer.CloseWithError(seal.Seal(writer, plain, recipients)) }()
		defer reader.Close() //nolint:errcheck // ends the writer
		source = reader
	}
	info, err := s.PutPinned(ctx, source, pinOwner, p.reason)
	if err != nil {
		return full(err)
	}
	bar.end()
	out := struct {
		Digest string `json:"digest"`
		Size   int64  `json:"size"`
		Sealed bool   `json:"sealed"`
	}{string(info.Digest), info.Size, len(p.to) > 0}
	return a.print(out, table{rows: [][]string{{out.Digest}}})
}

// full adds what to do when there is no room.
func full(err error) error {
	switch {
	case errors.Is(err, artifact.ErrQuota):
		return hint(err, "unpin or remove what is not needed (`ayni artifact ls`), or raise artifact_quota_mib in the configuration")
	case errors.Is(err, syscall.ENOSPC):
		return hint(err, "free some space on the disk that holds the home folder; nothing of what was there is lost")
	}
	return err
}

// counted tells how much was read.
type counted struct {
	source io.Reader
	n      int64
	tell   func(int64)
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.source.Read(b)
	c.n += int64(n)
	c.tell(c.n)
	return n, err
}

func (a *app) artifactKey() *cobra.Command {
	return &cobra.Command{
		Use: "key FILE", Short: "Make a key for sealed artifacts: the secret goes into FILE, the public key is printed", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			identity, recipient, err := seal.NewKey()
			if err != nil {
				return err
			}
			file, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return hint(err, "name a file that does not exist yet")
			}
			_, err = fmt.Fprintf(file, "# public key: %s\n%s\n", recipient, identity)
			if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
				return err
			}
			return a.print(map[string]string{"recipient": recipient}, table{rows: [][]string{{recipient}}})
		},
	}
}
