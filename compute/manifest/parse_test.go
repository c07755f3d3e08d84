package manifest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ayni.example/compute/manifest"
)

const digest = "@sha256:2f0c1a4d5b6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708"

// good is a file of our own; each mistake changes one piece of it.
const good = `name: good
services:
  web:
    image: registry.example/web` + digest + `
    env: {A: 1}
    cpu: 2
    memory: 1Gi
    volumes: {data: "1Gi:/data"}
    checkpoint: /data/c
    expose: ["80:8080", {port: 9, to: [db]}]
    depends_on: [db]
  db:
    image: registry.example/db` + digest + `
    cpu: 500m
    memory: 64Mi
    gpu: {model: a100}
price: 1/h
`

const goodSDL = `version: 2.0
services:
  web:
    image: registry.example/web` + digest + `
    env: [A=1]
    expose:
      - port: 80
        to: [{global: true}]
profiles:
  compute:
    web:
      resources:
        cpu: {units: 1}
        memory: {size: 1Gi}
        storage: {size: 1Gi}
  placement:
    p:
      pricing:
        web: {denom: credit, amount: 0.001}
deployment:
  web: {p: {profile: web, count: 1}}
`

// TestMistakes: each changes one piece, and the only error names the place, the field and what to do.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ base, from, to, place, cause, hint string }{
		{good, "    cpu: 2\n", "    cpus: 2\n    cpu: 2\n", "6:5: services.web.cpus", "no such field", "did you mean cpu?"},
		{good, "price: 1/h", "prize: 1/h\nprice: 1/h", "17:1: prize", "no such field", "did you mean price?"},
		{good, "price: 1/h\n", "", "good.yaml: price", "missing", "such as 0.25/h"},
		{good, "price: 1/h", "price: 1/year", "17:8: price", "no price here", "0.25/h"},
		{good, "price: 1/h", "price: 1/task", "17:8: price", "no price here", "0.25/h"},
		{good, "price: 1/h", "price: 1000000/s", "17:8: price", "more than 9 credits", ""},
		{good, "price: 1/h", "price: 0.000000000000000001/h", "17:8: price", "nothing", ""},
		{good, "price: 1/h", "price: 1/h\ntimeout: 1h", "18:10: timeout", "only a batch", "tasks: 1"},
		{good, "price: 1/h", "price: 1/h\nuntil_exit: true", "18:13: until_exit", "whose exit", ""},
		{good, "price: 1/h", "price: 1/h\nstanding: yes", "18:11: standing", `"yes" is unknown, want true or false`, ""},
		{good, "price: 1/h", "price: 1/h\nreclaim: 31d", "18:10: reclaim", "at most", ""},
		{good, "price: 1/h", "price: 1/h\nproviders: [bob]", "18:13: providers[0]", `"bob" is no account`, "0x"},
		{good, "price: 1/h", "price: 1/h\nrequire: {Region: eu}", "18:19: require.Region", "no name of an attribute", ""},
		{good, "price: 1/h", "price: 1/h\ncpu: 1", "18:6: cpu", "beside services", ""},
		{good, "price: 1/h", "price: 1/task\ntasks: 2", "3:3: services.web", "a batch runs one service", ""},
		{good, "name: good", "name: Good!", "1:7: name", "is no name", "lower-case"},
		{good, "name: good", "name: {a: b}", "1:1: name", "want one value, found mapping", ""},
		{good, "name: good", "name: *x", "1:8: *x", "nothing is named so", "&x"},
		{good, "  db:\n", "  Db:\n", "12:3: services.Db", "is no name", ""},
		{good, "web" + digest, "web", "4:12: services.web.image", "names no digest", "crane digest"},
		{good, "web" + digest, "web@sha256:12", "4:12: services.web.image", "is no digest", ""},
		{good, "registry.example/web@", "Registry web@", "4:12: services.web.image", "no name of an image", ""},
		{good, "env: {A: 1}", "env: {1A: x}", "5:15: services.web.env.1A", "no name of a variable", ""},
		{good, "env: {A: 1}", "env: [A]", "5:11: services.web.env[0]", "has no value", "NAME=VALUE"},
		{good, "env: {A: 1}", "env: [A=1, A=2]", "5:16: services.web.env[1]", "twice", ""},
		{good, "env: {A: 1}", "secrets: [NONE]", "5:15: services.web.secrets[0]", "NONE is not set", "NONE=..."},
		{good, "env: {A: 1}", "env: {HF_TOKEN: x}\n    secrets: [HF_TOKEN]", "6:15: services.web.secrets", "stands in env too", ""},
		{good, "cpu: 500m", "cpu: 0", "14:10: services.db.cpu", "out of range", ""},
		{good, "cpu: 500m", "cpu: 1.2.3", "14:10: services.db.cpu", "no amount", "500m"},
		{good, "    cpu: 500m\n", "", "12:3: services.db.cpu", "missing", "500m"},
		{good, "memory: 64Mi", "memory: 64MB", "15:13: services.db.memory", "no unit of size", "512Mi"},
		{good, "memory: 64Mi", "memory: 99999999Ei", "15:13: services.db.memory", "too large", ""},
		{good, "memory: 64Mi", "memory: 64Mi\n    replicas: 0", "16:15: services.db.replicas", "out of range", ""},
		{good, "gpu: {model: a100}", "gpu: {model: A100}", "16:18: services.db.gpu.model", "no model", "lower case"},
		{good, "gpu: {model: a100}", "gpu: {vendor: intel}", "16:19: services.db.gpu.vendor", "want nvidia or amd", ""},
		{good, `data: "1Gi:/data"`, `data: "1Gi"`, "8:21: services.web.volumes.data", "not SIZE:MOUNT", "20Gi:/data"},
		{good, `data: "1Gi:/data"`, `data: "1Gi:/"`, "8:21: services.web.volumes.data", "root", ""},
		{good, `data: "1Gi:/data"`, `data: {size: 1Gi, mount: /data, class: floppy}`, "8:54: services.web.volumes.data.class", "want hdd", ""},
		{good, `data: "1Gi:/data"`, `data: {size: 1Gi, mount: /data, class: ram}`, "9:17: services.web.checkpoint", "no volume that outlives", "volume"},
		{good, `data: "1Gi:/data"`, `data: "1Gi:/data", more: "1Gi:/data"`, "8:40: services.web.volumes.more", "is at /data already", ""},
		{good, "checkpoint: /data/c", "checkpoint: /datac", "9:17: services.web.checkpoint", "no volume that outlives", ""},
		{good, `"80:8080"`, `"80:80800"`, "10:14: services.web.expose[0]", "out of range", ""},
		{good, `"80:8080"`, `80, 80`, "10:18: services.web.expose[1]", "already", ""},
		{good, "to: [db]", "to: [dc]", "10:40: services.web.expose[1].to[0]", `no service "dc"`, ""},
		{good, "depends_on: [db]", "depends_on: [web]", "11:18: services.web.depends_on[0]", "no other service", ""},
		{good, "    gpu: {model: a100}\n", "    depends_on: [web]\n", "11:18: services.web.depends_on[0]", "in turn", ""},
		{good, "    env: {A: 1}\n", "    <<: {A: 1}\n", "5:5: services.web.<<", "not supported", ""},
		{good, "    env: {A: 1}\n", "    env: {A: 1}\n    env: {B: 1}\n", "6:5", "already defined", ""},
		{good, "name: good", "name: &x good\nstanding: &x true", "2:12: &x", "two values", ""},
		{good, "name: good", "name: [", "", "", ""},
		{good, "name: good", "---\n---\nname: good", "", "want one document", ""},

		{goodSDL, "version: 2.0", "version: 2.2", "1:10: version", "unknown", "2.0 and 2.1"},
		{goodSDL, "services:", "servces:", "2:1: servces", "no such field", "did you mean services?"},
		{goodSDL, "port: 80", "prt: 80", "7:9: services.web.expose[0].prt", "no such field", "did you mean port?"},
		{goodSDL, "port: 80", "port: 0", "7:15: services.web.expose[0].port", "out of range", ""},
		{goodSDL, "port: 80", "port: 80\n        proto: sctp", "8:16: services.web.expose[0].proto", "want tcp or udp", ""},
		{goodSDL, "env: [A=1]", "env: A=1", "5:10: services.web.env", "want a list", "dash"},
		{goodSDL, "env: [A=1]", "dependencies: [{service: x}]", "5:30: services.web.dependencies[0].service", "no other service", ""},
		{goodSDL, "env: [A=1]", "credentials: {host: h, username: u}", "5:5: services.web.credentials.password", "missing", ""},
		{goodSDL, "env: [A=1]", "params: {storage: {x: {mount: /x}}}", "5:24: services.web.params.storage.x", "no storage named x", ""},
		{goodSDL, "units: 1", "units: lots", "13:22: profiles.compute.web.resources.cpu.units", "no amount", ""},
		{goodSDL, "        memory: {size: 1Gi}\n", "", "12:7: profiles.compute.web.resources.memory", "missing", "size"},
		{goodSDL, "storage: {size: 1Gi}", "storage: {size: 1Gi, attributes: {persistent: true}}", "15:9: profiles.compute.web.resources.storage", "no folder", "params.storage"},
		{goodSDL, "storage: {size: 1Gi}", "storage: {size: 1Gi, attributes: {class: beta1}}", "15:50: profiles.compute.web.resources.storage.attributes.class", "scratch", ""},
		{goodSDL, "storage: {size: 1Gi}", "storage: [{size: 1Gi}, {size: 2Gi}]", "15:33: profiles.compute.web.resources.storage[1]", "named default", "name"},
		{goodSDL, "storage: {size: 1Gi}", "storage: {size: 1Gi}\n        gpu: {units: 1}", "16:9: profiles.compute.web.resources.gpu", "no vendor", "nvidia"},
		{goodSDL, "storage: {size: 1Gi}", "storage: {size: 1Gi}\n        gpu: {attributes: {vendor: {nvidia: }}}", "16:15: profiles.compute.web.resources.gpu.attributes", "no units", ""},
		{goodSDL, "denom: credit", "denom: uakt", "19:22: profiles.placement.p.pricing.web.denom", "another ledger", "ucredit"},
		{goodSDL, "amount: 0.001", "amount: -1", "19:38: profiles.placement.p.pricing.web.amount", "no amount", ""},
		{goodSDL, "        web: {denom", "        wob: {denom", "19:9: profiles.placement.p.pricing.wob", `no compute profile "wob"`, ""},
		{goodSDL, "profile: web", "profile: wub", "21:22: deployment.web.p.profile", `no compute profile "wub"`, ""},
		{goodSDL, "count: 1", "count: 1000", "21:34: deployment.web.p.count", "out of range", ""},
		{goodSDL, "  web: {p:", "  web: {q:", "21:9: deployment.web.q", `no placement "q"`, ""},
		{goodSDL, "deployment:\n", "deployment:\n  wib: {p: {profile: web, count: 1}}\n", "21:3: deployment.wib", `no service "wib"`, ""},
		{goodSDL, "deployment:\n", "reclamation: {min_window: 1d}\ndeployment:\n", "20:27: reclamation.min_window", "no time", "24h"},
	} {
		text := strings.Replace(c.base, c.from, c.to, 1)
		if text == c.base {
			t.Fatalf("%q changes nothing", c.from)
		}
		_, err := manifest.Parse("good.yaml", []byte(text), manifest.Options{Lookup: environment})
		var list manifest.Errors
		if !errors.As(err, &list) {
			t.Errorf("%q: %v", c.to, err)
			continue
		}
		found := false
		for _, e := range list {
			found = found || strings.Contains(e.Error(), c.place) && strings.Contains(e.Cause, c.cause) && strings.Contains(e.Hint(), c.hint)
		}
		if !found {
			t.Errorf("%q: %v, want %s: %s (%s)", c.to, err, c.place, c.cause, c.hint)
		}
	}
	for name, text := range map[string]string{"own": good, "SDL": goodSDL} {
		if _, err := manifest.Parse("good.yaml", []byte(text), manifest.Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpen(t *testing.T) {
	if _, err := manifest.Open(filepath.Join(t.TempDir(), "none.yaml"), manifest.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	if _, err := manifest.Open(t.TempDir(), manifest.Options{}); err == nil {
		t.Error("a folder was read")
	}
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, []byte(good+strings.Repeat("#\n", 1<<18)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := manifest.Open(large, manifest.Options{}); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("large: %v", err)
	}
}

// TestAliases: they are followed, and aliases of aliases stay cheap.
func TestAliases(t *testing.T) {
	text := strings.Replace(good, "env: {A: 1}", "env: &env {A: 1}", 1)
	text = strings.Replace(text, "    gpu: {model: a100}\n", "    env: *env\n", 1)
	d, err := manifest.Parse("a.yaml", []byte(text), manifest.Options{})
	if err != nil || d.Services[0].Name != "db" || d.Services[0].Env["A"] != "1" {
		t.Fatalf("%+v, %v", d, err)
	}
	big := "secrets: &big [" + strings.Repeat("A, ", 500) + "A]\nenv: *big\nargs: *big\ncommand: *big\n"
	many := big + "services:\n"
	for i := range 300 {
		many += " s" + strings.Repeat("a", i) + ": {args: *big, command: *big}\n"
	}
	for _, text := range []string{many, "name: &a [*a, *a]\n", "name: *b\nprice: &b *b\n"} {
		if _, err := manifest.Parse("a.yaml", []byte(text), manifest.Options{}); err == nil {
			t.Errorf("accepted %.60s", text)
		}
	}
}

func TestTags(t *testing.T) {
	text := strings.ReplaceAll(good, digest, ":1.2")
	d, err := manifest.Parse("a.yaml", []byte(text), manifest.Options{AllowTags: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Salted([16]byte{1}).Encode(); err == nil {
		t.Error("a tag was encoded")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(goodSDL))
	f.Add([]byte("version: 2.0\nservices: &a [*a, *a]\n? b\n: !!int c\n---\nd"))
	for _, file := range exampleFiles(f) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := manifest.Parse("f.yaml", text, manifest.Options{Lookup: environment})
		var e manifest.Errors
		if err != nil && (!errors.As(err, &e) || len(e) == 0 || e.Error() == "") {
			t.Fatalf("an error without a place: %v", err)
		}
		if err != nil {
			return
		}
		data, err := d.Salted([16]byte{1}).Encode()
		if err != nil {
			if strings.Contains(err.Error(), "bytes, at most") {
				return
			}
			t.Fatalf("accepted and not encoded: %v", err)
		}
		if _, err := manifest.Decode(data); err != nil {
			t.Fatalf("encoded and not decoded: %v", err)
		}
	})
}
