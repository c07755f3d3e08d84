package descent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"ayni.example/provenance/descent/sketch"
	"ayni.example/tensor"
)

// MaxDigests is how many tensors are hashed.
const MaxDigests = 64

// Digest is the first half of the SHA-256 of a tensor's bytes as they are stored.
type Digest [16]byte

// Description is what is known of a model's weights for good.
type Description struct {
	Digests []Digest // ascending, each once
	Sketch  sketch.Sketch
}

// Describe reads the largest tensors of a model with as many threads as the pool has, each with less than a megabyte of memory. A
// tensor whose values are all the same is in every model of its shape, so it is left out.
func Describe(ctx context.Context, pool *tensor.Pool, all []Tensor) (Description, error) {
	list := largest(all, MaxDigests)
	digests := make([]Digest, len(list))
	sketches := make([]*sketch.Tensor, len(list))
	errs := make([]error, len(list))
	wanted := 0
	for i := range list {
		if list[i].sketched() && wanted < sketch.MaxTensors {
			wanted++
			sketches[i] = &sketch.Tensor{Rows: uint32(list[i].Rows), Cols: uint32(list[i].Cols)} // largest keeps to 32 bits
		}
	}
	pool.Run(len(list), worth, func(i int) {
		if errs[i] = list[i].read(ctx, &digests[i], sketches[i]); errs[i] != nil {
			errs[i] = fmt.Errorf("describe tensor %q: %w", list[i].Name, errs[i])
		}
	})
	if err := errors.Join(errs...); err != nil {
		return Description{}, err
	}
	var d Description
	for i, digest := range digests {
		if digest == (Digest{}) {
			continue
		}
		d.Digests = append(d.Digests, digest)
		if s := sketches[i]; s != nil && s.Values != ([sketch.Projections]int8{}) {
			d.Sketch = append(d.Sketch, *s)
		}
	}
	slices.SortFunc(d.Digests, func(a, b Digest) int { return bytes.Compare(a[:], b[:]) })
	d.Digests = slices.Compact(d.Digests)
	return d, nil
}

// worth is more work than starting a thread.
const worth = 1 << 20

// chunk is how many elements are in memory at once, whole blocks of every format.
const chunk = 1 << 14

// read hashes a tensor and projects it where s is not nil. It leaves both zero when all values are the same.
func (t Tensor) read(ctx context.Context, digest *Digest, s *sketch.Tensor) error {
	elements, size := uint64(1), uint64(0)
	if t.Decodable {
		e, b := t.Format.Block()
		elements, size = uint64(e), uint64(b)
	}
	if !t.Decodable || t.Cols%elements != 0 {
		return t.hash(ctx, digest)
	}
	source, h := t.Open(), sha256.New()
	raw, values := make([]byte, chunk/elements*size), make([]float32, chunk)
	var p projector
	var first float32
	constant := true
	for left := t.Rows * t.Cols; left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(left, chunk)
		part := raw[:n/elements*size]
		if _, err := io.ReadFull(source, part); err != nil {
			return err
		}
		h.Write(part)
		if s != nil || constant {
			if err := tensor.Decode(t.Format, values[:n], part); err != nil {
				return err
			}
			if left == t.Rows*t.Cols {
				first = values[0]
			}
			constant = constant && !slices.ContainsFunc(values[:n], func(v float32) bool { return v != first })
		}
		if s != nil {
			p.add(values[:n])
		}
		left -= n
	}
	if constant {
		return nil
	}
	copy(digest[:], h.Sum(nil))
	if s != nil {
		s.Values = p.values()
	}
	return nil
}

// hash is read for a tensor whose values are not known here.
func (t Tensor) hash(ctx context.Context, digest *Digest) error {
	source, h := t.Open(), sha256.New()
	raw := make([]byte, max(1, 1<<16/max(1, t.Period))*max(1, t.Period)) // whole periods
	var first []byte
	constant := true
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(source, raw)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		h.Write(raw[:n])
		if first == nil {
			first = slices.Clone(raw[:min(n, t.Period)])
		}
		constant = constant && repeats(raw[:n], first)
		if err == nil {
			continue
		}
		if !constant {
			copy(digest[:], h.Sum(nil))
		}
		return nil
	}
}

// repeats tells whether b is nothing but unit, over and over.
func repeats(b, unit []byte) bool {
	if len(unit) == 0 {
		return false
	}
	for ; len(b) >= len(unit); b = b[len(unit):] {
		if !bytes.Equal(b[:len(unit)], unit) {
			return false
		}
	}
	return bytes.HasPrefix(unit, b)
}
