package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ayni.example/artifact/model"
	"ayni.example/cli/machine"
	"ayni.example/provenance/lineage"
	"ayni.example/provenance/standard"
	"ayni.example/x/provenance"
)

// origin is what is known of the weights of a model that is made from a file, a folder of safetensors, or a model on this disk. What came
// from outside is nobody's here, unless the book knows better.
func (a *app) origin(ctx context.Context, from string) machine.Stored {
	info, err := os.Stat(from)
	how := machine.Stored{Made: lineage.Made{Foreign: true, Job: lineage.Job{Kind: "import"}}}
	if err != nil {
		return how
	}
	b, err := a.book()
	if err == nil && info.IsDir() {
		how.Made, err = a.converted(ctx, b, from)
	} else if err == nil {
		claims, claimErr := standard.Import(os.DirFS(filepath.Dir(from)), filepath.Base(from))
		if claimErr == nil {
			how.Made.Licence, how.Made.Parents = claims.Licence, claimed(b, claims)
		}
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "note: %s tells nothing of its origin: %v\n", from, err)
	}
	return how
}

// converted writes down a folder of safetensors, and says what a model is that was converted from it.
func (a *app) converted(ctx context.Context, b *lineage.Book, dir string) (lineage.Made, error) {
	out := lineage.Made{Foreign: true, Job: lineage.Job{Kind: "convert"}}
	name := filepath.Base(filepath.Clean(dir))
	files, err := standard.Folder(ctx, os.DirFS(dir), func(name string) bool {
		return name != "config.json" && name != "tokenizer.json" && !strings.HasSuffix(name, ".safetensors")
	})
	if err != nil {
		return out, err
	}
	made := lineage.Made{
		Kind: provenance.KindModel, Name: name, Content: standard.Root(files).String(), Files: files, Foreign: true, Job: lineage.Job{Kind: "import"},
	}
	if claims, err := standard.Import(os.DirFS(dir), "."); err == nil {
		made.Licence, made.Parents = claims.Licence, claimed(b, claims)
	}
	r, err := b.Record(ctx, made, nil)
	if err != nil {
		return out, err
	}
	return lineage.Made{
		Kind: provenance.KindModel, Name: name, Licence: made.Licence, Job: jobOf("convert", map[string]string{"from": "safetensors"}),
		Parents: []lineage.Parent{{Content: r.Content, Relation: provenance.Convert}},
	}, nil
}

// claimed are the parents that files name by a digest which the book knows.
func claimed(b *lineage.Book, claims standard.Claims) []lineage.Parent {
	var list []lineage.Parent
	for _, c := range claims.Parents {
		relation := provenance.Relation(c.Relation)
		if c.Digest.IsZero() || !relation.Known() || len(list) == provenance.ParentsMax {
			continue
		}
		if r, err := b.Find(c.Digest.String()); err == nil {
			list = append(list, lineage.Parent{Content: r.Content, Relation: relation})
		}
	}
	return list
}

// smaller says what a model is that was quantised from another.
func (a *app) smaller(ctx context.Context, from model.Entry, to string) machine.Stored {
	how := machine.Stored{Made: lineage.Made{
		Kind: provenance.KindQuantisation, Job: jobOf("quantise", map[string]string{"to": to, "from": from.Name.String()}),
	}}
	b, err := a.book()
	if err == nil {
		var r lineage.Record
		if r, err = a.weightsRecord(ctx, b, from.Name.String()); err == nil {
			how.Made.Licence, how.Made.Parents = r.Licence, []lineage.Parent{{Content: r.Content, Relation: provenance.Quantize}}
		}
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "note: the lineage of %s is not known: %v\n", from.Name, err)
	}
	return how
}
