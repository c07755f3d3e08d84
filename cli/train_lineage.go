package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ayni.example/artifact"
	"ayni.example/provenance/lineage"
	"ayni.example/provenance/standard"
	"ayni.example/train"
	"ayni.example/train/recipe"
	"ayni.example/x/provenance"
)

// materials writes down what a run is made from: its base model and its text, or the pool that this came from.
func (a *app) materials(ctx context.Context, b *lineage.Book, r *recipe.Recipe, m train.Materials) ([]lineage.Parent, error) {
	var parents []lineage.Parent
	if m.Base != "" {
		path, err := r.Expand("model.from", r.Model.From, os.LookupEnv)
		if err != nil {
			return nil, err
		}
		base, err := a.baseRecord(ctx, b, r.Model.From, path)
		if err != nil {
			return nil, err
		}
		if base.Content != lineage.Bare(m.Base) {
			return nil, fmt.Errorf("the model %s is not the one that was trained on", r.Model.From)
		}
		parents = append(parents, lineage.Parent{Content: base.Content, Relation: baseRelation(r)})
	}
	if name, is := r.Pool(); is {
		pool, err := a.poolRecord(ctx, b, name)
		return append(parents, lineage.Parent{Content: pool.Content, Relation: provenance.TrainData}), err
	}
	data, err := b.Private(ctx, lineage.Made{
		Kind: provenance.KindDataset, Name: r.Name + " data", Licence: "", Job: lineage.Job{Kind: "read"},
	}, lineage.Bare(m.Corpus))
	return append(parents, lineage.Parent{Content: data.Content, Relation: provenance.TrainData}), err
}

func baseRelation(r *recipe.Recipe) provenance.Relation {
	if r.Mode == recipe.LoRA {
		return provenance.Adapter
	}
	return provenance.Finetune
}

// inputs are the contents that an order for training names, as digests.
func (a *app) inputs(ctx context.Context, r *recipe.Recipe, m train.Materials) ([]string, error) {
	b, err := a.book()
	if err != nil {
		return nil, err
	}
	parents, err := a.materials(ctx, b, r, m)
	contents := make([]string, len(parents))
	for i, p := range parents {
		contents[i] = artifact.Prefix + p.Content
	}
	return contents, err
}

// outcome collects the records of one run's files.
type outcome struct {
	book     *lineage.Book
	recipe   *recipe.Recipe
	text     string // the recipe's file
	order    string
	parents  []lineage.Parent
	terms    *provenance.Terms
	adapter  string // its content, once there is one
	plain    string // content of the F32 model
	contents []string
}

// traceRun writes the lineage of everything that a run exported, and has it registered with the next transaction of this home. Where that
// fails the files are there all the same, and the person is told.
func (a *app) traceRun(ctx context.Context, name, order string, r *recipe.Recipe, result *train.Result) {
	b, err := a.book()
	if err == nil {
		o := outcome{book: b, recipe: r, text: name, order: order}
		if o.terms, err = recipeTerms(r); err != nil {
			fmt.Fprintf(a.stderr, "note: %v\n", err)
		}
		if o.parents, err = a.materials(ctx, b, r, result.Materials); err == nil {
			err = o.record(ctx, result)
		}
		if err == nil {
			err = b.Want(o.contents...)
		}
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "note: the lineage of %s is not written: %v\n", r.Name, err)
	}
}

func (o *outcome) record(ctx context.Context, result *train.Result) error {
	job := jobOf("train", o.parameters(result))
	job.Started = job.Finished.Add(-time.Duration(result.Seconds * float64(time.Second)))
	for i := range result.Files {
		f := &result.Files[i]
		if f.Kind != "model" && f.Kind != "adapter" {
			continue
		}
		made := o.made(f)
		made.Job = job
		asset, err := o.file(ctx, f, made)
		if err != nil {
			return err
		}
		f.Asset = asset
	}
	return nil
}

// parameters say what was asked for: the recipe's file, whose text stays here, by its digest.
func (o *outcome) parameters(result *train.Result) map[string]any {
	p := map[string]any{"recipe": o.recipe.Name, "mode": o.recipe.Mode, "seed": o.recipe.Seed, "run": result.Run, "state": result.Digest, "steps": result.Step}
	if text, err := os.ReadFile(o.text); err == nil {
		p["recipe_sha256"] = standard.Digest(sha256.Sum256(text)).String()
	}
	return p
}

// made says what a file is: adapters and new weights come from base and text, a merged model from base and adapter, and what is stored in
// another type from the file with the full weights where that is exported too.
func (o *outcome) made(f *train.Exported) lineage.Made {
	m := lineage.Made{
		Kind: provenance.KindModel, Name: o.recipe.Name, Licence: o.recipe.Licence, Parents: o.parents, Order: o.order, Beside: []string{f.Path},
	}
	quantised := !strings.HasSuffix(f.Path, "-F32.gguf")
	switch {
	case f.Kind == "adapter":
		m.Kind, m.Name = provenance.KindAdapter, m.Name+" adapter"
	case quantised && o.plain != "":
		m.Kind, m.Parents = provenance.KindQuantisation, []lineage.Parent{{Content: o.plain, Relation: provenance.Quantize}}
	case o.adapter != "":
		m.Kind = provenance.KindMerged
		m.Parents = []lineage.Parent{{Content: o.adapter, Relation: provenance.Merge}}
		for _, p := range o.parents {
			if p.Relation == provenance.Adapter {
				m.Parents = append(m.Parents, lineage.Parent{Content: p.Content, Relation: provenance.Merge})
			}
		}
	}
	if m.Terms = o.terms; m.Terms != nil && !m.Terms.Reciprocal && len(m.Parents) > 0 && (m.Kind == provenance.KindQuantisation || m.Kind == provenance.KindMerged) {
		derived := *m.Terms // its parent of the same run has the share already
		derived.Share = 0
		m.Terms = &derived
	}
	if f.Kind == "model" {
		m.Name += " " + strings.TrimSuffix(f.Path[strings.LastIndexByte(f.Path, '-')+1:], ".gguf")
	}
	return m
}

func (o *outcome) file(ctx context.Context, f *train.Exported, m lineage.Made) (string, error) {
	digest, err := standard.ParseDigest(lineage.Bare(f.Digest))
	if err != nil {
		return "", err
	}
	m.Content, m.Files = digest.String(), []standard.File{{Name: filepath.Base(f.Path), Digest: digest, Size: f.Bytes}}
	file, err := os.Open(f.Path)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // only read
	r, err := o.book.Record(ctx, m, &lineage.Weights{ReaderAt: file, Size: f.Bytes})
	if err != nil {
		return "", err
	}
	o.contents = append(o.contents, r.Content)
	switch {
	case f.Kind == "adapter":
		o.adapter = r.Content
	case strings.HasSuffix(f.Path, "-F32.gguf"):
		o.plain = r.Content
	}
	return r.Asset, nil
}
