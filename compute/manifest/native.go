package manifest

import (
	"fmt"
	"regexp"
	"strings"
)

// native reads our own format. Fields of a service stand at the top when there is only one.
type native struct {
	*reader
	d *Deployment
}

// wholeFields are those of a deployment, serviceFields those of a service, which stand at the top when there is only one.
func wholeFields() []string {
	return []string{
		"name", "price", "standing", "until_exit", "reclaim", "require", "providers", "exclude", "flops", "flops_core",
		"tasks", "retries", "timeout", "review", "services",
	}
}

func serviceFields() []string {
	return []string{
		"image", "command", "args", "env", "secrets", "registry", "cpu", "arch", "memory", "disk", "volumes", "gpu", "replicas", "expose", "depends_on", "checkpoint",
	}
}

func (n *native) read(root cursor) {
	root = root.as("").as("services")
	o := root.object(append(serviceFields(), wholeFields()...)...)
	n.d.Name = o.at("name").as("name").text()
	if !o.at("name").there() {
		n.d.Name = baseName(n.file)
	}
	n.d.Standing = o.at("standing").yes()
	n.d.UntilExit = o.at("until_exit").as("until_exit").yes()
	n.d.Reclaim = o.at("reclaim").as("reclaim").seconds("smhd")
	n.place(o)
	if services := o.at("services"); services.there() {
		for _, name := range serviceFields() {
			if c := o.at(name); c.there() {
				c.errorf("move it into one of the services", "stands beside services")
			}
		}
		for _, e := range services.as("services").entries() {
			n.service(e.name, e.as("services."+e.name).object(serviceFields()...))
		}
	} else {
		at := o
		at.cursor = at.as("services.main")
		n.service("main", at)
	}
	n.batch(o)
	n.d.Price = o.at("price").as("price").rate(n.d.Kind)
}

func (n *native) place(o object) {
	p := &n.d.Place
	for _, e := range o.at("require").entries() {
		if p.Attributes == nil {
			p.Attributes = make(map[string]string)
		}
		p.Attributes[e.name] = e.as("place.attributes." + e.name).text()
	}
	p.Providers = o.at("providers").as("place.providers").placed("place.providers")
	p.Excluded = o.at("exclude").as("place.excluded").placed("place.excluded")
	p.FlopsAll, p.FlopsCore = o.at("flops").bytes(), o.at("flops_core").bytes()
}

func (n *native) service(name string, o object) {
	at := "services." + name
	s := Service{Name: name, Count: 1, Image: n.expand(o.need("image", "such as registry.example/web@sha256:...").as(at + ".image"))}
	s.Command = o.at("command").as(at + ".command").command()
	s.Args = o.at("args").as(at + ".args").texts()
	s.Env = n.variables(at+".env", o.at("env"))
	n.secrets(at, &s, o)
	s.Resources = Resources{
		MilliCPU: o.need("cpu", "such as 2, 0.5 or 500m").as(at + ".cpu").cores(),
		Arch:     o.at("arch").as(at + ".arch").text(),
		Memory:   o.need("memory", "such as 512Mi or 4Gi").as(at + ".memory").bytes(),
		Disk:     o.at("disk").as(at + ".disk").bytes(),
		GPU:      n.gpu(at+".gpu", o.at("gpu")),
	}
	if !o.at("disk").there() {
		s.Resources.Disk = 1 << 30
	}
	for _, e := range o.at("volumes").as(at + ".volumes").entries() {
		s.Resources.Volumes = append(s.Resources.Volumes, volume(at+".volumes."+e.name, e))
	}
	if c := o.at("replicas").as(at + ".count"); c.there() {
		s.Count = c.count()
	}
	for i, c := range o.at("expose").as(at + ".expose").list() {
		s.Expose = append(s.Expose, n.expose(fmt.Sprintf("%s.expose[%d]", at, i), c))
	}
	s.DependsOn = o.at("depends_on").placed(at + ".depends_on")
	s.Checkpoint = n.checkpoint(at+".checkpoint", o.at("checkpoint"), s.Resources.Volumes)
	n.d.Services = append(n.d.Services, s)
}

// command is a list, or a line for the image's shell.
func (c cursor) command() []string {
	if c.scalar() != nil {
		return []string{"/bin/sh", "-c", c.text()}
	}
	return c.texts()
}

// variables are fields, or a list of NAME=VALUE.
func (n *native) variables(at string, c cursor) map[string]string {
	if c.there() && c.isList() {
		return c.as(at).assignments(at)
	}
	env := make(map[string]string)
	for _, e := range c.as(at).entries() {
		env[e.name] = e.as(at + "." + e.name).text()
	}
	return env
}

// secrets takes the values of secret variables from the environment of whoever deploys.
func (n *native) secrets(at string, s *Service, o object) {
	for _, c := range o.at("secrets").list() {
		name := c.as(at + ".secrets." + c.text()).text()
		if s.Secrets == nil {
			s.Secrets = make(map[string]Secret)
		}
		s.Secrets[name] = Secret(n.lookup(c, name))
	}
	c := o.at("registry")
	if !c.there() {
		return
	}
	at += ".registry"
	r := c.as(at).object("host", "username", "password", "email")
	host, _, _ := strings.Cut(s.Image, "/")
	if h := r.at("host").as(at + ".host"); h.there() {
		host = h.text()
	}
	s.Registry = &Registry{
		Host: host, Username: n.expand(r.need("username", "").as(at + ".username")),
		Password: Secret(n.expand(r.need("password", "${NAME} takes it from the environment").as(at + ".password"))), Email: r.at("email").as(at + ".email").text(),
	}
}

func (n *native) lookup(c cursor, name string) string {
	if n.options.Lookup != nil {
		if value, ok := n.options.Lookup(name); ok {
			return value
		}
	}
	c.errorf(name+"=... before the command sets it", "the environment variable %s is not set", name)
	return ""
}

// expand puts environment variables in place of ${NAME}.
func (n *native) expand(c cursor) string {
	return regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`).ReplaceAllStringFunc(c.text(), func(ref string) string {
		return n.lookup(c, ref[2:len(ref)-1])
	})
}
