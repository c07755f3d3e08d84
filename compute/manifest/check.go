package manifest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Bounds of a deployment, far above what one lease needs.
const (
	maxServices  = 32
	maxReplicas  = 256
	maxArgs      = 512
	maxVariables = 512
	maxText      = 64 << 10 // bytes of one argument or value
	maxExposed   = 64
	maxVolumes   = 8
	maxNamed     = 32 // accounts, or attributes with that of the architecture
	maxModels    = 8
	maxTasks     = 4096
	maxRetries   = 10
	maxSeconds   = 30 * 24 * 3600
	maxMilliCPU  = 4_096_000
	maxBytes     = 1 << 44
	minMemory    = 1 << 20
	maxGPUs      = 1024
)

// fault is a mistake in a deployment: the path of what is wrong, the cause and a hint.
type fault struct{ path, cause, hint string }

// checker gathers faults.
type checker struct {
	faults  []fault
	anyTag  bool // images may be named by a tag
	exposed map[int]string
}

func (c *checker) errorf(path, hint, format string, args ...any) {
	c.faults = append(c.faults, fault{path, fmt.Sprintf(format, args...), hint})
}

// Validate names everything that cannot work. A deployment from Parse or Decode has nothing.
func (d *Deployment) Validate() error {
	c := d.check(false)
	if len(c) == 0 {
		return nil
	}
	list := make(Errors, 0, maxErrors)
	for _, f := range c[:min(len(c), maxErrors)] {
		list = append(list, &Error{Field: f.path, Cause: f.cause, Advice: f.hint})
	}
	return list
}

func (d *Deployment) check(anyTag bool) []fault {
	c := &checker{anyTag: anyTag, exposed: make(map[int]string)}
	c.name("name", d.Name)
	if len(d.Services) == 0 || len(d.Services) > maxServices {
		c.errorf("services", "", "%d services, want 1 to %d", len(d.Services), maxServices)
		return c.faults
	}
	var earlier []string
	for i := range d.Services {
		s := &d.Services[i]
		if slices.Contains(earlier, s.Name) {
			c.errorf("services."+s.Name, "", "two services have this name")
		}
		c.service(d, s, earlier)
		earlier = append(earlier, s.Name)
	}
	c.placement(d.Place)
	c.arch(d)
	c.terms(d)
	c.batch(d)
	return c.faults
}

func (c *checker) terms(d *Deployment) {
	if d.Price == 0 {
		c.errorf("price", "write what all of it may cost, such as 0.25/h: a quarter of a credit for an hour", "missing, or nothing")
	}
	if d.Reclaim > maxSeconds {
		c.errorf("reclaim", "", "%d seconds, at most %d", d.Reclaim, maxSeconds)
	}
	if d.UntilExit && (d.Kind == KindBatch || len(d.Services) != 1 || d.Services[0].Count != 1) {
		c.errorf("until_exit", "", "it is for one service with one replica: here nothing says whose exit counts")
	}
	if d.Salt != "" && !saltForm.MatchString(d.Salt) {
		c.errorf("salt", "", "want 32 hexadecimal digits")
	}
}

// The forms of names. Compiled regular expressions are constants in all but name.
var (
	nameForm     = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)
	variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,127}$`)
	imageForm    = regexp.MustCompile(`^[a-z0-9]([a-z0-9._:-]*[a-z0-9])?(/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$`)
	digestForm   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	keyForm      = regexp.MustCompile(`^[a-z0-9]([a-z0-9./_-]{0,62}[a-z0-9])?$`)
	accountForm  = regexp.MustCompile(`^(0x[0-9a-fA-F]{40}|ayni1[02-9ac-hj-np-z]{38})$`)
	saltForm     = regexp.MustCompile(`^[0-9a-f]{32}$`)
	modelForm    = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)
)

const nameHint = "use lower-case letters, digits and dashes, at most 63, a letter first"

func (c *checker) name(path, name string) {
	if !nameForm.MatchString(name) {
		c.errorf(path, nameHint, "%q is no name", name)
	}
}

func (c *checker) placement(p Placement) {
	if len(p.Attributes) >= maxNamed {
		c.errorf("place.attributes", "", "%d attributes, at most %d", len(p.Attributes), maxNamed-1)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(p.Attributes)) {
		path := "place.attributes." + key
		if !keyForm.MatchString(key) {
			c.errorf(path, "use lower-case letters, digits, dots, dashes and slashes", "%q is no name of an attribute", key)
		}
		if v := p.Attributes[key]; v == "" || len(v) > 64 || strings.ContainsFunc(v, control) {
			c.errorf(path, "", "%q is no value of an attribute", v)
		}
	}
	if len(p.Providers) > 0 && len(p.Excluded) > 0 {
		c.errorf("place.excluded", "leave them out of providers", "only some providers are named, and others are excluded")
	}
	c.accounts("place.providers", p.Providers)
	c.accounts("place.excluded", p.Excluded)
}

func (c *checker) accounts(at string, list []string) {
	if len(list) > maxNamed {
		c.errorf(at, "", "%d accounts, at most %d", len(list), maxNamed)
		return
	}
	for i, account := range list {
		if !accountForm.MatchString(account) {
			c.errorf(fmt.Sprintf("%s[%d]", at, i), "accounts begin with ayni1, or with 0x and have 40 hexadecimal digits: `ayni compute hosts` lists them", "%q is no account", account)
		}
	}
}

// arch holds all services and the placement to one architecture: they run on one machine.
func (c *checker) arch(d *Deployment) {
	arch := d.Place.Attributes[archAttribute]
	for _, s := range d.Services {
		if a := s.Resources.Arch; a != "" && arch != "" && a != arch {
			c.errorf("services."+s.Name+".arch", "write two files", "a deployment runs on one machine, and another part of it needs %s", arch)
		} else if a != "" {
			arch = a
		}
	}
}

func (c *checker) batch(d *Deployment) {
	b := d.Batch
	switch {
	case d.Kind != KindService && d.Kind != KindBatch:
		c.errorf("kind", "", "%q is unknown, want service or batch", d.Kind)
		return
	case (b != nil) != (d.Kind == KindBatch):
		c.errorf("batch", "", "a batch has tasks, a service has none")
		return
	case b == nil:
		return
	case len(d.Services) > 1:
		c.errorf("services."+d.Services[1].Name, "write a file for each program", "a batch runs one service")
	case d.Services[0].Count != 1:
		c.errorf("services."+d.Services[0].Name+".count", "the tasks say how often it runs", "a batch has no replicas")
	}
	if len(b.Tasks) == 0 || len(b.Tasks) > maxTasks {
		c.errorf("batch.tasks", "", "%d tasks, want 1 to %d", len(b.Tasks), maxTasks)
		return
	}
	if b.Retries < 0 || b.Retries > maxRetries {
		c.errorf("batch.retries", "", "%d is out of range, want 0 to %d", b.Retries, maxRetries)
	}
	if b.Timeout > maxSeconds {
		c.errorf("batch.timeout", "", "%d seconds, at most %d", b.Timeout, maxSeconds)
	}
	c.amount("batch.review", b.Review, 1, maxSeconds, "seconds")
	for i, task := range b.Tasks {
		c.variables(fmt.Sprintf("batch.tasks[%d]", i), task)
	}
}

func control(r rune) bool { return r < ' ' || r == 0x7f }
