package sandbox

import (
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Errors of services.
var (
	ErrNoService = errors.New("there is no such service")
	ErrExists    = errors.New("the service is there already")
	ErrStopped   = errors.New("the service does not run")
)

// Bounds of a Service.
const (
	mountsMax = 64
	hostsMax  = 256
)

// Service is a program that runs until it ends or is stopped, beyond the life of the process that started it.
type Service struct {
	Name    string // the caller's, unique on this machine
	Image   Image
	Command []string // in place of the image's entry point and its arguments
	Args    []string // behind the command, or behind the image's entry point in place of its arguments
	Env     []string // KEY=VALUE, on top of the image's
	Mounts  []Mount
	Space   string            // a folder with a quota of its own: what the program writes elsewhere, and its output
	Net     string            // path of a network namespace, "" for one without a way out
	Users   string            // path of the user namespace that owns Net
	Hosts   map[string]string // names that the program may look up, and their addresses
	Log     int64             // bytes of output kept, 1 MiB when 0
	Limits  Limits            // without times, fuel, disk and files: nothing ends a service, and its folders have quotas
}

// Mount shows a folder of this machine to a service, or gives it memory as a folder.
type Mount struct {
	Source   string `json:"source"` // "" for memory
	Target   string `json:"target"`
	ReadOnly bool   `json:"read_only,omitempty"`
	Size     int64  `json:"size,omitempty"` // of memory, bytes
}

// Phase of a service.
type Phase string

// The phases. A service is lost when its end was not seen: somebody killed its keeper, or the machine started anew.
const (
	Starting Phase = "starting"
	Running  Phase = "running"
	Ended    Phase = "ended"
	Lost     Phase = "lost"
)

// State of a service.
type State struct {
	Phase   Phase     `json:"phase"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Exit    int       `json:"exit"`
	Reason  Reason    `json:"reason,omitempty"` // once it ended
	Detail  string    `json:"detail,omitempty"`
	CPU     time.Duration
	Memory  int64 // bytes now
}

// Size of a terminal.
type Size struct {
	Rows    uint16 `json:"rows"`
	Columns uint16 `json:"columns"`
}

// Exec is a further program in a running service.
type Exec struct {
	Args     []string
	Env      []string
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer   // gets nothing when there is a terminal
	Terminal *Size       // nil for none
	Resize   <-chan Size // of the terminal
}

// serviceName is short enough for the names that runtimes give to sockets.
var serviceName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,89}$`)

// Validate says what no driver can do.
func (s Service) Validate() error {
	if !serviceName.MatchString(s.Name) {
		return fmt.Errorf("%w: %q is no name for a service; use small letters, digits, '-' and '.', at most 90", ErrSpec, s.Name)
	}
	if err := (Spec{Args: slices.Concat(s.Command, s.Args), Env: s.Env, Limits: s.Limits}).Validate(); err != nil {
		return err
	}
	if len(s.Mounts) > mountsMax || len(s.Hosts) > hostsMax {
		return fmt.Errorf("%w: %d mounts and %d hosts, at most %d and %d", ErrSpec, len(s.Mounts), len(s.Hosts), mountsMax, hostsMax)
	}
	seen := make(map[string]bool, len(s.Mounts))
	for _, m := range s.Mounts {
		if err := CheckTarget(m.Target); err != nil {
			return err
		}
		if seen[m.Target] {
			return fmt.Errorf("%w: two mounts at %s", ErrSpec, m.Target)
		}
		seen[m.Target] = true
	}
	return nil
}

// Shared is the folder of shared memory, the one of the system's that may be a mount of the service's own.
const Shared = "/dev/shm"

// CheckTarget tells whether something may be mounted at a path in a container.
func CheckTarget(target string) error {
	if !path.IsAbs(target) || path.Clean(target) != target || target == "/" || len(target) > pathMax || strings.ContainsRune(target, 0) {
		return fmt.Errorf("%w: %q is no place to mount at; give an absolute path such as /data", ErrSpec, target)
	}
	for _, taken := range []string{"/proc", "/sys", "/dev", "/in", "/etc/hosts"} {
		if target == taken || strings.HasPrefix(target, taken+"/") && target != Shared {
			return fmt.Errorf("%w: %s belongs to the system; mount elsewhere", ErrSpec, target)
		}
	}
	return nil
}
