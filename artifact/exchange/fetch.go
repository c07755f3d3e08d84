package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ayni.example/artifact"
)

// Bounds of one fetch.
const (
	window     = 32               // chunks ahead of the proven ones, in memory
	sourcesMax = 8                // peers that give at once
	streamsPer = 2                // chunks under way from each
	askedMax   = 64               // peers asked for a blob in one round
	askedOnce  = 8                // of them at the same time
	hedgeAfter = 3 * time.Second  // then another peer is asked for the same chunk too
	patience   = 60 * time.Second // without a new chunk, before it gives up
	gonesMax   = 5                // times that a peer may come back within one fetch
)

// ErrNobody says that no peer that was asked has the blob.
var ErrNobody = errors.New("no peer has the blob")

// ErrStuck says that peers have the blob but nothing came for a while. What came stays.
var ErrStuck = errors.New("the peers that have the blob stopped giving it")

// ErrTooLarge says that the blob has more bytes than the request allows.
var ErrTooLarge = errors.New("the blob is larger than was allowed")

// Request asks for a blob.
type Request struct {
	Digest artifact.Digest
	Into   *artifact.Store
	From   []Peer // to be asked beside those that Peers names
	Max    int64  // bytes that the blob may have; 0: as many as the store takes
	// Progress is called now and then with what is proven, from one goroutine at a time.
	Progress func(done, total int64)
}

// Report tells where a blob came from.
type Report struct {
	Digest  artifact.Digest
	Size    int64
	Here    bool  // it was in the store before
	Resumed int64 // bytes that an earlier fetch had left
	Asked   int   // peers
	Peers   []PeerReport
}

// PeerReport is one peer that said that it has the blob.
type PeerReport struct {
	ID      string
	Bytes   int64 // proven bytes that it gave
	Dropped []Reason
	Why     string // of the last drop
}

// Fetch brings a blob into a store. The report is there with an error too. What came stays for the next fetch, except when the
// store cannot take it.
func (x *Exchange) Fetch(ctx context.Context, r Request) (Report, error) {
	report, err := x.fetch(ctx, r)
	result := "done"
	if err != nil {
		result = "failed"
		err = fmt.Errorf("fetch %s: %w", r.Digest, err)
	}
	if !report.Here {
		x.metrics.fetches.WithLabelValues(result).Inc()
	}
	return report, err
}

func (x *Exchange) fetch(ctx context.Context, r Request) (Report, error) {
	if r.Digest == artifact.DigestOf(nil) {
		_, err := r.Into.PutBytes(ctx, nil)
		return Report{Digest: r.Digest, Here: true}, err
	}
	tail, err := r.Into.Tail(ctx, r.Digest)
	if err != nil {
		return Report{Digest: r.Digest}, err
	}
	defer tail.Close() //nolint:errcheck // what was written stays, and is checked by the next
	if tail.Complete() {
		return Report{Digest: r.Digest, Size: tail.Size(), Here: true}, nil
	}
	if r.Max > 0 && tail.Size() > r.Max {
		return Report{Digest: r.Digest}, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, tail.Size(), r.Max)
	}
	d, err := x.newDownload(r, tail)
	if err != nil {
		return Report{Digest: r.Digest}, err
	}
	defer x.end(r.Digest)
	err = d.run(ctx)
	if err == nil {
		err = tail.Commit()
	}
	return d.report(), err
}
