package main

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminal says how large its terminal is, at once and whenever that changes, until it reads a line.
func terminal([]string) error {
	changed := make(chan os.Signal, 4)
	signal.Notify(changed, syscall.SIGWINCH)
	line := make(chan string)
	go func() {
		lines := bufio.NewScanner(os.Stdin)
		lines.Scan()
		line <- lines.Text()
	}()
	for {
		size, err := unix.IoctlGetWinsize(0, unix.TIOCGWINSZ)
		if err != nil {
			return err
		}
		fmt.Println("size", size.Row, size.Col)
		select {
		case <-changed:
		case text := <-line:
			fmt.Println("line", text)
			return nil
		}
	}
}
