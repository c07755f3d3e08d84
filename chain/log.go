package chain

import (
	"context"
	"log/slog"

	cmtlog "github.com/cometbft/cometbft/libs/log"
)

// quiet lowers what the engines say by one level: their info is our debug, and their errors, such as a peer that hung up, mostly
// heal by themselves.
type quiet struct{ next slog.Handler }

func newLogger(logger *slog.Logger) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(quiet{logger.Handler()})
}

// Enabled asks for the level that the record will have.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return q.next.Enabled(ctx, lower(level))
}

// Handle passes the record on at its lower level.
func (q quiet) Handle(ctx context.Context, record slog.Record) error {
	record.Level = lower(record.Level)
	return q.next.Handle(ctx, record)
}

// WithAttrs keeps the level lowered.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.next.WithAttrs(attrs)} }

// WithGroup keeps the level lowered.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.next.WithGroup(name)} }

func lower(level slog.Level) slog.Level { return level - (slog.LevelInfo - slog.LevelDebug) }

// cometLogger gives CometBFT our logger.
type cometLogger struct{ *slog.Logger }

var _ cmtlog.Logger = cometLogger{}

// With adds attributes to every record.
func (l cometLogger) With(pairs ...any) cmtlog.Logger { return cometLogger{l.Logger.With(pairs...)} }
