// Command notices prints the licences and notices of everything that the binary holds, each text once: the modules that it is
// linked with on any platform, the Go distribution, and what is embedded from elsewhere.
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

// platforms are those that a release is built for; a module may be linked on some of them only.
func platforms() []string {
	return []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"}
}

// embedded are files of others in this repository, with their licences.
func embedded() map[string]string {
	return map[string]string{"htmx (web/asset/vendor/htmx.min.js)": "web/asset/vendor/LICENSE.htmx"}
}

// notice is a licence text and the works that carry it.
type notice struct {
	text  string
	works []string
}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	notices := map[[sha256.Size]byte]*notice{}
	modules, err := linked(ctx)
	if err != nil {
		return err
	}
	var bare []string
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		texts, err := legal(modules[name])
		if err != nil {
			return err
		}
		if len(texts) == 0 {
			bare = append(bare, name)
		}
		for _, text := range texts {
			add(notices, name, text)
		}
	}
	if err := addOthers(ctx, notices); err != nil {
		return err
	}
	return write(out, notices, bare)
}

// add files a text under what it says, whatever its line breaks.
func add(notices map[[sha256.Size]byte]*notice, work, text string) {
	key := sha256.Sum256([]byte(strings.Join(strings.Fields(text), " ")))
	if notices[key] == nil {
		notices[key] = &notice{text: strings.TrimSpace(text)}
	}
	if n := notices[key]; !slices.Contains(n.works, work) {
		n.works = append(n.works, work)
	}
}

// addOthers adds what is no module: the standard library, which is also what the starter model was trained on, and embedded files.
func addOthers(ctx context.Context, notices map[[sha256.Size]byte]*notice) error {
	env, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find the go distribution: %w", err)
	}
	files := embedded()
	files["Go (standard library and runtime; corpus of tensor/starter/starter.gguf)"] = filepath.Join(strings.TrimSpace(string(env)), "LICENSE")
	for _, work := range slices.Sorted(maps.Keys(files)) {
		text, err := os.ReadFile(files[work])
		if err != nil {
			return fmt.Errorf("licence of %s: %w", work, err)
		}
		add(notices, work, string(text))
	}
	return nil
}

func write(out io.Writer, notices map[[sha256.Size]byte]*notice, bare []string) error {
	list := slices.SortedFunc(maps.Values(notices), func(a, b *notice) int {
		return strings.Compare(a.works[0]+a.text, b.works[0]+b.text)
	})
	var b strings.Builder
	b.WriteString("Ayni is linked with the following works. Each text is printed once, below the works that carry it.\n")
	if len(bare) > 0 {
		b.WriteString("\nThese modules carry no licence file of their own; their repositories say under what they may be used:\n" +
			strings.Join(bare, "\n") + "\n")
	}
	for _, n := range list {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 100), strings.Join(n.works, "\n"), n.text)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// linked maps each module in the binary, on any platform, with its version, to its folder.
func linked(ctx context.Context) (map[string]string, error) {
	modules := map[string]string{}
	for _, platform := range platforms() {
		if err := linkedOn(ctx, platform, modules); err != nil {
			return nil, fmt.Errorf("%s: %w", platform, err)
		}
	}
	return modules, nil
}

func linkedOn(ctx context.Context, platform string, modules map[string]string) error {
	system, processor, _ := strings.Cut(platform, "/")
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Module", "./cmd/ayni")
	list.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0")
	list.Stderr = os.Stderr
	text, err := list.Output()
	if err != nil {
		return fmt.Errorf("list packages: %w", err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	for {
		var pkg struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
				Replace            *struct{ Path, Version string }
			}
		}
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read package list: %w", err)
		}
		m := pkg.Module
		if m == nil || m.Main {
			continue
		}
		name := m.Path + " " + m.Version
		if m.Replace != nil {
			name += " (as " + m.Replace.Path + " " + m.Replace.Version + ")"
		}
		modules[name] = m.Dir
	}
}

// legal reads the licence and notice files at the root of a module. The go command puts the licence of a repository into each of its
// modules, so that a nested one has it too.
func legal(dir string) ([]string, error) {
	names := regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|unlicense)`)
	code := regexp.MustCompile(`(?i)\.(go|py|sh|js)$`)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	var texts []string
	for _, e := range entries {
		if e.IsDir() || !names.MatchString(e.Name()) || code.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read licence: %w", err)
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}
