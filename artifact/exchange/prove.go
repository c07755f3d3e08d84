package exchange

import (
	"errors"
	"fmt"
	"time"

	"ayni.example/artifact"
)

// offer takes what a source brought. size is the one by which it was read.
func (d *download) offer(c chunk, size int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.signal()
	if d.err != nil || c.by.dropped {
		d.x.free(c.content)
		return
	}
	if d.size == 0 && !d.anchor(c, size) || d.size != size || c.index >= d.front {
		d.x.free(c.content)
		return
	}
	s := d.slots[c.index]
	if s == nil {
		s = &slot{takers: map[*source]time.Time{}}
		d.slots[c.index] = s
	}
	if s.got != nil {
		d.x.free(c.content)
		return
	}
	s.got = &c
	d.advance()
}

// anchor lets the first last chunk that ends in the digest say how long the blob is.
func (d *download) anchor(c chunk, size int64) bool {
	delete(d.slots, -1)
	if c.end != artifact.State(d.req.Digest.Sum()) {
		d.drop(c.by, FalseBytes, errors.New("its last chunk does not end in the digest"))
		return false
	}
	if d.req.Max > 0 && size > d.req.Max { // proven, and nothing is on the disk yet
		d.failLocked(fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, d.req.Max))
		return false
	}
	if err := d.tail.Begin(size); err != nil {
		d.failLocked(err)
		return false
	}
	d.size, d.front, d.want = size, artifact.Chunks(size), c.end
	d.x.begin(d.req.Digest, d.tail)
	for _, s := range d.sources {
		d.sized(s)
	}
	return true
}

// sized drops a source that announced another size than the proven one.
func (d *download) sized(s *source) {
	if d.size > 0 && s.size != d.size {
		d.drop(s, FalseSize, errors.New("it announced another size than the digest proves"))
	}
}

// advance proves what it can: the chunk before front must end in what is wanted, and the first begin as SHA-256 does.
func (d *download) advance() {
	for d.front > 0 {
		i := d.front - 1
		s := d.slots[i]
		if s == nil || s.got == nil {
			return
		}
		c := *s.got
		delete(d.slots, i)
		if c.end != d.want || i == 0 && c.start != artifact.FirstState() {
			d.x.free(c.content)
			d.drop(c.by, FalseBytes, errors.New("a chunk that it sent does not lead to the one behind"))
			continue
		}
		d.front, d.want, d.moved = i, c.start, d.x.cfg.Now()
		d.known[c.by.peer.ID].Bytes += int64(len(c.content))
		d.x.metrics.bytes.WithLabelValues("in").Add(float64(len(c.content)))
		d.proven <- c // has room: the window is measured from what is written
	}
}

// drop ends a source and forgets all that it brought and that nobody has proven.
func (d *download) drop(s *source, why Reason, err error) {
	if s.dropped {
		return
	}
	s.dropped = true
	s.cancel()
	delete(d.sources, s.peer.ID)
	for i, slot := range d.slots {
		delete(slot.takers, s)
		if slot.got != nil && slot.got.by == s {
			d.x.free(slot.got.content)
			slot.got = nil
		}
		if slot.got == nil && len(slot.takers) == 0 {
			delete(d.slots, i)
		}
	}
	p := d.known[s.peer.ID]
	p.Dropped, p.Why = append(p.Dropped, why), err.Error()
	d.x.bans.add(s.peer.ID, why.ban())
	d.x.metrics.dropped.WithLabelValues(string(why)).Inc()
	level := d.x.cfg.Logger.Warn
	if why == Gone {
		level = d.x.cfg.Logger.Info
	}
	level("peer dropped in a fetch", "peer", s.peer.ID, "digest", string(d.req.Digest), "reason", string(why), "error", err.Error())
	d.signal()
}
