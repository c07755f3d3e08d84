// Command tenant is what tests of services run: a program that goes on, writes, listens and ends as it is told.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "tenant NAME [ARGUMENT...]")
		os.Exit(64)
	}
	programs := map[string]func([]string) error{
		"tick": tick, "exit": exit, "echo": echo, "write": write, "read": read, "serve": serve, "ask": ask, "who": who, "stubborn": stubborn,
		"flood": flood, "train": train, "memory": memory, "env": env, "terminal": terminal,
		"task": task,
	}
	program, ok := programs[os.Args[1]]
	if !ok {
		fmt.Fprintln(os.Stderr, "no program", os.Args[1])
		os.Exit(64)
	}
	if err := program(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, os.Args[1]+":", err)
		os.Exit(9)
	}
}

// tick counts aloud, 20 times a second, until it is asked to end; then it takes its leave and exits with 7.
func tick([]string) error {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	for n := 0; ; n++ {
		fmt.Println("tick", n)
		select {
		case <-asked:
			fmt.Println("goodbye")
			os.Exit(7)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stubborn does not end when it is asked.
func stubborn([]string) error {
	signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
	fmt.Println("stubborn")
	for {
		time.Sleep(time.Second)
	}
}

func exit(args []string) error {
	code, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	fmt.Println("exit", code)
	os.Exit(code)
	return nil
}

func echo([]string) error {
	_, err := io.Copy(os.Stdout, os.Stdin)
	return err
}

func env(args []string) error {
	fmt.Println(os.Getenv(args[0]))
	return nil
}

// write puts a text into a file.
func write(args []string) error { return os.WriteFile(args[0], []byte(args[1]), 0o600) }

func read(args []string) error {
	text, err := os.ReadFile(args[0])
	fmt.Println(string(text))
	return err
}

// flood writes as many megabytes as it is told.
func flood(args []string) error {
	megabytes, err := strconv.Atoi(args[0])
	line := []byte(strings.Repeat("x", 1023) + "\n")
	for range megabytes << 10 {
		if _, err := os.Stdout.Write(line); err != nil {
			return err
		}
	}
	fmt.Println("flooded")
	time.Sleep(time.Hour)
	return err
}

// memory takes a gigabyte.
func memory([]string) error {
	b := make([]byte, 1<<30)
	for i := range b {
		b[i] = byte(i)
	}
	return nil
}

// train counts to a number in a file, ten times a second, and goes on from what it finds there.
func train(args []string) error {
	most, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(args[0]), 0o700); err != nil {
		return err
	}
	text, _ := os.ReadFile(args[0])
	n, _ := strconv.Atoi(string(text))
	fmt.Println("from", n)
	for ; n < most; n++ {
		if err := os.WriteFile(args[0]+".part", []byte(strconv.Itoa(n+1)), 0o600); err != nil {
			return err
		}
		if err := os.Rename(args[0]+".part", args[0]); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Println("trained", n)
	return nil
}

// task says what it was told, and fails where it was told to.
func task([]string) error {
	say := os.Getenv("SAY")
	fmt.Println("saying", say)
	if say == "fail" {
		return fmt.Errorf("as it was told")
	}
	return os.WriteFile("/out/said", []byte(say+" from "+os.Getenv("AYNI_TASK")+" of "+os.Getenv("AYNI_TASKS")), 0o600)
}

// serve answers each line at a port with its name before it.
func serve(args []string) error {
	listener, err := net.Listen("tcp", ":"+args[0])
	if err != nil {
		return err
	}
	fmt.Println("listening")
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer func() { _ = conn.Close() }()
			_, _ = conn.Write([]byte(args[1] + "\n"))
			_, _ = io.Copy(conn, conn)
		}()
	}
}

// ask prints the first line that an address says.
func ask(args []string) error {
	conn, err := net.DialTimeout("tcp", args[0], 3*time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	b := make([]byte, 100)
	n, err := conn.Read(b)
	fmt.Print(string(b[:n]))
	return err
}

func who([]string) error {
	host, err := os.Hostname()
	fmt.Println(os.Getuid(), os.Getgid(), host)
	return err
}
