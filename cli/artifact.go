package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/artifact"
	"ayni.example/artifact/seal"
	"ayni.example/cli/machine"
)

// pinOwner is who pins by the command line.
const pinOwner = "operator"

func (a *app) artifact() *cobra.Command {
	cmd := &cobra.Command{
		Use: "artifact", Aliases: []string{"artifacts"}, Short: "Blobs by digest: keep them, give them to other machines, get theirs",
		Long: `Blobs on this machine's disk, named by the SHA-256 of their bytes. While "ayni up" runs, other machines of the network may fetch
each of them that they know the digest of; what they should not read is put with --to. What is pinned stays; the rest is
collected after a while.`,
	}
	cmd.AddCommand(a.artifactPut(), a.artifactGet(), a.artifactLs(), a.artifactShow(), a.artifactPin(), a.artifactUnpin(), a.artifactRm(),
		a.artifactVerify(), a.artifactCollect(), a.artifactKey(),
		a.artifactPledge(), a.artifactExtend(), a.artifactRelease(), a.artifactHolders(), a.artifactPledges(), a.artifactChallenge(), a.artifactChallenges())
	return cmd
}

// artifacts opens the store of the home.
func (a *app) artifacts() (*artifact.Store, error) {
	h, err := a.open()
	if err != nil {
		return nil, err
	}
	config, err := h.LoadConfig()
	if err != nil {
		return nil, hint(err, "mend the file, or move it away to run with the defaults")
	}
	s, err := machine.Artifacts(h, config)
	return s, started(err)
}

// stored is one line of `artifact ls`.
type stored struct {
	Digest string    `json:"digest"`
	Size   int64     `json:"size"`
	Class  string    `json:"class"` // plain, or sealed: an age file
	Used   time.Time `json:"used"`
	Pins   []pinned  `json:"pins"`
}

type pinned struct {
	Owner  string    `json:"owner"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
}

// look describes a blob; false when it went away meanwhile.
func look(s *artifact.Store, d artifact.Digest, pins []artifact.Pin) (stored, bool) {
	file, err := s.Open(d)
	if err != nil {
		return stored{}, false
	}
	defer file.Close() //nolint:errcheck // only read
	stat, err := file.Stat()
	if err != nil {
		return stored{}, false
	}
	l := stored{Digest: string(d), Size: stat.Size(), Class: "plain", Used: stat.ModTime().UTC(), Pins: []pinned{}}
	if seal.IsSealed(file) {
		l.Class = "sealed"
	}
	for _, p := range pins {
		l.Pins = append(l.Pins, pinned{p.Owner, p.Reason, p.Since.UTC()})
	}
	return l, true
}

func (l stored) row() []string {
	words := make([]string, 0, len(l.Pins))
	for _, p := range l.Pins {
		word := p.Owner
		if p.Reason != "" {
			word += ": " + p.Reason
		}
		words = append(words, word)
	}
	return []string{l.Digest, size(l.Size), l.Class, date(l.Used), strings.Join(words, "; ")}
}

// pinsOf are all pins by digest.
func pinsOf(s *artifact.Store) (map[artifact.Digest][]artifact.Pin, error) {
	pins, err := s.Pins()
	by := make(map[artifact.Digest][]artifact.Pin, len(pins))
	for _, p := range pins {
		by[p.Digest] = append(by[p.Digest], p)
	}
	return by, err
}

func (a *app) artifactLs() *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List the artifacts on this machine's disk", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := a.artifacts()
			if err != nil {
				return err
			}
			all, err := s.List()
			if err != nil {
				return err
			}
			pins, err := pinsOf(s)
			if err != nil {
				return err
			}
			list := make([]stored, 0, len(all))
			t := table{header: []string{"DIGEST", "SIZE", "CLASS", "USED", "PINNED"}, empty: "no artifacts: `ayni artifact put` stores one, `get` brings one"}
			for _, b := range all {
				if l, there := look(s, b.Digest, pins[b.Digest]); there {
					list = append(list, l)
					t.rows = append(t.rows, l.row())
				}
			}
			return a.print(list, t)
		},
	}
}

func (a *app) artifactShow() *cobra.Command {
	return &cobra.Command{
		Use: "show DIGEST", Short: "Show one artifact, its pins, and the file that holds it", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s, d, err := a.one(args[0])
			if err != nil {
				return err
			}
			pins, err := pinsOf(s)
			if err != nil {
				return err
			}
			l, there := look(s, d, pins[d])
			if !there {
				return notThere(fmt.Errorf("%w: %s", artifact.ErrAbsent, d))
			}
			out := struct {
				stored
				Path string `json:"path"`
			}{l, s.Path(d)}
			t := table{rows: [][]string{{"digest", l.Digest}, {"size", fmt.Sprintf("%s (%d bytes)", size(l.Size), l.Size)}, {"class", l.Class}, {"used", date(l.Used)}, {"file", out.Path}}}
			for _, p := range l.Pins {
				t.rows = append(t.rows, []string{"pinned", strings.TrimSpace(fmt.Sprintf("by %s since %s %s", p.Owner, date(p.Since), p.Reason))})
			}
			return a.print(out, t)
		},
	}
}

// one opens the store for a command about one digest.
func (a *app) one(text string) (*artifact.Store, artifact.Digest, error) {
	d, err := artifact.ParseDigest(text)
	if err != nil {
		return nil, "", usage(err)
	}
	s, err := a.artifacts()
	return s, d, err
}

// notThere adds what to do about an artifact that is not on the disk.
func notThere(err error) error {
	if errors.Is(err, artifact.ErrAbsent) || errors.Is(err, os.ErrNotExist) {
		return hint(err, "`ayni artifact ls` lists what is on this disk; `ayni artifact get` asks other machines")
	}
	return err
}
