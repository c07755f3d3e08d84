package lan

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"strconv"
)

// MembersMax bounds a network.
const MembersMax = 1000

// Names within the switch's namespace.
const (
	usersFile  = ".users"
	switchFile = "switch"
	bridgeName = "lan"
	prefixBits = 22
)

// ErrUnavailable says why there are no networks on this machine.
var ErrUnavailable = errors.New("private networks cannot be made on this machine")

var networkName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// Config of Networks.
type Config struct {
	Dir   string // whose files keep the namespaces
	First int    // of this machine, for user 0 of members
	Users int    // how many users members have
}

// Networks are those of one folder.
type Networks struct {
	cfg Config
}

// New keeps networks in a folder.
func New(cfg Config) (*Networks, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	return &Networks{cfg: cfg}, nil
}

// Member is where a program runs that is in a network.
type Member struct {
	Net   string // path of the network namespace
	Users string // of the user namespace that owns it: only who is in there may enter the other
}

// Address of a member, counted from 0.
func Address(member int) netip.Addr {
	n := member + 2 // the first is the switch's
	return netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)})
}

func (n *Networks) path(network string, parts ...string) string {
	return filepath.Join(append([]string{n.cfg.Dir, network}, parts...)...)
}

func check(network string, member int) error {
	if !networkName.MatchString(network) || member < 0 || member >= MembersMax {
		return fmt.Errorf("member %d of network %q; want 0 to %d, and small letters, digits and '-'", member, network, MembersMax-1)
	}
	return nil
}

func memberFile(member int) string { return "m" + strconv.Itoa(member) }
