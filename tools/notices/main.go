// Command notices prints the licences and notices of every module that the binary holds, each text once.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

type pkg struct {
	Module *struct {
		Path, Version, Dir string
		Main               bool
	}
}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	modules, err := linked(ctx)
	if err != nil {
		return err
	}
	texts, users := map[[32]byte]string{}, map[[32]byte][]string{}
	var bare []string
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		files, err := legal(modules[name])
		if err != nil {
			return err
		}
		if len(files) == 0 {
			bare = append(bare, name)
		}
		for _, text := range files {
			key := sha256.Sum256([]byte(strings.Join(strings.Fields(text), " ")))
			texts[key] = text
			users[key] = append(users[key], name)
		}
	}
	if len(bare) > 0 {
		return fmt.Errorf("no licence file in: %s", strings.Join(bare, ", "))
	}
	keys := slices.SortedFunc(maps.Keys(texts), func(a, b [32]byte) int { return strings.Compare(users[a][0]+texts[a], users[b][0]+texts[b]) })
	fmt.Fprintln(out, "Ayni is linked with the following works. Each text is printed once, below the modules that carry it.")
	for _, key := range keys {
		fmt.Fprintf(out, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 100), strings.Join(slices.Compact(users[key]), "\n"), strings.TrimSpace(texts[key]))
	}
	return nil
}

// linked maps each module in the binary, with its version, to its folder.
func linked(ctx context.Context) (map[string]string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Module", "./cmd/ayni")
	list.Stderr = os.Stderr
	text, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	modules := map[string]string{}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	for {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return modules, nil
		} else if err != nil {
			return nil, fmt.Errorf("read package list: %w", err)
		}
		if p.Module != nil && !p.Module.Main {
			modules[p.Module.Path+" "+p.Module.Version] = p.Module.Dir
		}
	}
}

// legal reads the licence and notice files of a module, of its parent folder when a nested module carries none.
func legal(dir string) ([]string, error) {
	names := regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)`)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, e := range entries {
		if e.IsDir() || !names.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}
