package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
)

// TestFetch brings blobs of all shapes from one machine to another, and knows what is here already.
func TestFetch(t *testing.T) {
	a, b := newMachine(t), newMachine(t)
	for i, size := range []int{0, 1, 64, artifact.ChunkSize, artifact.ChunkSize + 1, 5*artifact.ChunkSize - 3} {
		body, d := noise(t, byte(i), size)
		a.put(t, body)
		r := b.fetch(t, d, a.peer())
		if size > 0 && (r.Here || r.Size != int64(size) || of(t, r, a.peer()).Bytes != int64(size)) {
			t.Errorf("%d bytes: %+v", size, r)
		}
		if r = b.fetch(t, d); !r.Here {
			t.Errorf("%d bytes the second time: %+v", size, r)
		}
	}
	_, unknown := noise(t, 99, 10)
	if r, err := b.try(t, unknown, a.peer()); !errors.Is(err, exchange.ErrNobody) || r.Asked != 1 {
		t.Errorf("nobody has it: %+v, %v", r, err)
	}
	if _, err := b.try(t, unknown); !errors.Is(err, exchange.ErrNobody) {
		t.Errorf("nobody to ask: %v", err)
	}
	if _, err := b.try(t, unknown, b.peer(), exchange.Peer{ID: "nonsense"}); !errors.Is(err, exchange.ErrNobody) {
		t.Errorf("itself and nonsense: %v", err)
	}
}

// TestFetchFromSeveral takes from all who have it, and one of them goes away in the middle.
func TestFetchFromSeveral(t *testing.T) {
	t.Parallel()
	body, d := noise(t, 1, 60<<20+17)
	seeders := make([]*machine, 3)
	from := make([]exchange.Peer, 0, len(seeders))
	for i := range seeders {
		seeders[i] = newMachine(t)
		seeders[i].put(t, body)
		from = append(from, seeders[i].peer())
	}
	b := newMachine(t)
	var once sync.Once
	r, err := b.Fetch(t.Context(), exchange.Request{Digest: d, Into: b.store, From: from, Progress: func(done, total int64) {
		if done > total/4 {
			once.Do(func() { _ = seeders[0].host.Close() })
		}
	}})
	if err := errors.Join(err, b.store.Verify(t.Context(), d)); err != nil {
		t.Fatal(err)
	}
	var sum int64
	for i, p := range from {
		got := of(t, r, p)
		sum += got.Bytes
		if got.Bytes == 0 || (i == 0) != (len(got.Dropped) > 0) {
			t.Errorf("seeder %d: %+v", i, got)
		}
	}
	if sum != r.Size || r.Size != int64(len(body)) {
		t.Errorf("%d bytes of %d", sum, r.Size)
	}
}

// TestFetchBound: a blob that is larger than the request allows is refused before anything of it is on the disk; one that is as large comes.
func TestFetchBound(t *testing.T) {
	t.Parallel()
	body, d := noise(t, 3, 3<<20+5)
	a, b := newMachine(t), newMachine(t)
	a.put(t, body)
	r := exchange.Request{Digest: d, Into: b.store, From: []exchange.Peer{a.peer()}, Max: int64(len(body)) - 1}
	if _, err := b.Fetch(t.Context(), r); !errors.Is(err, exchange.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	r.Max++
	if _, err := b.Fetch(t.Context(), r); err != nil {
		t.Errorf("as large as is allowed: %v", err)
	}
}

// TestFetchResumes ends a fetch in the middle; the next goes on, from another peer.
func TestFetchResumes(t *testing.T) {
	t.Parallel()
	body, d := noise(t, 2, 40<<20)
	a, c, b := newMachine(t), newMachine(t), newMachine(t)
	a.put(t, body)
	c.put(t, body)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := b.Fetch(ctx, exchange.Request{Digest: d, Into: b.store, From: []exchange.Peer{a.peer()}, Progress: func(done, total int64) {
		if done > total/2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	r := b.fetch(t, d, c.peer())
	if r.Resumed < int64(len(body))/2 || r.Resumed+of(t, r, c.peer()).Bytes != int64(len(body)) {
		t.Errorf("resumed: %+v", r)
	}
}

// TestFetchTogether asks for one blob many times at once: it comes once.
func TestFetchTogether(t *testing.T) {
	body, d := noise(t, 3, 9<<20)
	a, b := newMachine(t), newMachine(t)
	a.put(t, body)
	var group sync.WaitGroup
	var mu sync.Mutex
	brought := 0
	for range 8 {
		group.Go(func() {
			r, err := b.Fetch(t.Context(), exchange.Request{Digest: d, Into: b.store, From: []exchange.Peer{a.peer()}})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if !r.Here {
				brought++
			}
		})
	}
	group.Wait()
	if err := b.store.Verify(t.Context(), d); err != nil || brought != 1 {
		t.Errorf("it was brought %d times, %v", brought, err)
	}
}

// TestPartIsGivenOn lets a machine give what it has while it still fetches: one that never sends the first chunks is asked by b,
// and c, which knows b alone, has the rest nevertheless.
func TestPartIsGivenOn(t *testing.T) {
	t.Parallel()
	body, d := noise(t, 4, 20<<20)
	b, c := newMachine(t), newMachine(t)
	release := make(chan struct{})
	serve := honest(body)
	slow := hostile(t, func(q ask) (*answer, []byte) {
		if q.Get != "" && q.Chunk < 8 {
			<-release
		}
		return serve(q)
	})
	half := make(chan struct{})
	first := make(chan error, 1)
	var once, again sync.Once
	go func() {
		_, err := b.Fetch(t.Context(), exchange.Request{Digest: d, Into: b.store, From: []exchange.Peer{slow}, Progress: func(done, _ int64) {
			if done == 12<<20 {
				once.Do(func() { close(half) })
			}
		}})
		first <- err
	}()
	select {
	case <-half:
	case err := <-first:
		t.Fatal(err)
	}
	r, err := c.Fetch(t.Context(), exchange.Request{Digest: d, Into: c.store, From: []exchange.Peer{b.peer()}, Progress: func(done, _ int64) {
		if done == 12<<20 {
			again.Do(func() { close(release) })
		}
	}})
	if err := errors.Join(err, <-first, c.store.Verify(t.Context(), d)); err != nil {
		t.Fatal(err)
	}
	if got := of(t, r, b.peer()); got.Bytes != int64(len(body)) || len(got.Dropped) > 0 {
		t.Errorf("%+v", got)
	}
}

// TestRate bounds what a peer gets in a second; nobody is dropped for it.
func TestRate(t *testing.T) {
	t.Parallel()
	body, d := noise(t, 5, 4<<20)
	a := newMachine(t, func(c *exchange.Config) { c.Rate = 2 << 20 })
	a.put(t, body)
	b := newMachine(t)
	began := time.Now()
	r := b.fetch(t, d, a.peer())
	if took := time.Since(began); took < 1400*time.Millisecond || len(of(t, r, a.peer()).Dropped) > 0 {
		t.Errorf("4 MiB at 2 MiB/s took %s: %+v", took, r)
	}
}

// TestDamageIsNotGiven has a seeder whose disk has lost a byte: it says so itself, instead of being taken for a liar.
func TestDamageIsNotGiven(t *testing.T) {
	body, d := noise(t, 6, 3<<20)
	a, c, b := newMachine(t), newMachine(t), newMachine(t)
	a.put(t, body)
	c.put(t, body)
	damage(t, a.store.Path(d), 1<<20+5)
	r := b.fetch(t, d, a.peer(), c.peer())
	for _, p := range r.Peers {
		for _, why := range p.Dropped {
			if why != exchange.Gone {
				t.Errorf("%s was dropped for %s: %s", p.ID, why, p.Why)
			}
		}
	}
	if fmt.Sprint(of(t, r, c.peer()).Dropped) != "[]" {
		t.Errorf("%+v", r)
	}
}
