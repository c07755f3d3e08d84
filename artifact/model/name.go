package model

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Defaults that a name is read with, as Ollama's clients do.
const (
	DefaultHost      = "registry.ollama.ai"
	DefaultNamespace = "library"
	DefaultTag       = "latest"
)

// Bounds of a name.
const (
	maxHost = 350
	maxPart = 80
)

// ErrName says that a text is no name of a model.
var ErrName = errors.New("no name of a model")

// Name is what a model is called: [HOST/][NAMESPACE/]MODEL[:TAG]. Host and namespace are empty where they are Ollama's own.
type Name struct {
	Host      string // with its port, lower case
	Namespace string
	Model     string
	Tag       string
}

// ParseName reads a name; without a tag, "latest" is meant.
func ParseName(text string) (Name, error) {
	n := Name{Tag: DefaultTag}
	parts := strings.Split(text, "/")
	if len(parts) > 1 && hostLike(parts[0]) {
		n.Host, parts = strings.ToLower(parts[0]), parts[1:]
	}
	bad := false
	if len(parts) == 2 {
		bad = !part(parts[0])
		n.Namespace, parts = parts[0], parts[1:]
	}
	n.Model = parts[0]
	if model, tag, found := strings.Cut(n.Model, ":"); found {
		n.Model, n.Tag = model, tag
	}
	if bad || len(parts) != 1 || !part(n.Model) || !part(n.Tag) || n.Host != "" && !host(n.Host) {
		return Name{}, fmt.Errorf("%.200q is %w: want [HOST/][NAMESPACE/]MODEL[:TAG] of letters, digits, '.', '_' and '-'", text, ErrName)
	}
	if n.Host == DefaultHost {
		n.Host = ""
	}
	if n.Host == "" && n.Namespace == DefaultNamespace {
		n.Namespace = ""
	}
	return n, nil
}

// String is the shortest text that ParseName reads as this name, but with its tag.
func (n Name) String() string {
	text := n.Model + ":" + n.Tag
	if n.Namespace != "" {
		text = n.Namespace + "/" + text
	}
	if n.Host != "" {
		text = n.Host + "/" + text
	}
	return text
}

// Registry is where the name is pulled from: host, and the path of the repository there.
func (n Name) Registry() (host, repository string) {
	host, namespace := n.Host, n.Namespace
	if host == "" {
		host = DefaultHost
	}
	if namespace == "" {
		namespace = DefaultNamespace
	}
	return host, namespace + "/" + n.Model
}

// absent stands for an empty host or namespace in a path; no name can spell it.
const absent = "_"

// path is the manifest's file under the folder of manifests.
func (n Name) path() string {
	parts := []string{n.Host, n.Namespace, n.Model, n.Tag}
	for i, p := range parts[:2] {
		if p == "" {
			parts[i] = absent
		}
	}
	return filepath.Join(parts...)
}

// nameAt is the name whose path this is.
func nameAt(path string) (Name, error) {
	parts := strings.Split(filepath.ToSlash(path), "/")
	if len(parts) != 4 {
		return Name{}, fmt.Errorf("%q is %w", path, ErrName)
	}
	text := parts[2] + ":" + parts[3]
	for i := 1; i >= 0; i-- {
		if parts[i] != absent {
			text = parts[i] + "/" + text
		}
	}
	n, err := ParseName(text)
	if err == nil && n.path() != filepath.FromSlash(path) {
		err = fmt.Errorf("%q is %w", path, ErrName)
	}
	return n, err
}

// hostLike tells a host from a namespace, as Docker does.
func hostLike(s string) bool { return s == "localhost" || strings.ContainsAny(s, ".:") }

func host(s string) bool {
	return len(s) <= maxHost && !strings.Contains(s, "..") && s[0] != '.' && s[0] != ':' &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.:-[]_") == ""
}

// part is a namespace, a model or a tag. It begins with a letter or digit, so that it is no "..", no flag and no hidden file.
func part(s string) bool {
	const alnum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	return s != "" && len(s) <= maxPart && strings.IndexByte(alnum, s[0]) >= 0 && strings.Trim(s, alnum+"._-") == ""
}
