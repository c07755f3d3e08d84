package manifest

import (
	"math/big"
)

// sdl reads Akash's Stack Definition Language. Its parts refer to each other by name: profiles first, then what is deployed.
type sdl struct {
	*reader
	d          *Deployment
	compute    map[string]profile
	services   map[string]object
	placements map[string]cursor
	pricing    map[string]object // of the one placement, by compute profile
	used       map[string]bool   // profiles and placements that a service names
}

// notOffered begins the reason of what SDL has and a lease here has not.
const notOffered = "not offered here: "

func (s *sdl) read(root cursor) {
	o := root.object("version", "include", "services", "profiles", "deployment", "endpoints", "reclamation")
	if v := o.at("version").text(); v != "2.0" && v != "2.1" {
		o.at("version").errorf("SDL 2.0 and 2.1 are read; our own format has no version", "%q is unknown", v)
		return
	}
	s.d.Name, s.d.Kind = baseName(s.file), KindService
	o.at("include").refuse("files are read alone", "put everything into one file")
	o.at("endpoints").refuse("a lease has no address of its own", "expose ports with `global: true`: they are reached at the provider's address")
	if c := o.at("reclamation"); c.there() {
		s.d.Reclaim = c.object("min_window").need("min_window", "such as 24h").as("reclaim").seconds("smh")
	}
	s.profiles(o.need("profiles", "compute and placement stand below it"))
	s.services = make(map[string]object)
	for _, e := range o.need("services", "").entries() {
		s.services[e.name] = e.object("image", "command", "args", "env", "expose", "params", "dependencies", "credentials")
	}
	s.deployment(o.need("deployment", "it says where each service runs, and how often"))
}

// refuse reports something that is known and not carried out.
func (c cursor) refuse(reason, hint string) {
	if c.there() {
		c.errorf(hint, "%s", notOffered+reason)
	}
}

func (s *sdl) profiles(c cursor) {
	o := c.object("compute", "placement")
	s.compute, s.used = make(map[string]profile), make(map[string]bool)
	for _, e := range o.need("compute", "").entries() {
		s.compute[e.name] = s.profile(e.cursor)
	}
	s.placements = make(map[string]cursor)
	for _, e := range o.need("placement", "").entries() {
		s.placements[e.name] = e.cursor
	}
}

// deployment reads which service runs where. All run at one provider, so that there is one placement.
func (s *sdl) deployment(c cursor) {
	total, chosen, first := new(big.Rat), "", cursor{}
	deployed := make(map[string]bool)
	for _, service := range c.entries() {
		deployed[service.name] = true
		o, ok := s.services[service.name]
		if !ok {
			service.errorf("", "there is no service %q", service.name)
			continue
		}
		for _, at := range service.entries() {
			if _, known := s.placements[at.name]; !known {
				at.errorf("", "there is no placement %q", at.name)
				continue
			}
			s.used["placement "+at.name] = true
			if chosen == "" {
				chosen, first = at.name, at.cursor
				s.placement(s.placements[at.name])
			}
			if at.name != chosen {
				at.refuse("all services of a deployment run at one provider, here that of "+chosen, "write a file for each placement")
				continue
			}
			s.service(service.name, o, at.object("profile", "count"), total)
		}
	}
	for name, o := range s.services {
		if !deployed[name] {
			o.errorf("name it below deployment, or remove it", "nothing deploys this service")
		}
	}
	for name, p := range s.compute {
		if !s.used["compute "+name] {
			p.errorf("remove it", "no service uses this profile")
		}
	}
	for name, p := range s.placements {
		if !s.used["placement "+name] {
			p.errorf("remove it", "no service is placed here")
		}
	}
	if chosen != "" {
		s.d.Price = first.as("price").perSecond(total, 0)
	}
}

func (s *sdl) placement(c cursor) {
	o := c.object("attributes", "signedBy", "pricing", "verification")
	o.at("verification").refuse("levels of audited providers are a draft of another ledger", "remove it: `ayni compute hosts` shows what each has done")
	p := &s.d.Place
	for _, e := range o.at("attributes").entries() {
		if p.Attributes == nil {
			p.Attributes = make(map[string]string)
		}
		p.Attributes[e.name] = e.as("place.attributes." + e.name).text()
	}
	o.at("signedBy").refuse("nobody vouches for attributes on this ledger", "name providers that you trust: our own format has `providers`")
	s.pricing = make(map[string]object)
	for _, e := range o.need("pricing", "what one replica of each compute profile may cost").entries() {
		s.pricing[e.name] = e.object("denom", "amount")
		if _, ok := s.compute[e.name]; !ok {
			e.errorf("", "there is no compute profile %q", e.name)
		}
	}
}

// sdlBlock is the seconds that an amount of SDL pays for: its files count in blocks of Akash, which take six.
const sdlBlock = 6

// cost is what one replica may cost, in acredit per second.
func (s *sdl) cost(o object) *big.Rat {
	const hint = "write `denom: credit` or `denom: ucredit` (a millionth), and what one replica may cost for six seconds"
	var unit int64
	switch denom := o.need("denom", hint).text(); denom {
	case "credit":
		unit = 1e18
	case "ucredit":
		unit = 1e12
	case "acredit":
		unit = 1
	case "":
		return new(big.Rat)
	default:
		o.at("denom").errorf(hint, "%s%s is the money of another ledger", notOffered, denom)
		return new(big.Rat)
	}
	amount, rest, ok := o.need("amount", "such as 0.001").decimal("such as 0.001")
	if !ok {
		return new(big.Rat)
	}
	if rest != "" {
		o.at("amount").errorf("such as 0.001", "%q is no amount", o.at("amount").text())
	}
	return amount.Mul(amount, big.NewRat(unit, sdlBlock))
}
