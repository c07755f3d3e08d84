// Command fuzzall runs every fuzz target of the module for a while, one after the other.
package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	each := flag.String("time", "10s", "time for each target")
	flag.Parse()
	targets, err := find(".")
	if err == nil {
		err = run(context.Background(), targets, *each)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzzall:", err)
		os.Exit(1)
	}
	fmt.Printf("%d passed, 0 failed\n", len(targets))
}

type target struct{ dir, name string }

func find(root string) ([]target, error) {
	pattern := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	var targets []target
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range pattern.FindAllSubmatch(text, -1) {
			targets = append(targets, target{"./" + filepath.Dir(name), string(m[1])})
		}
		return nil
	})
	return targets, err
}

func run(ctx context.Context, targets []target, each string) error {
	for _, t := range targets {
		fmt.Println(t.dir, t.name)
		// Making an input of some kilobytes smaller would take all of the time.
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", each, "-fuzzminimizetime", "20x", t.dir)
		if output, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s %s: %w\n%s", t.dir, t.name, err, output)
		}
	}
	return nil
}
