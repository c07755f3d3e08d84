package cli

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"

	"ayni.example/provenance/lineage"
	"ayni.example/provenance/standard"
	"ayni.example/x/provenance"
	"ayni.example/zk/bundle"
)

// proofSource is the ONNX file that a model file was compiled from, and where that was written; zero where nobody knows.
type proofSource struct {
	name string
	onnx []byte
	out  string
}

// tracedProof writes the lineage of a model file down: it proves the model that it was compiled from.
func (a *app) tracedProof(ctx context.Context, b *bundle.Bundle, raw []byte, from proofSource) string {
	asset, err := a.recordProof(ctx, b, raw, from)
	if err != nil {
		fmt.Fprintf(a.stderr, "note: the lineage of %s is not written: %v\n", b.Name, err)
	}
	return asset
}

func (a *app) recordProof(ctx context.Context, b *bundle.Bundle, raw []byte, from proofSource) (string, error) {
	book, err := a.book()
	if err != nil {
		return "", err
	}
	digest := standard.Digest(sha256.Sum256(raw))
	made := lineage.Made{
		Kind: provenance.KindProofKey, Name: b.Name, Content: bundleID(b), Job: jobOf("compile", map[string]string{"model": b.Name}),
		Files: []standard.File{{Name: bundleID(b)[:16] + bundleSuffix, Digest: digest, Size: int64(len(raw))}},
	}
	if from.onnx != nil {
		model, err := recordONNX(ctx, book, b, from)
		if err != nil {
			return "", err
		}
		made.Parents = []lineage.Parent{{Content: model.Content, Relation: provenance.Proves}}
		made.Beside = []string{from.out}
	}
	r, err := book.Record(ctx, made, nil)
	return r.Asset, err
}

// recordONNX writes down the model that is proved. Where its weights are hidden, so is its digest.
func recordONNX(ctx context.Context, book *lineage.Book, b *bundle.Bundle, from proofSource) (lineage.Record, error) {
	sum := standard.Digest(sha256.Sum256(from.onnx))
	made := lineage.Made{Kind: provenance.KindModel, Name: b.Name, Job: lineage.Job{Kind: "import"}}
	if b.Hides() {
		return book.Private(ctx, made, sum.String())
	}
	made.Content, made.Foreign = sum.String(), true
	made.Files = []standard.File{{Name: filepath.Base(from.name), Digest: sum, Size: int64(len(from.onnx))}}
	return book.Record(ctx, made, nil)
}
