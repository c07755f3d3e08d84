package cli

import (
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"

	"ayni.example/internal/home"
	"ayni.example/web/operator"
)

// callTimeout bounds one call to the running process; claims wait for the ledger.
const callTimeout = 2 * time.Minute

// remote reaches the process that runs on the home.
func (a *app) remote() (*operator.Client, error) {
	h, err := a.open()
	if err != nil {
		return nil, err
	}
	running, err := h.Running()
	if err != nil {
		return nil, err
	}
	if err := syscall.Kill(running.PID, 0); errors.Is(err, syscall.ESRCH) {
		return nil, hint(home.ErrStopped, "it ended without saying so; nothing is lost: start it again with `ayni up --home %s`", h.Dir())
	}
	return &operator.Client{URL: running.Operator, Token: running.Control, HTTP: &http.Client{Timeout: callTimeout}}, nil
}

// advise turns advice from the running process into a hint.
func advise(err error) error {
	// After a kill the announcement stays, and its process id may be another's by now.
	if errors.Is(err, syscall.ECONNREFUSED) {
		return hint(fmt.Errorf("%w: %w", home.ErrStopped, err), "it ended without saying so; nothing is lost: start it again with `ayni up`")
	}
	var remote *operator.RemoteError
	if errors.As(err, &remote) && remote.Advice != "" {
		return hint(err, "%s", remote.Advice)
	}
	return err
}
