package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// shared is a folder of what several tests use and one makes; building is held meanwhile.
var (
	shared   string
	building sync.Mutex
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if shared, err = os.MkdirTemp("", "ayni-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(shared) //nolint:errcheck // a temporary folder
	return m.Run()
}

// niced is a command that leaves the processors to the tests beside it, which wait for blocks.
func niced(line ...string) *exec.Cmd {
	return exec.Command("nice", append([]string{"-n", "19"}, line...)...)
}
