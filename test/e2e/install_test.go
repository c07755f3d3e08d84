package e2e_test

import (
	"os/exec"
	"testing"
)

// install begins to fetch the packages that a folder's package-lock.json names; done waits until they are there.
func install(tb testing.TB, folder string, flags ...string) (done func()) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), "npm", append([]string{"ci", "--silent", "--no-audit", "--no-fund"}, flags...)...)
	cmd.Dir = folder
	installed := make(chan error, 1)
	go func() {
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = errorf("npm ci in %s: %v\n%s", folder, err, out)
		}
		installed <- err
	}()
	return func() {
		tb.Helper()
		if err := <-installed; err != nil {
			tb.Fatal(err)
		}
	}
}
