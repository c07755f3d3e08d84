package session

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"ayni.example/artifact"
	"ayni.example/compute/worker"
	"ayni.example/sandbox"
)

// Kind is the closed list of refusals that one side tells the other.
type Kind string

// The kinds.
const (
	KindForbidden Kind = "forbidden" // by the token
	KindNotFound  Kind = "not found"
	KindInvalid   Kind = "invalid"
	KindStopped   Kind = "stopped" // the service does not run
	KindBusy      Kind = "busy"
	KindInternal  Kind = "internal"
)

const errorTextMax = 1000

// Error is what the other side refused.
type Error struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
}

// Error implements error.
func (e *Error) Error() string { return "provider: " + e.Text }

// Is makes the other side's refusals known by the errors of this one.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrToken:
		return e.Kind == KindForbidden
	case sandbox.ErrStopped:
		return e.Kind == KindStopped
	}
	return false
}

// errBusy refuses a stream beyond the bound.
var errBusy = errors.New("the lease has too many streams open; close one")

// errorOf tells the other side of an error. What is not meant for tenants is not told.
func errorOf(err error) *Error {
	for _, known := range []struct {
		is   error
		kind Kind
	}{
		{ErrToken, KindForbidden},
		{worker.ErrNoLease, KindNotFound},
		{worker.ErrNoReplica, KindNotFound},
		{worker.ErrManifest, KindInvalid},
		{worker.ErrPath, KindInvalid},
		{sandbox.ErrSpec, KindInvalid},
		{ErrProtocol, KindInvalid},
		{sandbox.ErrStopped, KindStopped},
		{sandbox.ErrNoService, KindStopped},
		{errUnreached, KindStopped},
		{errBusy, KindBusy},
	} {
		if errors.Is(err, known.is) {
			text := err.Error()
			return &Error{Kind: known.kind, Text: text[:min(len(text), errorTextMax)]}
		}
	}
	return &Error{Kind: KindInternal, Text: "internal error"}
}

// err is the error that a frame tells of.
func (f frame) err() error {
	var e Error
	if err := f.decode(&e); err != nil {
		return err
	}
	e.Text = fmt.Sprintf("%.*s", errorTextMax, plain(e.Text))
	return &e
}

// plain is a word of the other side's that a terminal shows and does not obey.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// plainDetail makes the words of a machine plain.
func plainDetail(d *worker.Detail) {
	for _, text := range []*string{&d.Lease, &d.Name, (*string)(&d.Phase), &d.Text, &d.Reason} {
		*text = plain(*text)
	}
	for i := range d.Replicas {
		r := &d.Replicas[i]
		r.Name, r.Service, r.Phase, r.Reason, r.Text = plain(r.Name), plain(r.Service), plain(r.Phase), plain(r.Reason), plain(r.Text)
	}
	for i := range d.Tasks {
		t := &d.Tasks[i]
		t.Phase, t.Reason, t.Digest = plain(t.Phase), plain(t.Reason), artifact.Digest(plain(string(t.Digest)))
	}
	for i := range d.Ports {
		d.Ports[i].Service = plain(d.Ports[i].Service)
	}
}
