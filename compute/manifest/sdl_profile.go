package manifest

import "fmt"

// profile is a compute profile: the file's fields, read anew for each service that uses it.
type profile struct {
	cursor
	cpu, memory, gpu object
	storage          []storage
}

// storage is one entry of a profile's storage.
type storage struct {
	object
	name       string
	size       cursor
	class      Class
	persistent bool
}

func (s *sdl) profile(c cursor) profile {
	o := c.object("resources").need("resources", "cpu, memory and storage stand below it").object("cpu", "memory", "storage", "gpu")
	p := profile{cursor: c}
	p.cpu = o.need("cpu", "add `units`").object("units", "attributes")
	p.memory = o.need("memory", "add `size`").object("size")
	p.gpu = o.at("gpu").object("units", "attributes")
	entries := []cursor{o.need("storage", "add `size`")}
	if entries[0].there() && entries[0].isList() {
		entries = entries[0].list()
	}
	names := make(map[string]bool)
	for _, e := range entries {
		one := s.storage(e)
		if names[one.name] {
			e.errorf("give each a `name`", "two entries are named %s", one.name)
		}
		names[one.name] = true
		p.storage = append(p.storage, one)
	}
	return p
}

func (s *sdl) storage(c cursor) storage {
	o := c.object("name", "size", "attributes")
	v := storage{object: o, name: "default", size: o.need("size", "such as 1Gi")}
	if name := o.at("name"); name.there() {
		v.name = name.text()
	}
	a := o.at("attributes").object("persistent", "class")
	v.persistent = a.at("persistent").yes()
	class := a.at("class").oneOf("default", "beta1", "beta2", "beta3", "ram")
	v.class = map[string]Class{"beta1": ClassHDD, "beta2": ClassSSD, "beta3": ClassNVMe, "ram": ClassRAM}[class]
	switch {
	case class == "ram" && v.persistent:
		a.at("persistent").errorf("remove it", "memory keeps nothing")
	case class != "" && class != "ram" && !v.persistent:
		a.at("class").errorf("add `persistent: true`, or remove the class", "scratch space has no class")
	}
	return v
}

// resources are those of one service, whose mounts say where its volumes appear.
func (p profile) resources(at string, mounts cursor) Resources {
	r := Resources{
		MilliCPU: p.cpu.need("units", "such as 0.5 or 500m").as(at + ".cpu").cores(),
		Arch:     p.cpu.at("attributes").object("arch").at("arch").as(at + ".arch").text(),
		Memory:   p.memory.need("size", "such as 512Mi").as(at + ".memory").bytes(),
		GPU:      p.graphics(at + ".gpu"),
	}
	mount := make(map[string]object)
	for _, e := range mounts.as(at + ".volumes").entries() {
		o := e.object("mount", "readOnly", "keyRef")
		o.at("keyRef").refuse("volumes are not encrypted by their provider", "encrypt in the container, with a key from env")
		mount[e.name] = o
	}
	for _, v := range p.storage {
		o, mounted := mount[v.name]
		delete(mount, v.name)
		switch {
		case v.class == ClassRAM || v.persistent:
			r.Volumes = append(r.Volumes, v.volume(at+".volumes."+v.name, o, mounted))
		case mounted && o.at("mount").there():
			o.at("mount").errorf("remove the mount and make the folder in the container, or add `persistent: true`",
				"%s", notOffered+"scratch space is the container's own disk, and no volume")
		default:
			r.Disk += v.size.as(at + ".disk").bytes()
		}
	}
	for name, o := range mount {
		o.errorf("", "the profile has no storage named %s", name)
	}
	return r
}

func (v storage) volume(at string, o object, mounted bool) Volume {
	out := Volume{Name: v.name, Size: v.size.as(at + ".size").bytes(), Class: v.class}
	v.as(at)
	if !mounted || !o.at("mount").there() {
		v.errorf("add it below params.storage of the service, with `mount`", "no folder is given for it")
		return out
	}
	out.Mount = o.at("mount").as(at + ".mount").text()
	out.ReadOnly = o.at("readOnly").as(at + ".read_only").yes()
	return out
}

// graphics reads cards: units, and which models will do.
func (p profile) graphics(at string) *GPU {
	g := &GPU{Count: p.gpu.at("units").as(at + ".count").integer()}
	attributes := p.gpu.at("attributes")
	switch {
	case g.Count == 0 && attributes.there():
		attributes.errorf("add `units: 1`, or remove it", "there are no units")
		return nil
	case g.Count == 0:
		return nil
	case !attributes.there():
		p.gpu.errorf("add `attributes: {vendor: {nvidia: }}`", "no vendor is given")
		return nil
	}
	p.gpu.as(at)
	a := attributes.object("vendor", "interconnect")
	a.at("interconnect").refuse("a lease is one machine", "ask for more units")
	for _, vendor := range a.need("vendor", "nvidia or amd").object("nvidia", "amd").ordered("nvidia", "amd") {
		if g.Vendor != "" {
			vendor.errorf("keep one", "%s", notOffered+"cards of two vendors in one service")
			continue
		}
		g.Vendor = vendor.name
		for i, c := range vendor.list() {
			at := fmt.Sprintf("%s.models[%d]", at, i)
			o := c.object("model", "ram", "interface")
			g.Models = append(g.Models, GPUModel{
				Name: o.at("model").as(at + ".name").text(), Memory: o.at("ram").as(at + ".memory").bytes(),
				Interface: o.at("interface").as(at+".interface").oneOf("pcie", "sxm"),
			})
		}
	}
	if g.Vendor == "" {
		a.at("vendor").as(at+".vendor").errorf("nvidia or amd", "no vendor is given")
	}
	return g
}
