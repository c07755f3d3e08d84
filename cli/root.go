package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ayni.example/internal/home"
	"ayni.example/tensor"
)

// Exit codes, stated in the help.
const (
	exitOK      = 0
	exitFailed  = 1 // the work was refused or failed
	exitUsage   = 2 // the command line is wrong
	exitStopped = 3 // no process runs on the home
	exitLocked  = 4 // another process uses the home
	exitRelease = 5 // the ledger needs another release of this program
)

const rootHelp = `Ayni turns machines owned by different people into one open AI service.

Start here:
  ayni up                      run everything on this machine
  ayni invite                  make a token that adds a machine
  ayni join TOKEN              be that machine
  ayni network init            found a network together with other organisations
  ayni models pull MODEL       bring a model onto this machine; ayni up serves it
  ayni offer MODEL --price P   sell what a local Ollama or server already runs
  ayni verify FILE             check a receipt or a proved answer, offline
  ayni zkml compile MODEL      make a model whose answers can be proved
  ayni provenance show ASSET   where a model comes from, and who earns by it
  ayni deploy FILE             run containers on a rented machine
  ayni agent create CHARTER    an agent with a wallet that no prompt can empty

A flag beats an environment variable (AYNI_HOME, AYNI_LISTEN, AYNI_LOG, ...), which beats HOME/config.yaml.

Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 nothing runs on this home, 4 another process uses this home,
5 the ledger needs another release of this program.`

// app is what every command shares.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	dir    string
	json   bool
	log    string
}

// Main runs one command line and returns the exit code.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.root() //nolint:contextcheck // commands get the context from ExecuteContext
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	a.explain(err)
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "ayni", Short: "One open AI service from machines owned by different people", Long: rootHelp,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return environment(cmd) },
	}
	root.PersistentFlags().StringVar(&a.dir, "home", "", "folder of this machine (default $AYNI_HOME or ~/.ayni)")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print data as JSON")
	root.PersistentFlags().StringVar(&a.log, "log", "", "log level: debug, info, warn, error")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(
		a.up(), a.node(), a.network(), a.invite(), a.join(), a.offer(), a.model(), a.provider(), a.receipts(), a.verify(), a.proof(), a.wallet(), a.key(), a.payments(), a.channel(),
		a.history(), a.index(), a.artifact(), a.provenance(), a.pool(), a.agent(), a.vault(), a.beacon(), a.prove(), a.zkml(), a.payout(),
		a.train(), a.deploy(), a.compute(), a.doctor(), a.config(), a.version(),
	)
	return root
}

// environment fills flags that were not given from AYNI_NAME variables, and refuses instructions that this processor lacks.
func environment(cmd *cobra.Command) error {
	var errs []error
	for _, name := range []string{"home", "listen", "log", "peer", "name", "ollama"} {
		flag := cmd.Flags().Lookup(name)
		value, set := os.LookupEnv("AYNI_" + strings.ToUpper(name))
		if flag == nil || flag.Changed || !set {
			continue
		}
		if err := cmd.Flags().Set(name, value); err != nil {
			errs = append(errs, fmt.Errorf("AYNI_%s: %w", strings.ToUpper(name), err))
		}
	}
	if _, err := tensor.Kernels(); err != nil {
		errs = append(errs, usage(err))
	}
	return errors.Join(errs...)
}

// open names the home that the flags ask for.
func (a *app) open() (*home.Home, error) {
	dir := a.dir
	if dir == "" {
		var err error
		if dir, err = home.Default(); err != nil {
			return nil, err
		}
	}
	return home.At(dir)
}

// logger writes to standard error at the level asked for.
func (a *app) logger(level string) (*slog.Logger, error) {
	if a.log != "" {
		level = a.log
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usage(fmt.Errorf("log level %q: want debug, info, warn or error", level))
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: l})), nil
}
