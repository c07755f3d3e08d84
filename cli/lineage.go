package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"ayni.example/artifact/model"
	"ayni.example/cli/machine"
	"ayni.example/internal/clock"
	"ayni.example/provenance/lineage"
	"ayni.example/provenance/pool/desk"
	"ayni.example/provenance/standard"
	"ayni.example/tensor/starter"
	"ayni.example/x/provenance"
)

// book opens the lineage of this home. What it writes is signed with the wallet's key, where there is a wallet that opens without asking.
func (a *app) book() (*lineage.Book, error) {
	h, err := a.open()
	if err != nil {
		return nil, err
	}
	key := sync.OnceValues(func() (standard.Key, error) {
		keys, err := machine.OpenWallet(h, "")
		if err != nil {
			return standard.Key{}, err
		}
		return machine.SigningKey(keys.Wallet())
	})
	return lineage.New(lineage.Config{
		Dir: h.Lineage(), Threads: runtime.NumCPU(), Key: key, Random: rand.Reader, Now: clock.System, Logger: slog.New(slog.DiscardHandler),
		Builder: func() standard.Builder {
			signer, err := key()
			if err != nil {
				return standard.Builder{}
			}
			return standard.LocalBuilder(signer.Public(), version)
		},
	})
}

// traced writes a model's lineage down. Where that fails the model is there all the same, and the person is told.
func (a *app) traced(ctx context.Context, s *model.Store, e model.Entry, how machine.Stored) string {
	b, err := a.book()
	if err == nil {
		var r lineage.Record
		if r, err = machine.RecordStored(ctx, b, s, e, how); err == nil {
			return r.Asset
		}
	}
	fmt.Fprintf(a.stderr, "note: the lineage of %s is not written: %v\n", e.Name, err)
	return ""
}

// jobOf is a job with its parameters.
func jobOf(kind string, parameters any) lineage.Job {
	raw, err := json.Marshal(parameters)
	if err != nil {
		raw = nil
	}
	return lineage.Job{Kind: kind, Parameters: raw, Finished: clock.System()}
}

// weightsRecord is the record of the weights of a model on this disk, written now if there is none.
func (a *app) weightsRecord(ctx context.Context, b *lineage.Book, text string) (lineage.Record, error) {
	if builtin(text) {
		return a.starterRecord(ctx, b)
	}
	s, err := a.models()
	if err != nil {
		return lineage.Record{}, err
	}
	e, err := entry(s, text)
	if err != nil {
		return lineage.Record{}, err
	}
	_, err = machine.RecordStored(ctx, b, s, e, machine.Stored{Made: lineage.Made{Foreign: true, Job: lineage.Job{Kind: "import"}}, Foreign: true})
	if err != nil {
		return lineage.Record{}, err
	}
	layer, _ := e.Manifest.Layer(model.TypeWeights)
	return b.Find(layer.Digest.Hex())
}

// poolRecord is that of a pool that this machine keeps; it is on the ledger since it was made.
func (a *app) poolRecord(ctx context.Context, b *lineage.Book, name string) (lineage.Record, error) {
	h, err := a.open()
	if err != nil {
		return lineage.Record{}, err
	}
	_, rules, err := desk.Texts(h.Pools(), name)
	if err != nil {
		return lineage.Record{}, err
	}
	content, err := rules.Digest()
	if err != nil {
		return lineage.Record{}, err
	}
	return b.Record(ctx, lineage.Made{Kind: provenance.KindPool, Name: rules.Name, Content: hex.EncodeToString(content)}, nil)
}

// starterRecord is that of the model in the program.
func (a *app) starterRecord(ctx context.Context, b *lineage.Book) (lineage.Record, error) {
	return machine.RecordStarter(ctx, b)
}

// baseRecord is the record of the model that a recipe starts from.
func (a *app) baseRecord(ctx context.Context, b *lineage.Book, from, path string) (lineage.Record, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return machine.RecordFile(ctx, b, path, lineage.Made{
			Kind: provenance.KindModel, Name: filepath.Base(from), Foreign: true, Job: lineage.Job{Kind: "import"},
		})
	}
	if from == starter.Name {
		return a.starterRecord(ctx, b)
	}
	return a.weightsRecord(ctx, b, from)
}
