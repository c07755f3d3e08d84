package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/artifact"
	"ayni.example/internal/clock"
)

func (a *app) artifactPin() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "pin DIGEST...", Short: "Keep artifacts from collection", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.each(args, "pinned", func(s *artifact.Store, d artifact.Digest) error {
				if _, err := s.Stat(d); err != nil {
					return notThere(err)
				}
				return s.Pin(artifact.Pin{Digest: d, Owner: pinOwner, Reason: reason})
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "what it is kept for")
	return cmd
}

func (a *app) artifactUnpin() *cobra.Command {
	return &cobra.Command{
		Use: "unpin DIGEST...", Short: "Let artifacts be collected", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.each(args, "unpinned", func(s *artifact.Store, d artifact.Digest) error {
				return hint(s.Unpin(d, pinOwner), "`ayni artifact show DIGEST` tells who pinned it")
			})
		},
	}
}

func (a *app) artifactRm() *cobra.Command {
	return &cobra.Command{
		Use: "rm DIGEST...", Short: "Unpin and delete artifacts", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.each(args, "removed", func(s *artifact.Store, d artifact.Digest) error {
				if err := s.Unpin(d, pinOwner); err != nil && !errors.Is(err, artifact.ErrNotPinned) {
					return err
				}
				return notThere(s.Remove(d))
			})
		},
	}
}

// each does one thing to artifacts and says so; the first that fails ends it.
func (a *app) each(args []string, word string, do func(*artifact.Store, artifact.Digest) error) error {
	list := []string{}
	for _, text := range args {
		s, d, err := a.one(text)
		if err != nil {
			return err
		}
		if err := do(s, d); err != nil {
			return err
		}
		list = append(list, string(d))
	}
	t := table{}
	for _, d := range list {
		t.rows = append(t.rows, []string{word + " " + d})
	}
	return a.print(map[string][]string{word: list}, t)
}

// checked is one line of `artifact verify`.
type checked struct {
	Digest  string `json:"digest"`
	Size    int64  `json:"size"`
	Problem string `json:"problem,omitempty"`
}

func (a *app) artifactVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify [DIGEST...]", Short: "Hash artifacts again, all when none is named, and name what is damaged",
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.artifacts()
			if err != nil {
				return err
			}
			all, err := pick(s, args)
			if err != nil {
				return err
			}
			list, damaged := make([]checked, 0, len(all)), 0
			t := table{header: []string{"DIGEST", "SIZE", "STATE"}, empty: "no artifacts"}
			for _, b := range all {
				c, state := checked{Digest: string(b.Digest), Size: b.Size}, "good"
				if err := s.Verify(cmd.Context(), b.Digest); err != nil {
					if cmd.Context().Err() != nil {
						return err
					}
					c.Problem, state = err.Error(), err.Error()
					damaged++
				}
				list = append(list, c)
				t.rows = append(t.rows, []string{c.Digest, size(c.Size), state})
			}
			if err := a.print(list, t); err != nil || damaged == 0 {
				return err
			}
			return hint(fmt.Errorf("%w: %d of %d", artifact.ErrDamaged, damaged, len(all)), "look at the disk; then `ayni artifact rm` the damaged ones and `get` them again")
		},
	}
}

func pick(s *artifact.Store, args []string) ([]artifact.Info, error) {
	if len(args) == 0 {
		return s.List()
	}
	var list []artifact.Info
	for _, text := range args {
		d, err := artifact.ParseDigest(text)
		if err != nil {
			return nil, usage(err)
		}
		info, err := s.Stat(d)
		if err != nil {
			return nil, notThere(err)
		}
		list = append(list, info)
	}
	return list, nil
}

func (a *app) artifactCollect() *cobra.Command {
	var older time.Duration
	var downloads bool
	cmd := &cobra.Command{
		Use: "collect", Short: "Delete artifacts that nobody has pinned", Args: cobra.NoArgs,
		Long: `Delete artifacts that nobody has pinned. "ayni up" does it by itself, for those that nobody used for artifact_keep_days.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.artifacts()
			if err != nil {
				return err
			}
			return a.collected(cmd.Context(), s, older, downloads)
		},
	}
	cmd.Flags().DurationVar(&older, "older", 0, "only those that nobody used for so long, such as 24h")
	cmd.Flags().BoolVar(&downloads, "downloads", false, "drop downloads that broke off, too")
	return cmd
}

func (a *app) collected(ctx context.Context, s *artifact.Store, older time.Duration, downloads bool) error {
	now, age := clock.System(), artifact.Age{}
	if older > 0 {
		age.Blobs = now.Add(-older)
	}
	if downloads {
		age.Downloads = now
	}
	freed, err := s.CollectUnpinned(ctx, age)
	var out struct {
		Removed []string `json:"removed"`
		Freed   int64    `json:"freed"`
	}
	out.Removed = []string{}
	for _, b := range freed {
		out.Removed, out.Freed = append(out.Removed, string(b.Digest)), out.Freed+b.Size
	}
	if err != nil {
		return err
	}
	return a.print(out, table{rows: [][]string{{fmt.Sprintf("removed %d artifacts, freed %s", len(freed), size(out.Freed))}}})
}
