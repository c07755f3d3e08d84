package registry

import (
	"context"
	"fmt"
	"io"
	"time"
)

// guarded is a body that may not be silent for long: without it a server that stops sending would hold a pull for ever.
type guarded struct {
	body    io.ReadCloser
	ctx     context.Context //nolint:containedctx // a reader has no other way to know why it was ended
	end     context.CancelCauseFunc
	timer   *time.Timer
	silence time.Duration
}

// guard ends ctx when nothing came for a while.
func guard(ctx context.Context, silence time.Duration) *guarded {
	g := &guarded{silence: silence}
	g.ctx, g.end = context.WithCancelCause(ctx)
	g.timer = time.AfterFunc(silence, func() { g.end(fmt.Errorf("no byte came for %s", silence)) })
	return g
}

func (g *guarded) Read(b []byte) (int, error) {
	n, err := g.body.Read(b)
	if n > 0 {
		g.timer.Reset(g.silence)
	}
	return n, g.explain(err)
}

// explain tells why, where the guard itself ended the request.
func (g *guarded) explain(err error) error {
	if cause := context.Cause(g.ctx); err != nil && err != io.EOF && cause != nil { //nolint:errorlint // readers give it bare
		return cause
	}
	return err
}

func (g *guarded) Close() error {
	g.stop()
	return g.body.Close()
}

func (g *guarded) stop() {
	g.timer.Stop()
	g.end(nil)
}
