// Command attack is what the conformance suite of sandboxes runs: programs that behave, and programs that do not. It is built
// for each driver's machine. An attack that gets what it wants exits with 0, one that is refused with 9.
package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"
)

const refused = 9

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "attack NAME [ARGUMENT...]")
		os.Exit(64)
	}
	name, args := os.Args[1], os.Args[2:]
	programs := map[string]func([]string) error{
		"exit": exit, "echo": echo, "show": show, "copy": duplicate, "chance": chance, "hang": hang,
		"spin": spin, "memory": memory, "deep": func([]string) error { fmt.Println(deep(0)); return nil },
		"flood": flood, "fill": fill, "entries": entries, "descriptors": descriptors, "hole": hole, "scatter": scatter, "sparse": sparse,
		"steal": steal, "deface": deface, "dial": dial, "listen": listen, "links": links,
	}
	maps.Copy(programs, native())
	program, ok := programs[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "no program", name)
		os.Exit(64)
	}
	if err := program(args); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(refused)
	}
}

// number is the first argument.
func number(args []string) int {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		panic(err)
	}
	return n
}

func exit(args []string) error {
	os.Exit(number(args))
	return nil
}

func echo([]string) error {
	_, err := io.Copy(os.Stdout, os.Stdin)
	return err
}

func show(args []string) error {
	fmt.Println(args)
	fmt.Println(os.Environ())
	fmt.Fprintln(os.Stderr, "to stderr")
	return nil
}

// duplicate copies an input to /out, by way of /tmp.
func duplicate([]string) error {
	names, err := os.ReadDir("/in")
	if err != nil || len(names) != 1 || names[0].Name() != "data" {
		return fmt.Errorf("/in holds %v, %w", names, err)
	}
	data, err := os.ReadFile("/in/data")
	if err != nil {
		return err
	}
	if err := os.WriteFile("/tmp/half", data, 0o600); err != nil {
		return err
	}
	if data, err = os.ReadFile("/tmp/half"); err != nil {
		return err
	}
	if err := os.MkdirAll("/out/a/b", 0o700); err != nil {
		return err
	}
	if err := os.WriteFile("/out/a/b/first", data, 0o600); err != nil {
		return err
	}
	return os.Rename("/out/a/b/first", "/out/a/data")
}

// chance prints what must come from a seed and a clock of the sandbox's own where a driver is deterministic.
func chance([]string) error {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return err
	}
	var order strings.Builder
	for k := range map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true} {
		order.WriteString(strconv.Itoa(k))
	}
	time.Sleep(time.Millisecond)
	_, err := fmt.Printf("%x %s %d\n", b, order.String(), time.Now().UnixNano())
	return err
}

func hang([]string) error {
	fmt.Println("ready")
	time.Sleep(time.Hour)
	for {
		time.Sleep(time.Second)
	}
}

func spin([]string) error {
	for n := uint64(1); ; n = n*6364136223846793005 + 1 {
		if n == 0 {
			return nil
		}
	}
}

func memory(args []string) error {
	all := make([][]byte, 0, number(args))
	for range number(args) {
		all = append(all, bytes.Repeat([]byte{1}, 1<<20))
	}
	fmt.Println(len(all))
	return nil
}

//go:noinline
func deep(n int) int {
	if n < 0 {
		return n
	}
	return deep(n+1) + 1
}

func flood([]string) error {
	line := bytes.Repeat([]byte("x"), 4096)
	for range 1 << 14 {
		if _, err := os.Stdout.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// fill writes 256 MiB.
func fill(args []string) error {
	f, err := os.Create(args[0])
	if err != nil {
		return err
	}
	block := bytes.Repeat([]byte{1}, 1<<16)
	for range 4096 {
		if _, err := f.Write(block); err != nil {
			return err
		}
	}
	return f.Close()
}

// sparse makes a file that is large only for who copies it.
func sparse([]string) error {
	f, err := os.Create("/out/sparse")
	if err != nil {
		return err
	}
	return f.Truncate(1 << 36)
}

// scatter writes 256 MiB as 64 files in two places.
func scatter([]string) error {
	block := bytes.Repeat([]byte{1}, 4<<20)
	for i := range 64 {
		if err := os.WriteFile([]string{"/out/", "/tmp/"}[i%2]+strconv.Itoa(i), block, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func entries([]string) error {
	for i := range 100_000 {
		f, err := os.Create("/out/" + strconv.Itoa(i))
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

func descriptors([]string) error {
	kept := make([]*os.File, 0, 10_000)
	for range cap(kept) {
		f, err := os.Open("/in/data")
		if err != nil {
			return err
		}
		kept = append(kept, f)
	}
	return nil
}

// hole makes a large file of nothing and then fills it.
func hole([]string) error {
	f, err := os.Create("/out/hole")
	if err != nil {
		return err
	}
	if err := f.Truncate(1 << 40); err != nil {
		return err
	}
	if _, err := f.WriteAt(bytes.Repeat([]byte{1}, 256<<20), 0); err != nil {
		return err
	}
	return nil
}
