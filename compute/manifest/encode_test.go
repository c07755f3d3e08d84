package manifest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ayni.example/compute/manifest"
)

func example(tb testing.TB, name string) *manifest.Deployment {
	tb.Helper()
	d, err := manifest.Open(filepath.Join(examples, name), manifest.Options{Lookup: environment})
	if err != nil {
		tb.Fatal(err)
	}
	return d.Salted([16]byte{7})
}

func TestEncode(t *testing.T) {
	for _, name := range []string{"web.yaml", "finetune.yaml", "shop.yaml", "sweep.yaml", "pieces.yaml", "sdl-full.yaml", "sdl-web.yaml", "sdl-single.yaml"} {
		d := example(t, name)
		data, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := manifest.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.Encode()
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("%s: another encoding, %v", name, err)
		}
		if diff := cmp.Diff(d.Total(), back.Total()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	d := example(t, "web.yaml")
	d.Salt = ""
	if _, err := d.Encode(); err == nil {
		t.Error("encoded without a salt")
	}
	if _, err := d.Public(); err == nil {
		t.Error("published without a salt")
	}
}

// TestSecrets: a secret is in the encoding alone, and the digest says nothing about it.
func TestSecrets(t *testing.T) {
	d := example(t, "shop.yaml")
	data, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte("registry-secret")) || !bytes.Contains(data, []byte("db-secret")) {
		t.Error("the provider does not get the secrets")
	}
	public, err := d.Public()
	if err != nil {
		t.Fatal(err)
	}
	if public.Digest != manifest.Sum(data) {
		t.Error("another digest")
	}
	shown, err := json.Marshal(public)
	if err != nil {
		t.Fatal(err)
	}
	redacted, err := json.Marshal(d.Redacted())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("deploy", "deployment", d, "secret", d.Services[0].Secrets["DB_PASSWORD"])
	for name, text := range map[string]string{
		"public": string(shown), "redacted": string(redacted), "log": log.String(),
		"%v": fmt.Sprintf("%v", d.Services), "%+v": fmt.Sprintf("%+v", d.Services), "%#v": fmt.Sprintf("%#v", d.Services),
	} {
		if strings.Contains(text, "registry-secret") || strings.Contains(text, "db-secret") {
			t.Errorf("%s shows a secret: %s", name, text)
		}
	}
	for _, word := range []string{"postgres", "registry.example", "DB_PASSWORD", "main", "shop"} {
		if strings.Contains(string(shown), word) {
			t.Errorf("the ledger learns %q: %s", word, shown)
		}
	}
	if d.Services[1].Registry.Password != "registry-secret" {
		t.Error("redacting changed the deployment")
	}
	other, err := d.Salted([16]byte{8}).Public()
	if err != nil || other.Digest == public.Digest {
		t.Errorf("the salt does not change the digest, %v", err)
	}
}

// TestPublic: what the order asks for is what the services need together.
func TestPublic(t *testing.T) {
	p, err := example(t, "sdl-full.yaml").Public()
	if err != nil {
		t.Fatal(err)
	}
	if p.Place.Attributes["arch"] != "amd64" || p.Place.Attributes["region"] != "eu-north" {
		t.Errorf("attributes %v", p.Place.Attributes)
	}
	// One model at 0.0025 credits, three caches at 60000000000000 acredit, for six seconds.
	if want := uint64((2_500_000_000_000_000 + 3*60_000_000_000_000) / 6); p.Price != want {
		t.Errorf("price %d, want %d", p.Price, want)
	}
	if p.Resources.MilliCPU != 200+3*50 || p.Resources.Memory != 320<<20+3*64_000_000 || p.Resources.Disk != 1<<30+3*256<<20 ||
		p.Resources.Storage[manifest.ClassNVMe] != 1_000_000_000 || p.Resources.Storage[manifest.ClassAny] != 1<<30 || p.Reclaim != 86400 {
		t.Errorf("%+v", p)
	}
	if p, err = example(t, "sweep.yaml").Public(); err != nil || p.Tasks != 6 || p.Retries != 2 || p.Review != 6*3600 || p.Price != 1e17 || p.Kind != manifest.KindBatch {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestDecodeRefuses: a provider refuses what a tenant's own program would not have written.
func TestDecodeRefuses(t *testing.T) {
	d := example(t, "shop.yaml")
	data, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{`"name":"shop","kind"`, `"name":"../x","kind"`, "is no name"},
		{`"kind":"service"`, `"kind":"cron"`, "unknown"},
		{`/shop:1.4@sha256:2f0c`, `/shop:1.4#sha256:2f0c`, "no name of an image"},
		{`"milli_cpu":100`, `"milli_cpu":18446744073709551615`, "out of range"},
		{`"count":2`, `"count":-2`, "out of range"},
		{`"count":2`, `"count":1000000000`, "out of range"},
		{`"mount":"/var/lib`, `"mount":"/../lib`, "no absolute path"},
		{`"mount":"/var/lib`, `"mount":"/proc/lib`, "belongs to the system"},
		{`"size":1073741824`, `"size":0`, "out of range"},
		{`"port":8080`, `"port":-1`, "out of range"},
		{`"price":"33333333333333"`, `"price":"0"`, "missing"},
		{`"salt":"07`, `"salt":"zz`, "hexadecimal"},
		{`,"salt":"07000000000000000000000000000000"`, ``, "no salt"},
		{`"depends_on":["db"]`, `"depends_on":["dc"]`, "no other service"},
		{`"password":"registry-secret"`, `"password":""`, "missing"},
		{`"standing":true`, `"standing":true,"more":1`, "not canonical"},
		{`"count":2`, `"count":2,"count":2`, "not canonical"},
	} {
		changed := bytes.Replace(data, []byte(c.from), []byte(c.to), 1)
		if bytes.Equal(changed, data) {
			t.Fatalf("%s changes nothing in %s", c.from, data)
		}
		if _, err := manifest.Decode(changed); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.to, err, c.want)
		}
	}
	if _, err := manifest.Decode(bytes.Repeat([]byte("["), 2<<20)); err == nil {
		t.Error("a long text was read")
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"web.yaml", "shop.yaml", "sweep.yaml", "sdl-full.yaml"} {
		data, err := example(f, name).Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := manifest.Decode(data)
		if err != nil {
			return
		}
		again, err := d.Encode()
		if err != nil || !bytes.Equal(data, again) {
			t.Fatalf("another encoding, %v", err)
		}
		if _, err := d.Public(); err != nil {
			t.Fatal(err)
		}
	})
}
