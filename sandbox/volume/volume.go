package volume

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
)

// Bounds of a volume, in bytes.
const (
	SizeMin = 4 << 20
	SizeMax = 64 << 40
	overBy  = 16 // a file system takes up to a sixteenth part for itself
	overMin = 4 << 20
)

// ErrUnavailable says why there are no volumes on this machine.
var ErrUnavailable = errors.New("volumes cannot be made on this machine")

// maker is the program that writes a file system.
const maker = "mkfs.ext4"

// Make writes a volume that holds size bytes. One that is there stays as it is.
func Make(ctx context.Context, file string, size int64) error {
	if size < SizeMin || size > SizeMax {
		return fmt.Errorf("a volume of %d bytes; want %d to %d", size, SizeMin, int64(SizeMax))
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	program, err := exec.LookPath(maker)
	if err != nil {
		return fmt.Errorf("%w: %s is not installed; on Debian: apt install e2fsprogs", ErrUnavailable, maker)
	}
	part := file + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(size+max(size/overBy, overMin)), f.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	cmd := exec.CommandContext(ctx, program, "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,nodiscard", part) //nolint:gosec // as found
	if text, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("make a file system in %s: %w: %.300s", file, err, strings.TrimSpace(string(text))), os.Remove(part))
	}
	return os.Rename(part, file)
}
