package exchange

import (
	"context"
	"sync"
	"time"

	"ayni.example/artifact"
)

// download is one blob on its way. Chunks below front are wanted, those from front on are proven, those from the tail's front on
// are on the disk too. Before size is proven the only chunk that is asked for is each source's idea of the last one.
type download struct {
	x    *Exchange
	req  Request
	tail *artifact.Tail

	mu       sync.Mutex
	changed  chan struct{} // closed, and made anew, at each change
	size     int64         // 0 until a last chunk has proven it
	front    int64
	want     artifact.State // what the chunk before front must end in
	slots    map[int64]*slot
	sources  map[string]*source
	known    map[string]*PeerReport
	order    []string // of known, as they came
	asked    map[string]bool
	resumed  int64
	moved    time.Time // when the last chunk was proven
	err      error     // why it failed
	failed   chan struct{}
	finished bool

	proven chan chunk // to the writer; as long as the window
}

// slot is a chunk of the window.
type slot struct {
	takers map[*source]time.Time // who is asked for it, and since when
	got    *chunk                // what came first, not proven yet
}

// chunk came from a source.
type chunk struct {
	index      int64
	start, end artifact.State
	content    []byte // a buffer of the exchange
	by         *source
}

func (x *Exchange) newDownload(r Request, tail *artifact.Tail) (*download, error) {
	d := &download{
		x: x, req: r, tail: tail, changed: make(chan struct{}), size: tail.Size(), front: tail.Front(), slots: map[int64]*slot{},
		sources: map[string]*source{}, known: map[string]*PeerReport{}, asked: map[string]bool{}, moved: x.cfg.Now(),
		failed: make(chan struct{}), proven: make(chan chunk, window+1),
	}
	if d.size > 0 {
		var err error
		if d.want, err = tail.Wanted(); err != nil {
			return nil, err
		}
		d.resumed = d.size - d.front*artifact.ChunkSize
		x.begin(r.Digest, tail)
	}
	return d, nil
}

// run fetches until all is on the disk, or nothing helps.
func (d *download) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	if d.size > 0 && d.front == 0 {
		return nil
	}
	group.Go(func() { d.fail(d.discover(ctx, &group)) })
	for {
		select {
		case <-d.failed:
			return d.err // written before the channel was closed
		case c := <-d.proven:
			if err := d.write(c); err != nil {
				d.fail(err)
				return err
			}
			if c.index == 0 {
				return nil
			}
		}
	}
}

// write puts a proven chunk on the disk.
func (d *download) write(c chunk) error {
	err := d.tail.Add(c.start, c.content)
	d.x.free(c.content)
	if err != nil {
		return err
	}
	if d.req.Progress != nil {
		d.req.Progress(d.size-c.index*artifact.ChunkSize, d.size)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.finished = c.index == 0
	d.signal()
	return nil
}

// fail ends the download, unless it has ended.
func (d *download) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failLocked(err)
}

func (d *download) failLocked(err error) {
	if d.err != nil || d.finished {
		return
	}
	d.err = err
	close(d.failed)
	d.signal()
}

func (d *download) report() Report {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := Report{Digest: d.req.Digest, Size: d.size, Resumed: d.resumed, Asked: len(d.asked)}
	for _, id := range d.order {
		r.Peers = append(r.Peers, *d.known[id])
	}
	return r
}

// take names the next chunk that a source should give, and the size by which to read it; it waits for one, up to a while.
func (d *download) take(ctx context.Context, s *source) (index, size int64, ok bool) {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	for {
		d.mu.Lock()
		index, size = d.pick(s)
		changed := d.changed
		d.mu.Unlock()
		if index >= 0 {
			return index, size, true
		}
		select {
		case <-ctx.Done():
			return 0, 0, false
		case <-timer.C:
			return 0, 0, false
		case <-changed:
		}
	}
}

func (d *download) pick(s *source) (index, size int64) {
	if d.err != nil || d.finished || s.dropped {
		return -1, 0
	}
	size = d.size
	high, low := d.front-1, max(0, d.tail.Front()-window, s.from)
	if size == 0 {
		size = s.size
		high = artifact.Chunks(size) - 1
		low = high
	}
	now := d.x.cfg.Now()
	for i := high; i >= low; i-- {
		if d.slots[d.key(i)] == nil {
			d.slots[d.key(i)] = &slot{takers: map[*source]time.Time{s: now}}
			return i, size
		}
	}
	for i := high; i >= low; i-- {
		if d.slots[d.key(i)].late(s, now) {
			d.slots[d.key(i)].takers[s] = now
			return i, size
		}
	}
	return -1, 0
}

// key makes all ideas of the last chunk one slot: whoever is first proves the size, and only when that takes long another is asked.
func (d *download) key(i int64) int64 {
	if d.size == 0 {
		return -1
	}
	return i
}

// late tells whether another source should give the chunk too.
func (s *slot) late(by *source, now time.Time) bool {
	if s.got != nil || len(s.takers) > 1 {
		return false
	}
	for taker, since := range s.takers {
		if taker == by || now.Sub(since) < hedgeAfter {
			return false
		}
	}
	return true
}

// leave gives a chunk back that a source did not bring.
func (d *download) leave(s *source, index int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, key := range []int64{index, -1} {
		if slot := d.slots[key]; slot != nil && slot.got == nil {
			if delete(slot.takers, s); len(slot.takers) == 0 {
				delete(d.slots, key)
			}
		}
	}
	d.signal()
}

// signal wakes all who wait; the caller holds the lock.
func (d *download) signal() {
	close(d.changed)
	d.changed = make(chan struct{})
}
