package standard

import (
	"slices"
	"strings"
)

// Claimed is the evidence of what a file says of itself, and nobody checked.
const Claimed = "claimed"

// The relations that imports give; x/provenance has more.
const (
	RelationFinetune = "finetune"
	RelationAdapter  = "adapter"
	RelationMerge    = "merge"
	RelationQuantize = "quantize"
	RelationData     = "train-data"
)

// maxClaims bounds the parents that one file may claim.
const maxClaims = 64

// Claims are what files say of an artefact: nobody checked them.
type Claims struct {
	Name    string  `json:"name,omitempty"`
	Kind    string  `json:"kind,omitempty"`
	Licence string  `json:"licence,omitempty"`
	Files   []File  `json:"files,omitempty"`
	Parents []Claim `json:"parents"`
	// Sources are the files that said something.
	Sources []string `json:"sources"`
}

// Claim is a parent that a file names. Without a digest it is a name, and no more.
type Claim struct {
	Name     string `json:"name"`
	Relation string `json:"relation"`
	Digest   Digest `json:"sha256,omitzero"`
	Asset    Digest `json:"asset,omitzero"`
	URI      string `json:"uri,omitempty"`
	Source   string `json:"source"`
}

// add takes a parent unless it was claimed before; a digest completes a name.
func (c *Claims) add(claim Claim) {
	if claim.Name = line(claim.Name); claim.Name == "" {
		return
	}
	for i, known := range c.Parents {
		same := known.Name == claim.Name && (known.Relation == claim.Relation || claim.Relation == "")
		if !same || !known.Digest.IsZero() && !claim.Digest.IsZero() && known.Digest != claim.Digest {
			continue
		}
		if known.Digest.IsZero() {
			c.Parents[i].Digest = claim.Digest
		}
		if known.Asset.IsZero() {
			c.Parents[i].Asset = claim.Asset
		}
		return
	}
	if len(c.Parents) < maxClaims {
		c.Parents = append(c.Parents, claim)
	}
}

// merge takes over what another file says; what was said first stands.
func (c *Claims) merge(other Claims) {
	set(&c.Name, other.Name)
	set(&c.Kind, other.Kind)
	set(&c.Licence, other.Licence)
	if len(c.Files) == 0 {
		c.Files = other.Files
	}
	for _, p := range other.Parents {
		c.add(p)
	}
	for _, s := range other.Sources {
		if !slices.Contains(c.Sources, s) {
			c.Sources = append(c.Sources, s)
		}
	}
}

func set(field *string, value string) {
	if *field == "" {
		*field = line(value)
	}
}

// line is text as one line of bounded length, without characters that move a terminal's cursor.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\u202e' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.TrimSpace(s)
	if len(s) > maxName {
		s = strings.ToValidUTF8(s[:maxName], "")
	}
	return s
}
