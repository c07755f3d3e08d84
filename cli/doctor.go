package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"ayni.example/internal/clock"
	"ayni.example/internal/home"
)

// The least that a machine needs.
const (
	diskMin  = 1 << 30         // bytes free for the ledger and the database
	skewMax  = 2 * time.Minute // between this clock and a fresh block's
	idleMore = 5 * time.Minute // without a block before the ledger counts as stuck
)

// finding is one line of the doctor's report.
type finding struct {
	Check  string `json:"check"`
	State  string `json:"state"` // ok, warn, fail
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

func (a *app) doctor() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Find what is wrong with this machine, and how to mend it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			h, err := a.open()
			if err != nil {
				return err
			}
			findings := a.examine(cmd.Context(), h)
			t := table{header: []string{"CHECK", "STATE", "DETAIL"}}
			failed := 0
			for _, f := range findings {
				detail := f.Detail
				if f.Hint != "" {
					detail += " — " + f.Hint
				}
				t.rows = append(t.rows, []string{f.Check, f.State, detail})
				if f.State == "fail" {
					failed++
				}
			}
			if err := a.print(findings, t); err != nil {
				return err
			}
			if failed > 0 {
				return fmt.Errorf("%d of %d checks failed", failed, len(findings))
			}
			return nil
		},
	}
}

func (a *app) examine(ctx context.Context, h *home.Home) []finding {
	findings := []finding{checkFolder(h), checkDisk(h)}
	config, err := h.LoadConfig()
	if err == nil {
		err = config.Validate()
	}
	if err != nil {
		return append(findings, finding{"config", "fail", err.Error(), "mend " + h.Config()})
	}
	findings = append(findings, finding{"config", "ok", "valid", ""}, checkWallet(h))
	running, err := h.Running()
	if err != nil || errors.Is(syscall.Kill(running.PID, 0), syscall.ESRCH) {
		return append(findings, finding{"process", "warn", "not running", "start it with `ayni up`"}, checkPort(ctx, config.Listen))
	}
	return append(findings, a.checkProcess(ctx)...)
}

func checkFolder(h *home.Home) finding {
	if err := h.Create(); err != nil {
		return finding{"home", "fail", err.Error(), "name a folder that you can write with --home"}
	}
	probe := filepath.Join(h.Dir(), ".probe")
	if err := errors.Join(os.WriteFile(probe, []byte("x"), 0o600), os.Remove(probe)); err != nil {
		return finding{"home", "fail", err.Error(), "make the folder writable, or name another with --home"}
	}
	return finding{"home", "ok", h.Dir(), ""}
}

func checkDisk(h *home.Home) finding {
	var s syscall.Statfs_t
	if err := syscall.Statfs(h.Dir(), &s); err != nil {
		return finding{"disk", "fail", err.Error(), "check the disk"}
	}
	free := s.Bavail * uint64(s.Bsize)
	f := finding{"disk", "ok", fmt.Sprintf("%.1f GiB free", float64(free)/(1<<30)), ""}
	if free < diskMin {
		f.State, f.Hint = "fail", "free some space: the ledger stops rather than lose a write"
	}
	return f
}

func checkWallet(h *home.Home) finding {
	info, err := os.Stat(h.Wallet())
	switch {
	case errors.Is(err, os.ErrNotExist):
		return finding{"wallet", "warn", "none yet", "`ayni up` or `ayni join` makes one; `ayni wallet restore` brings one back"}
	case err != nil:
		return finding{"wallet", "fail", err.Error(), "check the file"}
	case info.Mode().Perm()&0o077 != 0:
		return finding{"wallet", "warn", "others can read " + h.Wallet(), "chmod 600 " + h.Wallet()}
	}
	return finding{"wallet", "ok", h.Wallet(), ""}
}

func checkPort(ctx context.Context, address string) finding {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return finding{"port", "fail", err.Error(), "stop what uses it, or choose another with --listen (:0 picks a free one)"}
	}
	if err := listener.Close(); err != nil {
		return finding{"port", "fail", err.Error(), ""}
	}
	return finding{"port", "ok", address + " is free", ""}
}

// checkProcess asks the running process how it is.
func (a *app) checkProcess(ctx context.Context) []finding {
	remote, err := a.remote()
	if err != nil {
		return []finding{{"process", "fail", err.Error(), "start it again with `ayni up`"}}
	}
	status, err := remote.Status(ctx)
	if err != nil {
		return []finding{{"process", "fail", err.Error(), "see its log; stop it and start it again"}}
	}
	findings := []finding{{"process", "ok", status.URL, ""}}
	age := clock.System().Sub(status.BlockTime)
	ledger := finding{"ledger", "ok", fmt.Sprintf("%s at block %d, %s old", status.ChainID, status.Height, age.Round(time.Second)), ""}
	switch {
	case status.Syncing:
		ledger.State, ledger.Hint = "warn", "it is catching up: wait"
	case age > idleMore:
		ledger.State, ledger.Hint = "fail", "no block for a while: check the clock and the way to the other machines"
	case age < -skewMax:
		ledger.State, ledger.Hint = "fail", "the ledger's time is ahead of this clock: set the clock"
	}
	findings = append(findings, ledger, finding{"serving", "ok", status.Serving, ""})
	money := finding{"balance", "ok", status.Balance + " credits", ""}
	if status.Balance == "0" {
		money.State, money.Hint = "warn", "ask an issuer of the network for credits for "+status.Address
	}
	return append(findings, money)
}
