package manifest

import (
	"fmt"
	"maps"
	"math/big"
	"strconv"
	"strings"
)

// volume is fields, or SIZE:MOUNT.
func volume(at string, e entry) Volume {
	v := Volume{Name: e.name}
	c := e.as(at)
	if c.scalar() != nil {
		c.as(at + ".size").as(at + ".mount")
		size, mount, ok := strings.Cut(c.text(), ":")
		if !ok {
			c.errorf("such as 20Gi:/data", "%q is not SIZE:MOUNT", c.text())
			return v
		}
		v.Size, v.Mount = c.with(size).bytes(), mount
		return v
	}
	o := c.object("size", "class", "mount", "read_only")
	v.Size = o.need("size", "such as 20Gi").as(at + ".size").bytes()
	v.Class = Class(o.at("class").as(at + ".class").text())
	v.Mount = o.at("mount").as(at + ".mount").text()
	v.ReadOnly = o.at("read_only").as(at + ".read_only").yes()
	return v
}

// gpu is a number of cards, or fields.
func (n *native) gpu(at string, c cursor) *GPU {
	if !c.there() {
		return nil
	}
	c = c.as(at)
	g := &GPU{Count: 1, Vendor: "nvidia"}
	if c.scalar() != nil {
		c.as(at + ".count")
		if g.Count = c.integer(); g.Count == 0 {
			return nil
		}
		return g
	}
	o := c.object("count", "vendor", "model", "memory", "interface")
	if v := o.at("count").as(at + ".count"); v.there() {
		g.Count = v.integer()
	}
	if v := o.at("vendor").as(at + ".vendor"); v.there() {
		g.Vendor = v.text()
	}
	names := o.at("model")
	models := []cursor{names}
	if names.there() && names.isList() {
		models = names.list()
	}
	for i, m := range models {
		at := fmt.Sprintf("%s.models[%d]", at, i)
		one := GPUModel{
			Name: m.as(at + ".name").text(), Memory: o.at("memory").as(at + ".memory").bytes(), Interface: o.at("interface").as(at + ".interface").text(),
		}
		if one != (GPUModel{}) {
			g.Models = append(g.Models, one)
		}
	}
	return g
}

// expose is a port, "AS:PORT", or fields.
func (n *native) expose(at string, c cursor) Expose {
	c = c.as(at)
	if c.scalar() != nil {
		c.as(at + ".port").as(at + ".as")
		as, port, two := strings.Cut(c.text(), ":")
		if !two {
			port = as
		}
		e := Expose{Port: c.with(port).count(), As: c.with(as).count(), Global: true}
		return e
	}
	o := c.object("port", "as", "to")
	e := Expose{Port: o.need("port", "such as 8080").as(at + ".port").count()}
	e.As = e.Port
	if as := o.at("as").as(at + ".as"); as.there() {
		e.As = as.count()
	}
	e.To = o.at("to").placed(at + ".to")
	e.Global = len(e.To) == 0
	return e
}

// batch reads an array of tasks: a number, variables with their values of which every combination is a task, or a list of variables.
func (n *native) batch(o object) {
	n.d.Kind = KindService
	tasks := o.at("tasks").as("batch").as("batch.tasks")
	if !tasks.there() {
		for _, name := range []string{"retries", "timeout", "review"} {
			if c := o.at(name); c.there() {
				c.errorf("add `tasks: 1`", "only a batch has it")
			}
		}
		return
	}
	b := &Batch{Retries: o.at("retries").as("batch.retries").count(), Timeout: o.at("timeout").as("batch.timeout").seconds("smhd")}
	b.Review = 24 * 3600
	if review := o.at("review").as("batch.review"); review.there() {
		b.Review = review.seconds("smhd")
	}
	n.d.Kind, n.d.Batch = KindBatch, b
	switch {
	case tasks.scalar() != nil:
		count := tasks.count()
		if count < 1 || count > maxTasks {
			tasks.errorf("", "%d tasks, want 1 to %d", count, maxTasks)
			return
		}
		b.Tasks = make([]Task, count)
		for i := range b.Tasks {
			b.Tasks[i] = Task{}
		}
	case tasks.isList():
		for i, c := range tasks.list() {
			b.Tasks = append(b.Tasks, Task(n.variables(fmt.Sprintf("batch.tasks[%d]", i), c)))
		}
	default:
		b.Tasks = matrix(tasks)
	}
}

// matrix is every combination of the values of some variables, the last variable first to change.
func matrix(c cursor) []Task {
	tasks := []Task{{}}
	for _, e := range c.entries() {
		values := e.texts()
		if len(values) == 0 || len(values)*len(tasks) > maxTasks {
			e.errorf("", "the values make %d tasks, want 1 to %d", len(values)*len(tasks), maxTasks)
			return nil
		}
		more := make([]Task, 0, len(tasks)*len(values))
		for _, t := range tasks {
			for _, v := range values {
				one := maps.Clone(t)
				one[e.name] = v
				more = append(more, one)
			}
		}
		tasks = more
	}
	return tasks
}

// checkpoint is a folder, or fields.
func (n *native) checkpoint(at string, c cursor, volumes []Volume) *Checkpoint {
	if !c.there() {
		return nil
	}
	k := &Checkpoint{Every: 60}
	if c.scalar() != nil {
		k.Folder = c.as(at).as(at + ".folder").text()
	} else {
		o := c.as(at).object("folder", "every", "size")
		k.Folder = o.need("folder", "such as /data/checkpoints").as(at + ".folder").text()
		if every := o.at("every").as(at + ".every"); every.there() {
			k.Every = every.seconds("smhd")
		}
		k.MaxBytes = o.at("size").as(at + ".max_bytes").bytes()
	}
	if k.MaxBytes == 0 {
		k.MaxBytes = 1 << 30
		if v := k.volume(volumes); v != nil {
			k.MaxBytes = v.Size
		}
	}
	return k
}

// rate is credits for a time, in acredit per second, rounded down: 0.25/h. That of a batch is for a task.
func (c cursor) rate(kind Kind) uint64 {
	hint := "such as 0.25/h: a quarter of a credit for an hour"
	if kind == KindBatch {
		hint = "such as 0.10/task: a tenth of a credit for each result"
	}
	if c.scalar() == nil {
		if c.there() {
			c.errorf(hint, "want credits for a time")
		}
		return 0
	}
	amount, per, _ := strings.Cut(c.text(), "/")
	units := map[string]int64{"s": 1, "m": 60, "h": 3600, "d": 86400}
	if kind == KindBatch {
		units = map[string]int64{"task": 1}
	}
	seconds := units[strings.TrimSpace(per)]
	number, unit, ok := c.with(amount).decimal(hint)
	switch {
	case !ok:
		return 0
	case seconds == 0 || unit != "":
		c.errorf(hint, "%q is no price here", c.text())
		return 0
	}
	return c.perSecond(number.Mul(number, big.NewRat(1, seconds)), 18)
}

// perSecond is an amount with so many decimal places as acredit, rounded down: a ceiling is never passed.
func (c cursor) perSecond(amount *big.Rat, decimals int64) uint64 {
	n, fits := whole(amount, new(big.Int).Exp(big.NewInt(10), big.NewInt(decimals), nil), false)
	if !fits {
		c.errorf("", "it is more than 9 credits for a second or a task")
		return 0
	}
	return n
}

// assignments is a list of NAME=VALUE.
func (c cursor) assignments(at string) map[string]string {
	env := make(map[string]string)
	for _, v := range c.list() {
		name, value, ok := strings.Cut(v.text(), "=")
		switch _, twice := env[name]; {
		case v.scalar() == nil:
			v.errorf("", "want NAME=VALUE")
		case !ok:
			v.errorf("write NAME=VALUE, or NAME= for an empty value", "%s has no value", strconv.Quote(name))
		case twice:
			v.errorf("", "%s stands here twice", name)
		}
		env[name] = value
		v.as(at + "." + name)
	}
	return env
}
