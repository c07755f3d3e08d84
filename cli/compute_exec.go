package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ayni.example/sandbox"
	"ayni.example/sandbox/archive"
)

// programExit is a program on a lease's machine that ended with another code than 0; this process ends with the same.
type programExit int

// Error implements error.
func (p programExit) Error() string { return "the program ended with " + strconv.Itoa(int(p)) }

func (a *app) computeExec() *cobra.Command {
	var replica string
	var stdin bool
	cmd := &cobra.Command{
		Use: "exec ORDER -- PROGRAM [ARGUMENT...]", Short: "Run a program in a container of a lease", Args: cobra.MinimumNArgs(2),
		Long: "Run a program in a container of a lease. This command ends with the program's exit status.", Example: "  ayni compute exec web -- ls -l /data",
		RunE: func(cmd *cobra.Command, args []string) error {
			e := sandbox.Exec{Args: args[1:], Stdout: a.stdout, Stderr: a.stderr}
			if stdin {
				e.Stdin = a.stdin
			}
			return a.exec(cmd.Context(), args[0], replica, e)
		},
	}
	cmd.Flags().StringVar(&replica, "replica", "", "service or replica, where there are several")
	cmd.Flags().BoolVarP(&stdin, "stdin", "i", false, "give it this command's standard input")
	return cmd
}

func (a *app) exec(ctx context.Context, order, replica string, e sandbox.Exec) error {
	c, err := a.reach(ctx, order)
	if err != nil {
		return err
	}
	code, err := c.Exec(ctx, replica, e)
	if err != nil {
		return reached(err)
	}
	if code != 0 {
		return programExit(code)
	}
	return nil
}

func (a *app) computeShell() *cobra.Command {
	var replica string
	cmd := &cobra.Command{
		Use: "shell ORDER [PROGRAM [ARGUMENT...]]", Short: "Open a terminal in a container of a lease (default /bin/sh)", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, ok := a.stdin.(*os.File)
			if !ok || !term.IsTerminal(int(in.Fd())) {
				return hint(usage(errors.New("shell: standard input is no terminal")), "`ayni compute exec -i` runs a program without one")
			}
			return a.shell(cmd.Context(), in, args[0], replica, args[1:])
		},
	}
	cmd.Flags().StringVar(&replica, "replica", "", "service or replica, where there are several")
	return cmd
}

// shell joins this terminal with one on the lease's machine, whatever happens in between.
func (a *app) shell(ctx context.Context, in *os.File, order, replica string, program []string) error {
	if len(program) == 0 {
		program = []string{"/bin/sh"}
	}
	fd := int(in.Fd())
	measure := func() sandbox.Size {
		columns, rows, err := term.GetSize(fd)
		if err != nil {
			columns, rows = 80, 24
		}
		return sandbox.Size{Rows: uint16(rows), Columns: uint16(columns)}
	}
	before, err := term.MakeRaw(fd)
	if err != nil {
		return fmt.Errorf("prepare the terminal: %w", err)
	}
	defer term.Restore(fd, before) //nolint:errcheck // nothing can be done about it
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	defer signal.Stop(changed)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sizes := make(chan sandbox.Size)
	go func() { // ends with ctx
		for {
			select {
			case <-ctx.Done():
				return
			case <-changed:
			}
			select {
			case sizes <- measure():
			case <-ctx.Done():
				return
			}
		}
	}()
	now := measure()
	return a.exec(ctx, order, replica, sandbox.Exec{
		Args: program, Env: []string{"TERM=" + anyWord(os.Getenv("TERM"), "xterm")}, Stdin: in, Stdout: a.stdout, Terminal: &now, Resize: sizes,
	})
}

func (a *app) computeCopy() *cobra.Command {
	var replica string
	cmd := &cobra.Command{
		Use: "cp FROM TO", Short: "Copy between this machine and a lease's volumes", Args: cobra.ExactArgs(2),
		Long: `Copy between this machine and the volumes of a lease. One side is ORDER:PATH, with a path in a volume as the container sees it.
TO is a folder, which is made: it gets the file, or all that is in the folder FROM.`,
		Example: "  ayni compute cp finetune:/data/out ./out\n  ayni compute cp ./set.csv finetune:/data/set",
		RunE: func(cmd *cobra.Command, args []string) error {
			from, source, there := strings.Cut(args[0], ":")
			to, target, back := strings.Cut(args[1], ":")
			switch {
			case there == back:
				return usage(errors.New("cp: one side is ORDER:PATH, and one is here"))
			case there:
				return a.copyHere(cmd.Context(), from, replica, source, args[1])
			}
			return a.copyThere(cmd.Context(), args[0], to, replica, target)
		},
	}
	cmd.Flags().StringVar(&replica, "replica", "", "service or replica, where there are several")
	return cmd
}

// copyMost bounds what is copied at a time, as the other side does.
const copyMost = 64 << 30

func (a *app) copyHere(ctx context.Context, order, replica, source, folder string) error {
	c, err := a.reach(ctx, order)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // only names were looked up in it
	out, in := io.Pipe()
	got := make(chan error, 1)
	go func() {
		err := c.Get(ctx, replica, path.Clean(source), in)
		got <- err
		_ = in.CloseWithError(err)
	}()
	err = archive.Unpack(ctx, root, out, nil, archive.Bounds{Bytes: copyMost})
	if err == nil {
		_, err = io.Copy(io.Discard, out) // the archive's end
	}
	_ = out.CloseWithError(err)
	if said := <-got; said != nil && !errors.Is(said, io.ErrClosedPipe) {
		return reached(said)
	}
	return err
}

func (a *app) copyThere(ctx context.Context, file, order, replica, folder string) error {
	c, err := a.reach(ctx, order)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	dir, name := file, "."
	if !info.IsDir() {
		dir, name = filepath.Dir(file), filepath.Base(file)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // only read
	out, in := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		err := archive.Pack(ctx, root, name, in, archive.Bounds{Bytes: copyMost})
		packed <- err
		_ = in.CloseWithError(err)
	}()
	err = c.Put(ctx, replica, path.Clean(folder), out)
	_ = out.CloseWithError(io.ErrClosedPipe)
	if failed := <-packed; failed != nil && !errors.Is(failed, io.ErrClosedPipe) {
		return failed
	}
	return reached(err)
}

func (a *app) computeForward() *cobra.Command {
	var replica string
	cmd := &cobra.Command{
		Use: "forward ORDER [LOCAL:]PORT", Short: "Reach a port of a lease at a port of this machine", Args: cobra.ExactArgs(2),
		Long:    "Listen at a port of 127.0.0.1 (LOCAL; 0 or none: a free one, which is printed) and join each connection with a port that a service exposes.",
		Example: "  ayni compute forward web 8080:80",
		RunE: func(cmd *cobra.Command, args []string) error {
			local, remote, both := strings.Cut(args[1], ":")
			if !both {
				local, remote = "0", args[1]
			}
			port, err := strconv.ParseUint(remote, 10, 16)
			if err != nil {
				return usage(fmt.Errorf("forward %s: want [LOCAL:]PORT", args[1]))
			}
			c, err := a.reach(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			listener, err := new(net.ListenConfig).Listen(cmd.Context(), "tcp", net.JoinHostPort("127.0.0.1", local))
			if err != nil {
				return fmt.Errorf("listen: %w", err)
			}
			defer context.AfterFunc(cmd.Context(), func() { _ = listener.Close() })()
			if _, err := fmt.Fprintln(a.stdout, "listening", listener.Addr()); err != nil {
				return err
			}
			return a.forward(cmd.Context(), listener, func(conn net.Conn) error { return c.Forward(cmd.Context(), replica, int(port), conn) })
		},
	}
	cmd.Flags().StringVar(&replica, "replica", "", "service or replica, where there are several")
	return cmd
}

// forward joins connections until ctx ends.
func (a *app) forward(ctx context.Context, listener net.Listener, join func(net.Conn) error) error {
	var work sync.WaitGroup
	defer work.Wait()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		work.Go(func() {
			if err := join(conn); err != nil && ctx.Err() == nil {
				a.explain(reached(err))
			}
		})
	}
}
