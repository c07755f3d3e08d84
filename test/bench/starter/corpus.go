package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// source is one file of the corpus.
type source struct {
	path string // below GOROOT/src, with slashes
	text string // without the copyright notice
}

// corpus is the text that the model was trained on and the text that was held out.
type corpus struct {
	train, held []source
}

// loadCorpus reads every file that the list names from goroot/src and checks its digest.
func loadCorpus(list, goroot string) (corpus, error) {
	b, err := os.ReadFile(list)
	if err != nil {
		return corpus{}, fmt.Errorf("read corpus list: %w (run this from the root of the repository)", err)
	}
	var c corpus
	version := "unknown"
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if v, ok := strings.CutPrefix(line, "# go "); ok {
			version = v
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		field := strings.Fields(line)
		if len(field) != 3 {
			return corpus{}, fmt.Errorf("corpus list %s: line %q has %d fields, want digest, split and path", list, line, len(field))
		}
		s, err := readSource(goroot, field[2], field[0])
		if err != nil {
			return corpus{}, fmt.Errorf("%w (the corpus is GOROOT/src of %s: install it and pass -goroot)", err, version)
		}
		switch field[1] {
		case "train":
			c.train = append(c.train, s)
		case "held":
			c.held = append(c.held, s)
		default:
			return corpus{}, fmt.Errorf("corpus list %s: split %q of %s is neither train nor held", list, field[1], field[2])
		}
	}
	if len(c.train) == 0 || len(c.held) == 0 {
		return corpus{}, fmt.Errorf("corpus list %s has %d training and %d held-out files", list, len(c.train), len(c.held))
	}
	return c, nil
}

func readSource(goroot, path, digest string) (source, error) {
	if !filepath.IsLocal(path) {
		return source{}, fmt.Errorf("corpus file %s is outside GOROOT/src", path)
	}
	b, err := os.ReadFile(filepath.Join(goroot, "src", filepath.FromSlash(path)))
	if err != nil {
		return source{}, fmt.Errorf("read corpus file: %w", err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != digest {
		return source{}, fmt.Errorf("corpus file %s has digest %x, the list says %s", path, sum, digest)
	}
	return source{path, stripNotice(string(b))}, nil
}

// stripNotice removes a leading comment block that holds a copyright notice: it is the same in
// every file and would make all numbers look better than they are.
func stripNotice(s string) string {
	end := 0
	for strings.HasPrefix(s[end:], "//") {
		n := strings.IndexByte(s[end:], '\n')
		if n < 0 {
			break
		}
		end += n + 1
	}
	if strings.Contains(s[:end], "Copyright") {
		return strings.TrimLeft(s[end:], "\n")
	}
	return s
}

// findGoroot asks the go command, as runtime.GOROOT is empty in trimmed binaries.
func findGoroot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find GOROOT: %w (pass -goroot)", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// bytesOf is the number of bytes of the text of all files.
func bytesOf(files []source) int {
	n := 0
	for _, f := range files {
		n += len(f.text)
	}
	return n
}
