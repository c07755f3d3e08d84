package manifest

import (
	"fmt"
	"math/big"
	"strings"
)

// service reads one that is deployed: what it runs, on which profile, how often.
func (s *sdl) service(name string, o, where object, total *big.Rat) {
	at := "services." + name
	o.as(at)
	v := Service{
		Name: name, Image: o.need("image", "such as registry.example/web@sha256:...").as(at + ".image").text(),
		Command: o.at("command").as(at + ".command").texts(), Args: o.at("args").as(at + ".args").texts(),
		Count: where.need("count", "such as 1").as(at + ".count").count(),
	}
	if env := o.at("env"); env.there() {
		v.Env = env.as(at + ".env").assignments(at + ".env")
	}
	for i, c := range o.at("dependencies").list() {
		name := c.object("service").need("service", "")
		v.DependsOn = append(v.DependsOn, name.as(fmt.Sprintf("%s.depends_on[%d]", at, i)).text())
	}
	for i, c := range o.at("expose").as(at + ".expose").list() {
		v.Expose = append(v.Expose, s.expose(fmt.Sprintf("%s.expose[%d]", at, i), c.as(fmt.Sprintf("%s.expose[%d]", at, i))))
	}
	if c := o.at("credentials"); c.there() {
		v.Registry = s.credentials(at+".registry", c.as(at+".registry"))
	}
	params := o.at("params").object("storage", "tee", "permissions")
	params.at("tee").refuse("containers run outside of enclaves", "remove it, or rent elsewhere what must not be seen by its provider")
	params.at("permissions").refuse("a container cannot ask about the deployment that it is part of", "give it what it must know by env")

	s.profiled(at, &v, where, params.at("storage"), total)
	s.d.Services = append(s.d.Services, v)
}

// profiled takes resources and price from the profile.
func (s *sdl) profiled(at string, v *Service, where object, mounts cursor, total *big.Rat) {
	chosen := where.need("profile", "name one of profiles.compute")
	p, ok := s.compute[chosen.text()]
	if !ok {
		if chosen.there() {
			chosen.errorf("", "there is no compute profile %q", chosen.text())
		}
		return
	}
	s.used["compute "+chosen.text()] = true
	v.Resources = p.resources(at, mounts)
	price, ok := s.pricing[chosen.text()]
	if !ok {
		chosen.errorf("add it below pricing of the placement", "nothing says what the profile %s may cost", chosen.text())
		return
	}
	total.Add(total, new(big.Rat).Mul(s.cost(price), new(big.Rat).SetInt64(int64(v.Count))))
}

func (s *sdl) expose(at string, c cursor) Expose {
	o := c.object("port", "as", "proto", "accept", "to", "http_options")
	e := Expose{Port: o.need("port", "such as 80").as(at + ".port").count()}
	e.As = e.Port
	if as := o.at("as").as(at + ".as"); as.there() {
		e.As = as.count()
	}
	if proto := o.at("proto"); proto.there() {
		switch strings.ToLower(proto.text()) {
		case "tcp":
		case "udp":
			proto.errorf("use TCP", "%s", notOffered+"UDP does not pass the forwarding of ports")
		default:
			proto.errorf("", "%q is unknown, want tcp or udp", proto.text())
		}
	}
	o.at("accept").refuse("ports are reached by number, not by host name", "remove it, and put a server of your own in front")
	o.at("http_options").refuse("ports are forwarded as they are, nothing on the way reads HTTP", "remove it: bodies and times have no limit")
	for i, to := range o.at("to").list() {
		t := to.object("service", "global", "ip", "http_options")
		t.at("ip").refuse("a lease has no address of its own", "remove it: the port is reached at the provider's address")
		t.at("http_options").refuse("ports are forwarded as they are, nothing on the way reads HTTP", "remove it: bodies and times have no limit")
		if name := t.at("service"); name.there() {
			e.To = append(e.To, name.as(fmt.Sprintf("%s.to[%d]", at, i)).text())
		}
		e.Global = t.at("global").yes() || e.Global
	}
	return e
}

func (s *sdl) credentials(at string, c cursor) *Registry {
	o := c.object("host", "username", "password", "email")
	return &Registry{
		Host: o.need("host", "").as(at + ".host").text(), Username: o.need("username", "").as(at + ".username").text(),
		Password: Secret(o.need("password", "").as(at + ".password").text()), Email: o.at("email").as(at + ".email").text(),
	}
}
