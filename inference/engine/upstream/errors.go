package upstream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"ayni.example/inference/engine"
)

// unreachable tells why a request got no answer; the caller's own cancellation stays what it is.
func (c *Client) unreachable(quiet *silence, err error) error {
	if quiet.silent() {
		return c.fault("said nothing for %s", c.cfg.Quiet)
	}
	if cause := quiet.ctx.Err(); cause != nil {
		return fmt.Errorf("%s: %w", c.cfg.Name, cause)
	}
	return engine.Errorf(engine.Unavailable, "%s at %s cannot be reached: %w", c.cfg.Name, c.base.Host, err).WithHint(c.cfg.Hint)
}

func (c *Client) broken(quiet *silence, err error) error {
	if quiet.silent() {
		return c.fault("said nothing for %s", c.cfg.Quiet)
	}
	if cause := quiet.ctx.Err(); cause != nil {
		return fmt.Errorf("%s: %w", c.cfg.Name, cause)
	}
	return c.fault("broke off in the middle of the answer: %w", err)
}

func (c *Client) fault(format string, args ...any) *engine.Error {
	return engine.Errorf(engine.Unavailable, c.cfg.Name+" "+format, args...)
}

// Reported makes an error of what a backend says in the middle of an answer.
func (c *Client) Reported(detail json.RawMessage) error {
	message, _ := messageOf([]byte(`{"error":` + string(detail) + `}`))
	if message == "" {
		message = "an error without words"
	}
	return c.ofMessage(http.StatusInternalServerError, message)
}

func (c *Client) refused(status int, body []byte) error {
	message, structured := messageOf(body)
	if status == http.StatusNotFound && !structured {
		return c.fault("has nothing at this address (404)").WithHint("check the URL of " + c.cfg.Name)
	}
	if message == "" {
		message = http.StatusText(status)
	}
	return c.ofMessage(status, message)
}

func (c *Client) ofMessage(status int, message string) *engine.Error {
	kind := kindOf(status, strings.ToLower(message))
	err := engine.Errorf(kind, "%s: %s", c.cfg.Name, message)
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return err.WithHint("check the key that is configured for " + c.cfg.Name)
	case kind == engine.Busy:
		return err.WithHint("try again in a few seconds")
	default:
		return err
	}
}

// kindOf reads the status first. Backends disagree on statuses for the same cause, so well-known words come before it.
func kindOf(status int, message string) engine.ErrorKind {
	for _, known := range []struct {
		words string
		kind  engine.ErrorKind
	}{
		{"context length", engine.TooLarge},
		{"context size", engine.TooLarge},
		{"context window", engine.TooLarge},
		{"too many tokens", engine.TooLarge},
		{"maximum pending requests", engine.Busy},
		{"does not support", engine.Unsupported},
		{"not supported", engine.Unsupported},
	} {
		if strings.Contains(message, known.words) {
			return known.kind
		}
	}
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return engine.Invalid
	case http.StatusNotFound:
		return engine.NotFound
	case http.StatusRequestEntityTooLarge:
		return engine.TooLarge
	case http.StatusTooManyRequests:
		return engine.Busy
	case http.StatusNotImplemented, http.StatusMethodNotAllowed:
		return engine.Unsupported
	default: // also 401 and 403: the key at fault is the operator's, not the caller's
		return engine.Unavailable
	}
}

// messageOf finds the words in {"error":"..."}, {"error":{"message":"..."}} and {"message":"..."} ; structured tells
// whether the body was JSON at all.
func messageOf(body []byte) (message string, structured bool) {
	var outer struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
	}
	if json.Unmarshal(body, &outer) != nil {
		return clean(string(body)), false
	}
	var inner struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(outer.Error, &message) == nil && message != "" {
		return clean(message), true
	}
	if json.Unmarshal(outer.Error, &inner) == nil && inner.Message != "" {
		return clean(inner.Message), true
	}
	return clean(outer.Message), true
}

// clean makes a backend's words fit for logs and terminals.
func clean(text string) string {
	if len(text) > maxCause {
		text = text[:maxCause] + "..."
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7f && r < 0xa0) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "")))
}
