package gateway

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"cosmossdk.io/math"

	"ayni.example/inference/dialect"
	"ayni.example/inference/engine"
	"ayni.example/internal/home"
	"ayni.example/receipt"
)

// tokenSize is what a token with its probability takes in memory, about, in bytes.
const tokenSize = 64

// answer takes what a backend gives and sends it on. Nothing waits here but the whole of an answer that was not asked for as
// a stream: a client that reads slowly slows the backend.
type answer struct {
	x       *exchange
	route   Route
	salt    receipt.Salt
	started Started
	writer  dialect.Writer
	hash    receipt.ContentHash
	begun   bool  // the first piece came
	headed  bool  // the header was sent
	lost    error // of writing to the client
	size    int   // of the answer so far, bytes
	keep    bool  // the response's bytes are wanted again
	kept    []byte
	replay  *replay
}

// reset forgets a candidate that failed before its first piece.
func (a *answer) reset() {
	a.started, a.writer, a.hash = Started{}, nil, receipt.ContentHash{}
	a.x.w.Header().Del(ReceiptHeader)
	a.x.w.Header().Del(QualityHeader)
}

// start is a backend's first word.
func (a *answer) start(s Started) error {
	if a.writer != nil {
		return errors.New("the backend started twice")
	}
	if _, err := receipt.ParseID(s.ReceiptID); err != nil {
		return engine.Errorf(engine.Unavailable, "the backend gave a wrong receipt id: %w", err)
	}
	x := a.x
	a.started, a.hash = s, a.salt.ResponseHash()
	a.writer = dialect.NewWriter(x.endpoint, x.req, a.reply())
	x.visit.receipt = s.ReceiptID
	x.w.Header().Set(ReceiptHeader, s.ReceiptID)
	if score := s.Route.Score; score != nil {
		x.w.Header().Set(QualityHeader, score.String())
	}
	x.g.metrics.chosen(s.Route)
	return nil
}

func (a *answer) reply() engine.Reply {
	build := a.started.Route.Model.Build
	return engine.Reply{
		Receipt: a.started.ReceiptID, Model: a.x.req.Model, Build: build, Started: a.x.visit.started, Now: a.x.g.cfg.Now,
	}
}

// emit takes one piece.
func (a *answer) emit(chunk engine.Chunk) error {
	if a.writer == nil {
		return errors.New("the backend sent a piece before it started")
	}
	if !a.begun {
		a.begun = true
		a.x.visit.first = a.x.g.cfg.Now().Sub(a.x.visit.started)
	}
	a.size += len(chunk.Text) + len(chunk.Thinking) + len(chunk.ToolCalls)
	for _, token := range chunk.Tokens {
		a.size += tokenSize * (1 + len(token.Top))
	}
	if most := a.x.g.cfg.Limits.Answer; a.size > most {
		return engine.Errorf(engine.TooLarge, "the answer has more than %d bytes", most)
	}
	piece, err := a.writer.Chunk(chunk)
	if err != nil {
		return err
	}
	if len(piece) == 0 {
		return nil
	}
	a.note(piece)
	return a.send(piece)
}

// note hashes bytes that are about to be sent.
func (a *answer) note(b []byte) {
	_, _ = a.hash.Write(b)
	if a.keep || a.x.g.cfg.KeepInput {
		a.kept = append(a.kept, b...)
	}
}

// send writes one piece of a stream and flushes it.
func (a *answer) send(piece []byte) error {
	if a.lost != nil {
		return a.lost
	}
	if !a.headed {
		a.headed = true
		h := a.x.w.Header()
		h.Set("Content-Type", a.writer.ContentType())
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Accel-Buffering", "no") // reverse proxies hold streams back otherwise
		a.x.w.WriteHeader(http.StatusOK)
	}
	a.x.deadline()
	_, err := a.x.w.Write(piece)
	if err == nil {
		err = a.x.control.Flush()
	}
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		a.lost = err
	}
	return a.lost
}

// deadline gives the client its time to take the next piece.
func (x *exchange) deadline() {
	if err := x.control.SetWriteDeadline(x.g.cfg.Now().Add(x.g.cfg.Timeouts.Write)); err != nil &&
		!errors.Is(err, errors.ErrUnsupported) && x.answer.lost == nil {
		x.answer.lost = err
	}
}

// complete ends an answer: the last bytes are hashed, the receipt is stored, and only then do they go out, so that whoever
// has read the answer can have its receipt.
func (x *exchange) complete(ctx context.Context, o Outcome) error {
	x.g.cfg.Router.Report(x.answer.route, nil)
	cost := home.FormatCredits(x.paid(o))
	var tail []byte
	var err error
	switch {
	case x.answer.writer == nil:
		err = engine.Errorf(engine.Internal, "the backend ended without a start")
	case x.req.Kind == engine.Embeddings && o.Embedding == nil:
		err = engine.Errorf(engine.Internal, "the backend gave no embedding")
	case x.req.Kind == engine.Embeddings:
		tail, err = dialect.Embedding(x.endpoint, x.req, x.answer.reply(), *o.Embedding, cost)
	default:
		tail, err = x.answer.writer.End(engine.End{Result: o.Result, Cost: cost})
	}
	if err != nil {
		x.breakOff(ctx, o, err)
		return nil
	}
	contentType := "application/json"
	if x.req.Kind != engine.Embeddings {
		contentType = x.answer.writer.ContentType()
	}
	x.finish(ctx, o, http.StatusOK, contentType, tail)
	if x.answer.lost == nil && x.answer.keep {
		x.answer.replay = &replay{
			status: http.StatusOK, content: contentType, receipt: x.answer.started.ReceiptID, answer: x.answer.kept,
		}
	}
	return nil
}

// breakOff tells the client that there will be no (more) answer.
func (x *exchange) breakOff(ctx context.Context, o Outcome, err error) {
	x.visit.err = err
	if x.answer.headed {
		x.finish(ctx, o, http.StatusOK, "", x.answer.writer.Fail(err))
		return
	}
	if o.Receipt.ID == "" {
		x.w.Header().Del(ReceiptHeader) // there will be none
		x.visit.receipt = ""
	}
	if after := retryAfter(err); after != "" {
		x.w.Header().Set("Retry-After", after)
	}
	status, body := dialect.Error(x.endpoint, err)
	x.finish(ctx, o, status, "application/json", body)
}

// abandon settles what was served to a client that left.
func (x *exchange) abandon(ctx context.Context, o Outcome, err error) {
	x.visit.err = err
	if x.visit.status == 0 {
		x.visit.status = statusGone
	}
	x.account(ctx, o, nil)
	x.settle(ctx)
}

// finish stores and settles, then sends the last bytes.
func (x *exchange) finish(ctx context.Context, o Outcome, status int, contentType string, tail []byte) {
	a := &x.answer
	if a.writer != nil {
		a.note(tail)
	}
	x.account(ctx, o, &status)
	x.settle(ctx)
	if a.headed {
		_ = a.send(tail) // the visit says that the client left, if so
		return
	}
	x.deadline()
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(tail)))
	x.w.WriteHeader(status)
	if _, err := x.w.Write(tail); err != nil {
		a.lost = err
	}
}

// paid is what an outcome cost.
func (x *exchange) paid(o Outcome) math.Int {
	if !o.Paid.IsNil() {
		return o.Paid
	}
	return orZero(o.Receipt.Total)
}
