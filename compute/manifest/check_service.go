package manifest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// service checks one of them; earlier are the names before it.
func (c *checker) service(d *Deployment, s *Service, earlier []string) {
	at := "services." + s.Name
	c.name(at, s.Name)
	c.image(at+".image", s.Image)
	c.texts(at+".command", s.Command)
	c.texts(at+".args", s.Args)
	c.variables(at+".env", s.Env)
	c.secrets(at, s)
	if s.Count < 1 || s.Count > maxReplicas {
		c.errorf(at+".count", "", "%d is out of range, want 1 to %d", s.Count, maxReplicas)
	}
	c.resources(at, s.Resources)
	c.exposes(d, s)
	for i, name := range s.DependsOn {
		where := fmt.Sprintf("%s.depends_on[%d]", at, i)
		switch {
		case slices.Contains(earlier, name):
		case name != s.Name && d.has(name):
			c.errorf(where, "", "%s depends on %s in turn, or stands before it", name, s.Name)
		default:
			c.errorf(where, "", "there is no other service %q", name)
		}
	}
	c.checkpoint(at+".checkpoint", s)
}

func (d *Deployment) has(service string) bool {
	return slices.ContainsFunc(d.Services, func(s Service) bool { return s.Name == service })
}

const digestHint = "`crane digest IMAGE` or `docker buildx imagetools inspect IMAGE` tells it: write IMAGE@sha256:..."

func (c *checker) image(at, image string) {
	name, digest, pinned := strings.Cut(image, "@")
	switch {
	case image == "":
		c.errorf(at, "such as registry.example/web@sha256:...", "missing")
	case len(image) > 512 || !imageForm.MatchString(name):
		c.errorf(at, "such as registry.example/web@sha256:...", "%q is no name of an image", image)
	case pinned && !digestForm.MatchString(digest):
		c.errorf(at, "sha256: and 64 hexadecimal digits", "%q is no digest", digest)
	case !pinned && !c.anyTag:
		c.errorf(at, digestHint, "%s names no digest, and what a tag means can change", image)
	}
}

func (c *checker) texts(at string, list []string) {
	if len(list) > maxArgs {
		c.errorf(at, "", "%d arguments, at most %d", len(list), maxArgs)
		return
	}
	for i, text := range list {
		if len(text) > maxText || strings.ContainsRune(text, 0) {
			c.errorf(fmt.Sprintf("%s[%d]", at, i), "pass long text in a volume", "it is longer than %d bytes or holds a zero byte", maxText)
		}
	}
}

func (c *checker) variables(at string, env map[string]string) {
	if len(env) > maxVariables {
		c.errorf(at, "", "%d variables, at most %d", len(env), maxVariables)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		c.variable(at, name, env[name])
	}
}

func (c *checker) variable(at, name, value string) {
	if !variableForm.MatchString(name) {
		c.errorf(at+"."+name, "use letters, digits and _, no digit first", "%q is no name of a variable", name)
	}
	if len(value) > maxText || strings.ContainsRune(value, 0) {
		c.errorf(at+"."+name, "", "its value is longer than %d bytes or holds a zero byte", maxText)
	}
}

func (c *checker) secrets(at string, s *Service) {
	for _, name := range slices.Sorted(maps.Keys(s.Secrets)) {
		c.variable(at+".secrets", name, string(s.Secrets[name]))
		if _, twice := s.Env[name]; twice {
			c.errorf(at+".secrets."+name, "remove it from one of the two", "%s stands in env too", name)
		}
	}
	if len(s.Secrets) > maxVariables {
		c.errorf(at+".secrets", "", "%d secrets, at most %d", len(s.Secrets), maxVariables)
	}
	r := s.Registry
	if r == nil {
		return
	}
	for _, f := range []struct {
		name, value string
		optional    bool
	}{{"host", r.Host, false}, {"username", r.Username, false}, {"password", string(r.Password), false}, {"email", r.Email, true}} {
		if strings.TrimSpace(f.value) == "" && !f.optional {
			c.errorf(at+".registry."+f.name, "", "missing")
		} else if len(f.value) > 4096 || strings.ContainsFunc(f.value, control) {
			c.errorf(at+".registry."+f.name, "", "it is longer than 4096 bytes or holds a control character")
		}
	}
}

func (c *checker) exposes(d *Deployment, s *Service) {
	at := "services." + s.Name + ".expose"
	if len(s.Expose) > maxExposed {
		c.errorf(at, "", "%d ports, at most %d", len(s.Expose), maxExposed)
		return
	}
	inside := make(map[int]bool)
	for i, e := range s.Expose {
		at := fmt.Sprintf("%s[%d]", at, i)
		c.amount(at+".port", uint64(max(e.Port, 0)), 1, 65535, "as a port")
		c.amount(at+".as", uint64(max(e.As, 0)), 1, 65535, "as a port")
		if owner, taken := c.exposed[e.As]; e.Global && taken {
			c.errorf(at+".as", "give one of the two another port with `as`", "port %d of the lease is that of %s already", e.As, owner)
		} else if e.Global {
			c.exposed[e.As] = s.Name
		}
		if inside[e.As] {
			c.errorf(at+".as", "", "%s has port %d already", s.Name, e.As)
		}
		inside[e.As] = true
		for j, name := range e.To {
			if !d.has(name) {
				c.errorf(fmt.Sprintf("%s.to[%d]", at, j), "", "there is no service %q", name)
			}
		}
	}
}

// checkpoint must outlive the replica.
func (c *checker) checkpoint(at string, s *Service) {
	k := s.Checkpoint
	if k == nil {
		return
	}
	c.amount(at+".every", k.Every, 1, maxSeconds, "seconds")
	c.amount(at+".max_bytes", k.MaxBytes, 1, maxBytes, "bytes")
	if path.Clean(k.Folder) != k.Folder {
		c.errorf(at+".folder", "such as /data/checkpoints", "%q is no plain path", k.Folder)
		return
	}
	if s.Count > 1 {
		c.errorf(at, "", "replicas would overwrite each other's")
	}
	if k.volume(s.Resources.Volumes) == nil {
		c.errorf(at+".folder", "add a volume that is mounted above it", "%s lies in no volume that outlives the container and can be written", k.Folder)
	}
}

// volume is the one that the folder lies in.
func (k *Checkpoint) volume(volumes []Volume) *Volume {
	for i, v := range volumes {
		if v.Class != ClassRAM && !v.ReadOnly && (k.Folder == v.Mount || strings.HasPrefix(k.Folder, v.Mount+"/")) {
			return &volumes[i]
		}
	}
	return nil
}
