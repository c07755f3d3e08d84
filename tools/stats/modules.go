package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
)

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Module     *struct {
		Path, Version string
		Main          bool
	}
}

// dependencies counts from what is linked, not from go.mod, which also names what only tests and generators need.
func dependencies(ctx context.Context) (stats, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=ImportPath,Imports,Module", target)
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	list.Stderr = os.Stderr
	out, err := list.StdoutPipe()
	if err != nil {
		return stats{}, fmt.Errorf("list packages: %w", err)
	}
	if err := list.Start(); err != nil {
		return stats{}, fmt.Errorf("list packages: %w", err)
	}
	packages, err := decode(out)
	if err := errors.Join(err, list.Wait()); err != nil {
		return stats{}, fmt.Errorf("list packages: %w", err)
	}
	return count(packages), nil
}

func decode(r io.Reader) ([]pkg, error) {
	var packages []pkg
	for decoder := json.NewDecoder(r); ; {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read package list: %w", err)
		}
		packages = append(packages, p)
	}
}

func count(packages []pkg) stats {
	module := map[string]string{} // of a package of somebody else
	linked := map[string]bool{}
	for _, p := range packages {
		if p.Module != nil && !p.Module.Main {
			module[p.ImportPath] = p.Module.Path + " " + p.Module.Version
			linked[p.Module.Path] = true
		}
	}
	direct := map[string]bool{}
	for _, p := range packages {
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, imported := range p.Imports {
			if m := module[imported]; m != "" {
				direct[m] = true
			}
		}
	}
	return stats{Direct: slices.Sorted(maps.Keys(direct)), Linked: len(linked), Packages: len(packages)}
}
