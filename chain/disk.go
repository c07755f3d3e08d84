package chain

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

const (
	// diskLeast is what must be free where the ledger lies. CometBFT ends the process without a word to its owner when a write fails
	// while it catches up, or as consensus begins; so the node ends by itself, whole, before that.
	diskLeast = 64 << 20
	diskLook  = time.Second
)

// checkDisk tells whether there is room to go on.
func (c NodeConfig) checkDisk() error {
	if c.Memory {
		return nil
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(c.root(), &disk); err != nil {
		return fmt.Errorf("look how much of the disk is free: %w", err)
	}
	if free := disk.Bavail * uint64(disk.Bsize); free < diskLeast {
		return fmt.Errorf("the disk that holds %s has %d MiB left, the ledger goes on with %d: %w", c.root(), free>>20, diskLeast>>20, syscall.ENOSPC)
	}
	return nil
}

// awaitDisk returns when there is too little room to go on.
func (c NodeConfig) awaitDisk(ctx context.Context) error {
	ticker := time.NewTicker(diskLook)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := c.checkDisk(); err != nil {
			return err
		}
	}
}
