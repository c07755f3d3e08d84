package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	rpcclient "github.com/cometbft/cometbft/rpc/client"
	rpchttp "github.com/cometbft/cometbft/rpc/client/http"

	"ayni.example/test/netns"
	"ayni.example/test/slowdisk"
)

const (
	peerPort, rpcPort = 26656, 26657
	lookInterval      = 100 * time.Millisecond
	callTimeout       = 5 * time.Second
	stopTimeout       = 30 * time.Second
	logMode           = 0o600
)

// Node is one machine: a home and, while it runs, a process.
type Node struct {
	Name string
	Home string
	Disk *slowdisk.Disk // none unless asked for

	index     int
	binary    string
	namespace string
	address   netip.Addr
	first     []string // arguments of the first start
	env       []string

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan error // of the process; closed after its end
	rpc  rpcclient.Client
}

// Start runs the process; it does not wait for an answer.
func (n *Node) Start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd != nil {
		return fmt.Errorf("%s runs already", n.Name)
	}
	log, err := os.OpenFile(n.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, logMode)
	if err != nil {
		return fmt.Errorf("start %s: %w", n.Name, err)
	}
	defer log.Close() //nolint:errcheck // the process has it
	fmt.Fprintf(log, "---- %s start\n", time.Now().Format(time.RFC3339Nano))
	cmd := n.command()
	cmd.Stdout, cmd.Stderr = log, log
	if err := netns.Inside(n.namespace, cmd.Start); err != nil {
		return fmt.Errorf("start %s: %w", n.Name, err)
	}
	n.cmd, n.done = cmd, make(chan error, 1)
	go func(done chan error) { // ends with the process
		done <- cmd.Wait()
		close(done)
	}(n.done)
	return nil
}

// command is the first start, from the network's file, or a later one.
func (n *Node) command() *exec.Cmd {
	args := []string{"node"}
	if _, err := os.Stat(filepath.Join(n.Home, "ledger", "config", "genesis.json")); err != nil {
		args = n.first
	}
	cmd := exec.Command(n.binary, append(args, "--home", n.Home)...)
	cmd.Env = append(os.Environ(), n.env...)
	return cmd
}

// Use sets the program of the next starts.
func (n *Node) Use(binary string) { n.binary = binary }

// Join adds arguments to the node's first start from the network's file.
func (n *Node) Join(args ...string) { n.first = append(n.first, args...) }

// RPCAddress is where other machines reach the node's RPC.
func (n *Node) RPCAddress() string { return n.at(rpcPort) }

// output runs a command in the node's namespace, where its operator's API is.
func (n *Node) output(cmd *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := netns.Inside(n.namespace, cmd.Start); err != nil {
		return nil, err
	}
	err := cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		exit.Stderr = stderr.Bytes()
	}
	return stdout.Bytes(), err
}

func (n *Node) at(port int) string { return net.JoinHostPort(n.address.String(), strconv.Itoa(port)) }

// Log is the file with what the process wrote, over all its starts.
func (n *Node) Log() string { return strings.TrimSuffix(n.Home, "/") + ".log" }

// Tail is the end of the log.
func (n *Node) Tail() string {
	const most = 2_000
	text, err := os.ReadFile(n.Log())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}

// Env sets what the process finds in its environment from the next start on.
func (n *Node) Env(pairs ...string) { n.env = pairs }

// Kill ends the process as a power cut would, paused or not.
func (n *Node) Kill() { _, _ = n.end(syscall.SIGKILL) }

// Stop ends the process as an operator would and returns its error.
func (n *Node) Stop() error {
	ended, err := n.end(syscall.SIGTERM)
	if !ended {
		return nil
	}
	return err
}

// end signals and waits.
func (n *Node) end(signal syscall.Signal) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return false, nil
	}
	_ = n.cmd.Process.Signal(signal) // it may have ended by itself
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	var err error
	select {
	case err = <-n.done:
	case <-timer.C:
		_ = n.cmd.Process.Kill()
		err = errors.Join(fmt.Errorf("%s did not stop within %s", n.Name, stopTimeout), <-n.done)
	}
	n.cmd, n.rpc = nil, nil
	return true, err
}

// Pause halts the process where it stands; Resume lets it go on.
func (n *Node) Pause() error { return n.signal(syscall.SIGSTOP) }

// Resume ends a pause.
func (n *Node) Resume() error { return n.signal(syscall.SIGCONT) }

func (n *Node) signal(signal syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return fmt.Errorf("%s does not run", n.Name)
	}
	return n.cmd.Process.Signal(signal)
}

// Ended tells whether a process that was started has ended by itself.
func (n *Node) Ended() (error, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return nil, false
	}
	select {
	case err, open := <-n.done:
		if open {
			n.cmd = nil
		}
		return err, true
	default:
		return nil, false
	}
}

// Running tells whether the process was started and not ended by the test.
func (n *Node) Running() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cmd != nil
}

// PID is that of the running process, or zero.
func (n *Node) PID() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return 0
	}
	return n.cmd.Process.Pid
}

// RPC reaches the node from within its own namespace.
func (n *Node) RPC() (rpcclient.Client, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.rpc != nil {
		return n.rpc, nil
	}
	transport := &http.Transport{DialContext: n.dial, MaxIdleConnsPerHost: 4, IdleConnTimeout: callTimeout}
	rpc, err := rpchttp.NewWithClient("http://"+n.at(rpcPort), "/websocket", &http.Client{Transport: transport, Timeout: callTimeout})
	if err != nil {
		return nil, fmt.Errorf("rpc of %s: %w", n.Name, err)
	}
	n.rpc = rpc
	return rpc, nil
}

func (n *Node) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var conn net.Conn
	err := netns.Inside(n.namespace, func() error {
		var err error
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// Status is where a node stands.
type Status struct {
	Height     int64
	Earliest   int64
	CatchingUp bool
	Time       time.Time // of the last block
	AppHash    string    // after the block before
}

// Status asks the node.
func (n *Node) Status(ctx context.Context) (Status, error) {
	rpc, err := n.RPC()
	if err != nil {
		return Status{}, err
	}
	s, err := rpc.Status(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("status of %s: %w", n.Name, err)
	}
	return Status{
		Height: s.SyncInfo.LatestBlockHeight, Earliest: s.SyncInfo.EarliestBlockHeight, CatchingUp: s.SyncInfo.CatchingUp,
		Time: s.SyncInfo.LatestBlockTime, AppHash: s.SyncInfo.LatestAppHash.String(),
	}, nil
}

// Answers waits until the node answers.
func (n *Node) Answers(ctx context.Context) error {
	for {
		_, err := n.Status(ctx)
		if err == nil {
			return nil
		}
		if ended, gone := n.Ended(); gone {
			return fmt.Errorf("%s ended: %w; %s", n.Name, ended, n.Tail())
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(lookInterval):
		}
	}
}

// remove undoes what newNode made, but for the files.
func (n *Node) remove() error {
	err := netns.Remove(n.namespace)
	if n.Disk != nil {
		err = errors.Join(err, n.Disk.Close())
	}
	return err
}
