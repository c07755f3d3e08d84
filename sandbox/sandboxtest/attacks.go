package sandboxtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"ayni.example/sandbox"
)

func endless(t *testing.T, s Subject) {
	want := sandbox.OutOfTime
	if s.Fuel {
		want = sandbox.OutOfFuel
	}
	o := s.call(t, sandbox.Spec{Limits: sandbox.Limits{CPU: time.Second, Wall: time.Minute, Fuel: 100_000_000}}, "spin")
	o.want(t, want, 0)
	if o.Usage.CPU > 4*time.Second || o.Usage.Wall > 40*time.Second {
		t.Errorf("it used %v of CPU time in %v", o.Usage.CPU, o.Usage.Wall)
	}
}

func wall(t *testing.T, s Subject) {
	limits := endlessFuel()
	limits.Wall, limits.CPU = 2*time.Second, time.Hour
	o := s.call(t, sandbox.Spec{Limits: limits}, "spin")
	o.want(t, sandbox.OutOfTime, 0)
	if o.Usage.Wall > 20*time.Second {
		t.Errorf("it took %v", o.Usage.Wall)
	}
}

func memoryBomb(t *testing.T, s Subject) {
	limits := sandbox.Limits{Memory: 64 << 20, Disk: 1 << 20}
	s.call(t, sandbox.Spec{Limits: limits}, "memory", "8").want(t, sandbox.Exited, 0)
	s.call(t, sandbox.Spec{Limits: limits}, "memory", "512").want(t, sandbox.OutOfMemory, 0)
}

func outputFlood(t *testing.T, s Subject) {
	o := s.call(t, sandbox.Spec{Limits: sandbox.Limits{Output: 100_000}}, "flood")
	o.want(t, sandbox.OutOfOutput, 0)
	if len(o.out) != 100_000 {
		t.Errorf("%d bytes of output came", len(o.out))
	}
}

func diskFiller(t *testing.T, s Subject) {
	limits := sandbox.Limits{Disk: 8 << 20}
	for _, args := range [][]string{{"fill", "/out/x"}, {"fill", "/tmp/x"}, {"scatter"}, {"hole"}} {
		s.call(t, sandbox.Spec{Limits: limits}, args...).want(t, sandbox.OutOfDisk, 0)
	}
	output := t.TempDir()
	s.call(t, sandbox.Spec{Limits: limits, Output: output}, "sparse").want(t, sandbox.OutOfDisk, 0)
	if st, err := os.Stat(filepath.Join(output, "sparse")); err == nil && st.Size() > limits.Disk {
		t.Errorf("%d bytes of output were kept", st.Size())
	}
	for _, elsewhere := range []string{"/x", "/dev/x", "/dev/shm/x", "/run/x", "/var/tmp/x", "/in/x"} {
		o := s.call(t, sandbox.Spec{Limits: limits, Inputs: data(t)}, "fill", elsewhere)
		o.wantRefused(t)
	}
}

func entries(t *testing.T, s Subject) {
	s.call(t, sandbox.Spec{Limits: sandbox.Limits{Files: 100}}, "entries").want(t, sandbox.OutOfDisk, 0)
}

func descriptors(t *testing.T, s Subject) {
	s.call(t, sandbox.Spec{Inputs: data(t), Limits: sandbox.Limits{Open: 64}}, "descriptors").wantRefused(t)
}

// secret is a file of the host that everybody may read.
func secret(t *testing.T) string {
	t.Helper()
	path := filepath.Join(Folder(t), "secret")
	if err := os.WriteFile(path, []byte("secret of the host"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func steal(t *testing.T, s Subject) {
	s.call(t, sandbox.Spec{Inputs: data(t)}, "steal", secret(t)).wantRefused(t)
}

func deface(t *testing.T, s Subject) {
	inputs := data(t)
	s.call(t, sandbox.Spec{Inputs: inputs}, "deface").wantRefused(t)
	if got, err := os.ReadFile(inputs[0].Path); err != nil || string(got) != "some data" {
		t.Errorf("the input holds %q now, %v", got, err)
	}
}

// network listens at every address of the host, and looks for a program that listens there.
func network(t *testing.T, s Subject) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	targets := []string{"dial", net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			targets = append(targets, net.JoinHostPort(n.IP.String(), port))
		}
	}
	s.call(t, sandbox.Spec{}, targets...).wantRefused(t)
	_ = l.Close()

	reached := make(chan bool, 1)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				reached <- false
				return
			case <-time.After(50 * time.Millisecond):
			}
			if c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
				_ = c.Close()
				reached <- true
				return
			}
		}
	}()
	s.call(t, sandbox.Spec{}, "listen", net.JoinHostPort("127.0.0.1", port))
	close(stop)
	if <-reached {
		t.Error("the program could be reached from the host")
	}
}

func links(t *testing.T, s Subject) {
	output := t.TempDir()
	s.call(t, sandbox.Spec{Inputs: data(t), Output: output}, "links", secret(t)).want(t, sandbox.Exited, 0)
	err := filepath.WalkDir(output, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !d.Type().IsRegular() {
			err = fmt.Errorf("%s is %v", path, d.Type())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(filepath.Join(output, "true")); err != nil || string(got) != "true" {
		t.Errorf("the true file holds %q, %v", got, err)
	}
}

func processes(t *testing.T, s Subject) {
	o := s.call(t, sandbox.Spec{Limits: sandbox.Limits{Processes: 64, Memory: 6 << 30, Open: 4096}}, "processes")
	if o.OK() {
		t.Error("300 processes could be started")
	}
	if s.Counts {
		o.want(t, sandbox.OutOfProcesses, 0)
	}
}

func forkBomb(t *testing.T, s Subject) {
	o := s.call(t, sandbox.Spec{Limits: sandbox.Limits{Processes: 48, CPU: 3 * time.Second, Wall: 20 * time.Second}}, "bomb")
	t.Logf("%+v %.200q", o.Result, o.err)
	if o.Reason == sandbox.Exited && o.Exit == 0 {
		t.Errorf("the bomb ended %v", o.Result)
	}
}

// victim is a process of the host that must outlive an attack, of the very user that the attack is.
func victim(t *testing.T, s Subject) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sleep", "600")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: s.User, Gid: s.User}}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return c
}

func signals(t *testing.T, s Subject) {
	v := victim(t, s)
	s.call(t, sandbox.Spec{}, "kill", strconv.Itoa(v.Process.Pid)).wantRefused(t)
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.Process.Pid)); err != nil || len(stat) == 0 || string(stat[len(strconv.Itoa(v.Process.Pid))+9]) == "Z" {
		t.Errorf("the victim is gone: %q, %v", stat, err)
	}
}

func trace(t *testing.T, s Subject) {
	s.call(t, sandbox.Spec{}, "trace", strconv.Itoa(victim(t, s).Process.Pid)).wantRefused(t)
}

func privilege(t *testing.T, s Subject) {
	s.call(t, sandbox.Spec{}, "privilege").wantRefused(t)
}

// orphans end with the first process.
func orphans(t *testing.T, s Subject) {
	s.call(t, sandbox.Spec{}, "orphan").want(t, sandbox.Exited, 0)
}

// jointCPU is the limit of all processes together.
func jointCPU(t *testing.T, s Subject) {
	o := s.call(t, sandbox.Spec{Limits: sandbox.Limits{CPU: 2 * time.Second, Wall: time.Minute}}, "threads")
	o.want(t, sandbox.OutOfTime, 0)
	if o.Usage.CPU > 6*time.Second {
		t.Errorf("they used %v of CPU time", o.Usage.CPU)
	}
}
