package daemon_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"ayni.example/internal/daemon"
)

func TestRunStopsInReverse(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var order []string
	part := func(name string) daemon.Service {
		return daemon.Service{Name: name, Run: func(ctx context.Context) error {
			<-ctx.Done()
			order = append(order, name)
			return ctx.Err()
		}}
	}
	cancel()
	if err := daemon.Run(ctx, slog.New(slog.DiscardHandler), part("ledger"), part("gateway")); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "gateway ledger" {
		t.Errorf("stopped in order %q", got)
	}
}

func TestRunNamesTheFailure(t *testing.T) {
	broken := errors.New("disk full")
	err := daemon.Run(t.Context(), slog.New(slog.DiscardHandler),
		daemon.Service{Name: "waiting", Run: func(ctx context.Context) error { <-ctx.Done(); return nil }},
		daemon.Service{Name: "ledger", Run: func(context.Context) error { return broken }})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "ledger: disk full") {
		t.Errorf("got %v", err)
	}
}
