package holding

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ayni.example/artifact"
	x "ayni.example/x/artifact"
)

// MaxSize bounds what can be pledged, so that the hashes of all leaves fit into memory: 128 MiB of them.
const MaxSize = 64 << 30

// leafWriter hashes what is written by its leaves.
type leafWriter struct {
	leaf   []byte
	hashes [][x.DigestSize]byte
}

func (w *leafWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		m := min(x.LeafSize-len(w.leaf), len(b))
		w.leaf, b = append(w.leaf, b[:m]...), b[m:]
		if len(w.leaf) == x.LeafSize {
			w.end()
		}
	}
	return n, nil
}

func (w *leafWriter) end() {
	if len(w.leaf) > 0 {
		w.hashes = append(w.hashes, x.LeafHash(w.leaf))
		w.leaf = w.leaf[:0]
	}
}

// Leaves hashes a blob by its leaves, and as a whole: the hashes are those of the digest's bytes.
func Leaves(ctx context.Context, store *artifact.Store, d artifact.Digest) ([][x.DigestSize]byte, error) {
	info, err := store.Stat(d)
	if err != nil {
		return nil, err
	}
	if info.Size == 0 || info.Size > MaxSize {
		return nil, fmt.Errorf("artifact %s has %d bytes: pledged are 1 to %d", d, info.Size, int64(MaxSize))
	}
	blob, err := store.Open(d)
	if err != nil {
		return nil, err
	}
	defer blob.Close() //nolint:errcheck // only read
	w := &leafWriter{leaf: make([]byte, 0, x.LeafSize), hashes: make([][x.DigestSize]byte, 0, x.Leaves(uint64(info.Size)))}
	if err := artifact.Verify(ctx, io.TeeReader(blob, w), d); err != nil {
		return nil, err
	}
	w.end()
	return w.hashes, nil
}

// leaves are those of the file beside the blob, or made now; nobody trusts the file, for a leaf is checked before it is sent.
func (h *Holder) leaves(ctx context.Context, d artifact.Digest, size uint64) ([][x.DigestSize]byte, error) {
	path := h.path(d)
	text, err := os.ReadFile(path)
	if count := x.Leaves(size); err == nil && uint64(len(text)) == count*x.DigestSize {
		hashes := make([][x.DigestSize]byte, count)
		for i := range hashes {
			hashes[i] = [x.DigestSize]byte(text[i*x.DigestSize:])
		}
		return hashes, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read hashes of leaves: %w", err)
	}
	return h.hash(ctx, d)
}

// hash makes the hashes anew and keeps them. What a crash leaves of the file has another length, or does not lead to the root.
func (h *Holder) hash(ctx context.Context, d artifact.Digest) ([][x.DigestSize]byte, error) {
	hashes, err := Leaves(ctx, h.cfg.Store, d)
	if err != nil {
		return nil, err
	}
	text := make([]byte, 0, len(hashes)*x.DigestSize)
	for _, hash := range hashes {
		text = append(text, hash[:]...)
	}
	if err := os.MkdirAll(h.cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("keep hashes of leaves: %w", err)
	}
	if err := os.WriteFile(h.path(d), text, 0o600); err != nil {
		return nil, fmt.Errorf("keep hashes of leaves: %w", err)
	}
	return hashes, nil
}

func (h *Holder) path(d artifact.Digest) string { return filepath.Join(h.cfg.Dir, d.Hex()) }

// proof is a leaf of a pledged blob with its way to the root, checked as the ledger will.
func (h *Holder) proof(ctx context.Context, p x.Pledge, leaf uint64) (data []byte, path [][]byte, err error) {
	d := digestOf(p.Digest)
	if leaf >= x.Leaves(p.Size_) || p.Size_ > MaxSize {
		return nil, nil, fmt.Errorf("leaf %d of %d bytes", leaf, p.Size_)
	}
	blob, err := h.cfg.Store.Open(d)
	if err != nil {
		return nil, nil, err
	}
	defer blob.Close() //nolint:errcheck // only read
	data = make([]byte, min(x.LeafSize, p.Size_-leaf*x.LeafSize))
	if _, err := blob.ReadAt(data, int64(leaf*x.LeafSize)); err != nil {
		return nil, nil, fmt.Errorf("read leaf %d of %s: %w", leaf, d, err)
	}
	hashes, err := h.leaves(ctx, d, p.Size_)
	if err != nil {
		return nil, nil, err
	}
	if err = x.VerifyLeaf(p.Root, p.Size_, leaf, data, x.Path(hashes, leaf)); err == nil {
		return data, x.Path(hashes, leaf), nil
	}
	if hashes, err = h.hash(ctx, d); err != nil { // the file may be what is wrong
		return nil, nil, err
	}
	path = x.Path(hashes, leaf)
	return data, path, x.VerifyLeaf(p.Root, p.Size_, leaf, data, path)
}
