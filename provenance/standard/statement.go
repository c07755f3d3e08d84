package standard

import (
	"encoding/json"
	"fmt"
)

const typeStatement = "https://in-toto.io/Statement/v1"

// statement is in-toto's: subjects, and what is said of them. As in-toto asks, fields that are not known are ignored.
type statement struct {
	Type          string          `json:"_type"`
	Subject       []resource      `json:"subject"`
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

// resource is in-toto's descriptor.
type resource struct {
	Name        string            `json:"name,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Digest      map[string]string `json:"digest,omitempty"`
	Annotations map[string]any    `json:"annotations,omitempty"`
}

const algorithm = "sha256"

func newResource(name string, d Digest) resource {
	return resource{Name: name, Digest: map[string]string{algorithm: d.String()}}
}

func (r resource) sha256() (Digest, error) {
	s, ok := r.Digest[algorithm]
	if !ok {
		return Digest{}, fmt.Errorf("%w: %.80q has no SHA-256", ErrMalformed, r.Name)
	}
	return ParseDigest(s)
}

func decodeStatement(kind string, payload []byte) (statement, error) {
	var s statement
	if kind != mediaPayload {
		return s, fmt.Errorf("%w: payload type %.80q, not %s", ErrKind, kind, mediaPayload)
	}
	if err := bound(payload, MaxBundle); err != nil {
		return s, err
	}
	if err := json.Unmarshal(payload, &s); err != nil {
		return s, fmt.Errorf("%w: statement: %w", ErrMalformed, err)
	}
	switch {
	case s.Type != typeStatement:
		return s, fmt.Errorf("%w: statement of type %.80q, not %s", ErrKind, s.Type, typeStatement)
	case len(s.Subject) == 0 || len(s.Subject) > MaxFiles:
		return s, fmt.Errorf("%w: %d subjects, not 1 to %d", ErrMalformed, len(s.Subject), MaxFiles)
	}
	return s, nil
}

// predicate reads what a statement says, if it says that kind of thing.
func (s statement) predicate(kind string, v any) error {
	if s.PredicateType != kind {
		return fmt.Errorf("%w: %.80q, not %s", ErrKind, s.PredicateType, kind)
	}
	if err := json.Unmarshal(s.Predicate, v); err != nil {
		return fmt.Errorf("%w: predicate: %w", ErrMalformed, err)
	}
	return nil
}
