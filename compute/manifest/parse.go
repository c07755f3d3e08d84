package manifest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Options change how a file is read. The zero value is strict.
type Options struct {
	// AllowTags takes images that are named by a tag. They must be pinned before the deployment can be encoded.
	AllowTags bool
	// Lookup gives the values of secrets and of ${NAME}; nil knows none.
	Lookup func(name string) (string, bool)
}

// Open reads and checks a file.
func Open(name string, o Options) (*Deployment, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, unreadable(name, err)
	}
	return Parse(name, text, o)
}

func unreadable(name string, err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		err = at.Err // it repeats the name
	}
	return fmt.Errorf("%w: %w", &Error{File: name, Cause: "no deployment can be read there", Advice: "name a file; examples/deploy has some"}, err)
}

// Parse reads and checks the text of a file; name stands in errors.
func Parse(name string, text []byte, o Options) (*Deployment, error) {
	r := &reader{file: name, options: o, anchors: make(map[string]ast.Node), places: make(map[string]cursor)}
	return r.read(text)
}

func (r *reader) read(text []byte) (*Deployment, error) {
	root, ok := r.parse(text)
	if !ok {
		return nil, r.failed()
	}
	d := new(Deployment)
	if slices.ContainsFunc(root.entries(), func(e entry) bool { return e.name == "version" }) {
		(&sdl{reader: r, d: d}).read(root)
	} else {
		(&native{reader: r, d: d}).read(root)
	}
	if err := r.failed(); err != nil { // what follows from such a mistake would only repeat it
		return nil, err
	}
	d.Services = startOrder(d.Services)
	r.explain(d.check(r.options.AllowTags))
	if err := r.failed(); err != nil {
		return nil, err
	}
	return d, nil
}

// startOrder puts services behind those that they depend on, and otherwise leaves their order.
func startOrder(services []Service) []Service {
	ordered := make([]Service, 0, len(services))
	ready := make(map[string]bool)
	for len(ordered) < len(services) {
		before := len(ordered)
		for _, s := range services {
			if !ready[s.Name] && !slices.ContainsFunc(s.DependsOn, func(name string) bool { return !ready[name] }) {
				ordered, ready[s.Name] = append(ordered, s), true
			}
		}
		if len(ordered) == before { // a circle, or a name twice or unknown: the check tells
			for _, s := range services {
				if !slices.ContainsFunc(ordered, func(o Service) bool { return o.Name == s.Name }) {
					ordered = append(ordered, s)
				}
			}
			break
		}
	}
	return ordered
}

// baseName makes a deployment's name from that of its file.
func baseName(file string) string {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	base = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(base, "-"), "-")
	if !nameForm.MatchString(base) {
		return "deployment"
	}
	return base
}
