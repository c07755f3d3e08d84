// Package testpostgres starts a PostgreSQL server inside a test, where one is installed: a fresh cluster on loopback with a password,
// which ends with the test. A test is skipped, with the reason, where there is none.
package testpostgres

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/lib/pq" // the driver
)

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 20 * time.Second
	account      = "ayni"
)

// Server is a running cluster.
type Server struct {
	tb       testing.TB
	bin, dir string
	port     int
	password string
	owner    *syscall.Credential // none: the user of this process
	process  *exec.Cmd
	made     int
}

// New starts a server with settings such as "shared_buffers=1MB".
func New(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s := &Server{tb: tb, bin: binaries(tb), password: rand.Text()}
	s.owner = owner(tb)
	var err error
	if s.dir, err = os.MkdirTemp("", "ayni-postgres-*"); err != nil { //nolint:usetesting // a folder of the test cannot be entered by another user
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		s.Stop()
		if err := os.RemoveAll(s.dir); err != nil {
			tb.Errorf("remove the test's database: %v", err)
		}
	})
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(s.password), 0o600); err != nil {
		tb.Fatal(err)
	}
	for _, path := range []string{s.dir, secret} {
		if s.owner != nil {
			if err := os.Chown(path, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
				tb.Fatal(err)
			}
		}
	}

	made := s.command("initdb", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", "-U", account, "--auth=scram-sha-256", "--pwfile="+secret, "-D", s.data())
	if out, err := made.CombinedOutput(); err != nil {
		tb.Skipf("no PostgreSQL cluster can be made here: %v: %s", err, out)
	}
	conf := "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\nmax_connections = 30\n"
	conf += strings.Join(settings, "\n") + "\n"
	if err := appendFile(filepath.Join(s.data(), "postgresql.conf"), conf); err != nil {
		tb.Fatal(err)
	}
	s.Start()
	return s
}

// Database makes an empty database and gives its address, password included.
func (s *Server) Database() string {
	s.tb.Helper()
	s.made++
	name := fmt.Sprintf("test%d", s.made)
	db, err := sql.Open("postgres", s.address("postgres"))
	if err != nil {
		s.tb.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the server ends with the test
	if _, err := db.ExecContext(context.Background(), "CREATE DATABASE "+name); err != nil {
		s.tb.Fatal(err)
	}
	return s.address(name)
}

// PID is the server's process.
func (s *Server) PID() int { return s.process.Process.Pid }

// Password is the one in the addresses.
func (s *Server) Password() string { return s.password }

// Start starts the server and waits until it answers; New did so once.
func (s *Server) Start() {
	s.tb.Helper()
	deadline := time.Now().Add(startTimeout)
	for time.Now().Before(deadline) {
		if s.port == 0 {
			s.port = freePort(s.tb)
		}
		log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			s.tb.Fatal(err)
		}
		s.process = s.command("postgres", "-D", s.data(), "-p", strconv.Itoa(s.port))
		s.process.Stdout, s.process.Stderr = log, log
		err = s.process.Start()
		_ = log.Close() // the process has its own
		if err != nil {
			s.tb.Fatal(err)
		}
		if s.answers(deadline) {
			return
		}
	}
	text, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	s.tb.Fatalf("PostgreSQL did not start: %s", text)
}

// answers waits for the server; false when it ended, as when somebody else took the port.
func (s *Server) answers(deadline time.Time) bool {
	db, err := sql.Open("postgres", s.address("postgres"))
	if err != nil {
		s.tb.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it was a look
	for time.Now().Before(deadline) {
		if db.PingContext(context.Background()) == nil {
			return true
		}
		var state syscall.WaitStatus
		if pid, err := syscall.Wait4(s.process.Process.Pid, &state, syscall.WNOHANG, nil); err == nil && pid != 0 {
			s.process, s.port = nil, 0
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// Stop ends the server at once, as a crash would; Start brings it back.
func (s *Server) Stop() { s.end(syscall.SIGQUIT) }

func (s *Server) end(signal syscall.Signal) {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(signal)
	done := make(chan struct{})
	go func() { // ends with the process
		_ = s.process.Wait() // its status after a signal says nothing
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(stopTimeout):
		_ = s.process.Process.Kill()
		<-done
	}
	s.process = nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) address(name string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(account, s.password), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path: "/" + name, RawQuery: "sslmode=disable",
	}
	return u.String()
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir, cmd.Env = s.dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	endWithParent(cmd.SysProcAttr)
	return cmd
}

// binaries is the folder of the newest server that is installed.
func binaries(tb testing.TB) string {
	tb.Helper()
	if path, err := exec.LookPath("postgres"); err == nil {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "initdb")); err == nil {
			return filepath.Dir(path)
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // Debian's
	if err != nil || len(found) == 0 {
		tb.Skip("PostgreSQL is not installed (Debian's package postgresql)")
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1])
}

func version(path string) int {
	n, err := strconv.Atoi(strings.Split(path, "/")[4])
	if err != nil {
		return 0
	}
	return n
}

// owner is whom the server runs as, since it refuses to be root.
func owner(tb testing.TB) *syscall.Credential {
	tb.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if errors.Join(err1, err2) == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	tb.Skip("PostgreSQL does not run as root, and there is no other user")
	return nil
}

func freePort(tb testing.TB) int {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // it was a look
	return listener.Addr().(*net.TCPAddr).Port
}

func appendFile(path, content string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(content)
	return errors.Join(err, f.Close())
}
