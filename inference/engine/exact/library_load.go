package exact

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ayni.example/inference/engine"
)

// Run lets models go that nobody has asked for a while, until ctx ends.
func (l *Library) Run(ctx context.Context) error {
	ticker := time.NewTicker(max(time.Second, l.cfg.KeepAlive/10))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			l.Expire()
		}
	}
}

// Expire lets go of what has been idle for the time to keep models.
func (l *Library) Expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.cfg.Now()
	for _, r := range l.loaded {
		if r.users == 0 && now.Sub(r.last) >= l.cfg.KeepAlive {
			l.drop(r)
		}
	}
}

// acquire gives an engine that has the model in memory, and what ends its use.
func (l *Library) acquire(ctx context.Context, name string) (e *Engine, done func(), err error) {
	if l.fixed.byName[name] != nil {
		return l.fixed, func() {}, nil
	}
	item, err := l.find(ctx, func(i Item) bool { return i.About.Name == name }, name)
	if err != nil {
		return nil, nil, err
	}
	if item.Bytes > l.cfg.MaxBytes {
		return nil, nil, engine.Errorf(engine.Unavailable, "model %s needs %d MiB of memory, models may take %d MiB here",
			name, item.Bytes>>20, l.cfg.MaxBytes>>20).WithHint("raise model_memory_mib in the configuration, or quantise the model")
	}
	r, mine, err := l.reserve(ctx, item)
	if err != nil {
		return nil, nil, err
	}
	if mine {
		// Others wait for it too, so that the one who came first may leave.
		go l.load(context.WithoutCancel(ctx), r, item)
	}
	select {
	case <-r.ready:
	case <-ctx.Done():
		l.release(r)
		return nil, nil, ctx.Err()
	}
	if r.err != nil {
		l.release(r)
		return nil, nil, unreadable(item, r.err)
	}
	return r.engine, func() { l.release(r) }, nil
}

// reserve finds the model in memory, or makes room for it; mine tells that the caller is to load it.
func (l *Library) reserve(ctx context.Context, item Item) (r *resident, mine bool, err error) {
	key := item.About.Digest + " " + item.About.Name // one engine answers under one name
	for {
		l.mu.Lock()
		if r := l.loaded[key]; r != nil {
			r.users++
			l.mu.Unlock()
			return r, false, nil
		}
		if l.room(item.Bytes) {
			// The caller uses it, and the one who loads it.
			r := &resident{digest: key, bytes: item.Bytes, users: 2, ready: make(chan struct{})}
			l.loaded[key] = r
			l.bytes += r.bytes
			l.mu.Unlock()
			return r, true, nil
		}
		if l.waiting >= maxWaiting {
			l.mu.Unlock()
			return nil, false, engine.Errorf(engine.Busy, "%d requests wait for memory already", maxWaiting).WithHint("try again in a few seconds")
		}
		l.waiting++
		changed := l.changed
		l.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			err = ctx.Err()
		}
		l.mu.Lock()
		l.waiting--
		l.mu.Unlock()
		if err != nil {
			return nil, false, err
		}
	}
}

// room lets idle models go, the longest idle first, until so many bytes and one more model fit. It lets none go when that is
// not enough.
func (l *Library) room(bytes uint64) bool {
	idle, places := uint64(0), l.cfg.MaxModels-len(l.loaded)
	for _, r := range l.loaded {
		if r.users == 0 {
			idle += r.bytes
			places++
		}
	}
	if places < 1 || l.bytes-idle+bytes > l.cfg.MaxBytes {
		return false
	}
	for len(l.loaded) >= l.cfg.MaxModels || l.bytes+bytes > l.cfg.MaxBytes {
		var oldest *resident
		for _, r := range l.loaded {
			if r.users == 0 && (oldest == nil || r.last.Before(oldest.last)) {
				oldest = r
			}
		}
		l.drop(oldest)
	}
	return true
}

// drop takes a model out of memory; its caches go with it.
func (l *Library) drop(r *resident) {
	if l.loaded[r.digest] == r {
		delete(l.loaded, r.digest)
		l.bytes -= r.bytes
		l.wake()
	}
}

func (l *Library) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Library) release(r *resident) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.users--
	r.last = l.cfg.Now()
	if r.users == 0 {
		l.wake()
	}
}

// load brings the model into memory and tells those who wait. A model that is not to be had is forgotten, so that the next
// request tries again.
func (l *Library) load(ctx context.Context, r *resident, item Item) {
	defer l.release(r)
	r.engine, r.err = l.open(ctx, item)
	l.mu.Lock()
	defer l.mu.Unlock() // before the release
	close(r.ready)
	if r.err != nil {
		l.drop(r)
	}
}

func (l *Library) open(ctx context.Context, item Item) (*Engine, error) {
	file, set, closer, err := item.Open(ctx)
	if err != nil {
		return nil, err
	}
	load := l.cfg.Load
	load.MaxBytes = l.cfg.MaxBytes
	model, err := OpenFile(item.About.Name, file, set, load)
	if err := errors.Join(err, closer.Close()); err != nil {
		return nil, err
	}
	own := l.cfg.Engine
	own.Models = []*Model{model}
	return New(own)
}

// Describe implements prometheus.Collector; models come and go, so nothing is promised.
func (l *Library) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector: the numbers of every model that is in memory.
func (l *Library) Collect(out chan<- prometheus.Metric) {
	l.mu.Lock()
	engines := []*Engine{l.fixed}
	for _, r := range l.loaded {
		select {
		case <-r.ready:
			if r.err == nil {
				engines = append(engines, r.engine)
			}
		default:
		}
	}
	bytes := l.bytes
	l.mu.Unlock()
	for _, e := range engines {
		e.Collect(out)
	}
	out <- prometheus.MustNewConstMetric(prometheus.NewDesc("ayni_exact_loaded_bytes", "Memory of weights that were loaded from disk.", nil, nil),
		prometheus.GaugeValue, float64(bytes))
}
