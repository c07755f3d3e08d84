package serve

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"ayni.example/inference/engine"
)

func TestAdmissionBounds(t *testing.T) {
	a := newAdmission(1, 2, 2)
	enter := func(ctx context.Context, payer string) chan error {
		ended := make(chan error, 1)
		queued := a.queued()
		go func() {
			_, err := a.enter(ctx, payer)
			ended <- err
		}()
		for a.queued() == queued && len(ended) == 0 {
			runtime.Gosched()
		}
		return ended
	}
	leave, err := a.enter(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	second := enter(t.Context(), "a")
	if err := busyKind(<-enter(t.Context(), "a")); err != nil {
		t.Fatalf("third of one payer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	other := enter(ctx, "b")
	if err := busyKind(<-enter(t.Context(), "c")); err != nil {
		t.Fatalf("behind a full queue: %v", err)
	}
	cancel()
	if err := <-other; !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled in the queue: %v", err)
	}
	leave()
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	a.leave("a")
	if a.running != 0 || len(a.payers) != 0 || len(a.queue) != 0 {
		t.Fatalf("%d running, payers %v, %d queued", a.running, a.payers, len(a.queue))
	}
}

func (a *admission) queued() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.queue)
}

func busyKind(err error) error {
	if known, ok := errors.AsType[*engine.Error](err); ok && known.Kind == engine.Busy {
		return nil
	}
	return errors.Join(errors.New("not busy"), err)
}
