package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"text/tabwriter"

	"ayni.example/chain"
	"ayni.example/internal/home"
)

// usageError is a wrong command line.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usage(err error) error { return usageError{err} }

// hinted is an error with advice.
type hinted struct {
	err  error
	hint string
}

func (h hinted) Error() string { return h.err.Error() }
func (h hinted) Unwrap() error { return h.err }

// hint adds advice to an error; no error stays none.
func hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return hinted{err, fmt.Sprintf(format, args...)}
}

// explain writes an error for a person: its cause, and a hint where there is one.
func (a *app) explain(err error) {
	if errors.As(err, new(programExit)) {
		return // the program said what it had to say
	}
	text := strings.TrimSpace(err.Error())
	fmt.Fprintf(a.stderr, "ayni: %s\n", text)
	var h hinted
	switch {
	case errors.As(err, &h):
		fmt.Fprintf(a.stderr, "hint: %s\n", h.hint)
	case errors.Is(err, home.ErrStopped):
		fmt.Fprintln(a.stderr, "hint: start it with `ayni up`, or name another home with --home")
	case errors.Is(err, home.ErrLocked):
		fmt.Fprintln(a.stderr, "hint: stop the other process, or use another --home")
	case errors.Is(err, syscall.ENOSPC), strings.Contains(text, syscall.ENOSPC.Error()): // databases wrap it as text
		fmt.Fprintln(a.stderr, "hint: free some space on the disk that holds the home folder, then start again; nothing is lost")
	case exitCode(err) == exitUsage:
		fmt.Fprintln(a.stderr, "hint: `ayni help` and `ayni COMMAND --help` tell what there is")
	}
}

func exitCode(err error) int {
	var u usageError
	var program programExit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &program):
		return int(program)
	case errors.As(err, &u), strings.HasPrefix(err.Error(), "unknown command"),
		strings.HasPrefix(err.Error(), "accepts "), strings.HasPrefix(err.Error(), "requires at least"), strings.HasPrefix(err.Error(), "required flag"):
		return exitUsage
	case errors.Is(err, home.ErrStopped):
		return exitStopped
	case errors.Is(err, home.ErrLocked):
		return exitLocked
	case errors.Is(err, chain.ErrUpgradeDue), errors.Is(err, chain.ErrNewerLedger), errors.Is(err, chain.ErrNewerProgram):
		return exitRelease
	}
	return exitFailed
}

// table is data for a person; the same value is printed as JSON with --json.
type table struct {
	header []string
	rows   [][]string
	empty  string // said on standard error when there are no rows
}

// print writes value as JSON with --json, else the table.
func (a *app) print(value any, t table) error {
	if a.json {
		return a.printJSON(value)
	}
	if len(t.rows) == 0 && t.empty != "" {
		_, err := fmt.Fprintln(a.stderr, t.empty)
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	line(w, t.header)
	for _, row := range t.rows {
		line(w, row)
	}
	return w.Flush()
}

func line(w io.Writer, cells []string) {
	if len(cells) > 0 {
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
}

func (a *app) printJSON(value any) error {
	encoder := json.NewEncoder(a.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
