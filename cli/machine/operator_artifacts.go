package machine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"ayni.example/artifact"
	"ayni.example/artifact/exchange"
	"ayni.example/internal/clock"
	"ayni.example/web/operator"
)

// Bounds of fetches that the owner asks for.
const (
	fetchesMost = 16
	fetchLook   = time.Second      // how long one look waits for the end
	fetchAlone  = 30 * time.Second // after which a fetch that nobody looks at ends
)

// fetches are those that the owner asked for and has not seen the end of.
type fetches struct {
	exchange          *exchange.Exchange
	artifacts, models *artifact.Store
	now               clock.Clock

	mu      sync.Mutex
	jobs    map[string]*fetchJob
	stopped bool
	work    sync.WaitGroup
}

// fetchJob is one of them.
type fetchJob struct {
	cancel context.CancelFunc
	alone  *time.Timer   // cancels it
	ended  chan struct{} // closed once report and err are there
	report exchange.Report
	err    error

	mu          sync.Mutex
	done, total int64
}

// FetchArtifact implements operator.Operator.
func (m *Machine) FetchArtifact(ctx context.Context, req operator.ArtifactRequest) (operator.ArtifactFetch, error) {
	d, err := artifact.ParseDigest(req.Digest)
	if err != nil {
		return operator.ArtifactFetch{}, err
	}
	request := exchange.Request{Digest: d, Into: m.fetches.artifacts}
	key := string(d)
	if req.Models {
		request.Into, key = m.fetches.models, key+" models"
	}
	for _, text := range req.From {
		p, err := exchange.ParsePeer(text)
		if err != nil {
			return operator.ArtifactFetch{}, err
		}
		request.From = append(request.From, p)
	}
	job, err := m.fetches.job(ctx, key, request)
	if err != nil {
		return operator.ArtifactFetch{}, err
	}
	select {
	case <-job.ended:
		m.fetches.forget(key, job)
		return ArtifactFetch(job.report, job.err), nil
	case <-ctx.Done():
		return operator.ArtifactFetch{}, ctx.Err()
	case <-time.After(fetchLook):
	}
	job.mu.Lock()
	defer job.mu.Unlock()
	return operator.ArtifactFetch{Digest: string(d), Done: job.done, Size: job.total}, nil
}

// job finds a fetch, or begins it. It goes on when the call ends, and ends when nobody looks for a while.
func (f *fetches) job(ctx context.Context, key string, r exchange.Request) (*fetchJob, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if job := f.jobs[key]; job != nil {
		job.alone.Reset(fetchAlone)
		return job, nil
	}
	if f.stopped || len(f.jobs) >= fetchesMost {
		return nil, fmt.Errorf("%d fetches are at work: wait for one to end", len(f.jobs))
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	job := &fetchJob{cancel: cancel, ended: make(chan struct{})}
	job.alone = time.AfterFunc(fetchAlone, func() {
		cancel()
		f.forget(key, job)
	})
	f.jobs[key] = job
	r.Progress = func(done, total int64) {
		job.mu.Lock()
		defer job.mu.Unlock()
		job.done, job.total = done, total
	}
	f.work.Go(func() {
		defer cancel()
		defer close(job.ended)
		job.report, job.err = f.exchange.Fetch(ctx, r)
		if job.report.Here && r.Into == f.artifacts {
			_ = r.Into.Touch(r.Digest, f.now()) // only its place in the order of eviction hangs on it
		}
	})
	return job, nil
}

func (f *fetches) forget(key string, job *fetchJob) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.jobs[key] == job {
		delete(f.jobs, key)
	}
	job.alone.Stop()
}

// stop ends all fetches and waits for them.
func (f *fetches) stop() {
	f.mu.Lock()
	f.stopped = true
	for _, job := range f.jobs {
		job.cancel()
	}
	f.mu.Unlock()
	f.work.Wait()
}

// ArtifactFetch tells how a fetch ended.
func ArtifactFetch(r exchange.Report, err error) operator.ArtifactFetch {
	out := operator.ArtifactFetch{
		Digest: string(r.Digest), Size: r.Size, Ended: true, Here: r.Here, Resumed: r.Resumed, Asked: r.Asked, Peers: []operator.ArtifactPeer{},
	}
	for _, p := range r.Peers {
		line := operator.ArtifactPeer{Peer: p.ID, Bytes: p.Bytes, Why: p.Why}
		out.Done += p.Bytes
		if n := len(p.Dropped); n > 0 {
			line.Dropped = string(p.Dropped[n-1])
		}
		out.Peers = append(out.Peers, line)
	}
	out.Done += r.Resumed
	if err != nil {
		out.Error, out.Advice = err.Error(), fetchAdvice(err)
	}
	return out
}

func fetchAdvice(err error) string {
	switch {
	case errors.Is(err, exchange.ErrNobody):
		return "does a machine that has it run and stand on the ledger (`ayni provider list`)? --from names another one"
	case errors.Is(err, exchange.ErrStuck):
		return "get it again later: what came stays, and the fetch goes on from there"
	case errors.Is(err, artifact.ErrQuota):
		return "unpin or remove what is not needed (`ayni artifact ls`), or raise artifact_quota_mib in the configuration"
	case errors.Is(err, syscall.ENOSPC):
		return "free some space on the disk that holds the home folder and get it again: what came stays"
	}
	return ""
}
