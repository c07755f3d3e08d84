package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"ayni.example/web/operator"
)

// secrets are what whoever deploys has in the environment; logins what the registry wants for images.
func secrets() []string {
	return []string{"HF_TOKEN=hf-secret", "DB_PASSWORD=db-secret", "REGISTRY_PASSWORD=registry-secret"}
}

func logins() map[string]string {
	return map[string]string{"shop": "shop registry-secret", "model": "tenant registry-secret", "vllm": "tenant correct-horse"}
}

// exampleImages has an image for each that the examples name, in a registry that wants accounts where they give some. All do the same.
func exampleImages(t *testing.T, texts map[string]string, form *regexp.Regexp) (references map[string]string, address string) {
	t.Helper()
	const folder = "testdata/deploy/"
	files := append(pythonFiles(t, folder+"serve.py", "--imports"),
		fromDisk(t, "/app/serve.py", folder+"serve.py", nil), fromDisk(t, "/opt/serve", folder+"serve.py", nil), fromDisk(t, "/app/train.py", folder+"train.py", nil))
	if !slices.ContainsFunc(files, func(f imageFile) bool { return f.name == "/bin/sh" }) {
		files = append(files, fromDisk(t, "/bin/sh", "/bin/sh", nil)) // it wants libc, as Python does
	}
	layer := newFileLayer(t, files)
	t.Logf("an image of Python: %d files, %d MB", len(layer.files), layer.size>>20)
	images := map[string]v1.Image{}
	for _, text := range texts {
		for _, found := range form.FindAllStringSubmatch(text, -1) {
			images[found[1]] = imageOf(t, layer, v1.Config{
				Entrypoint: []string{python, "/app/serve.py"}, WorkingDir: "/app", Env: []string{"PATH=/usr/bin:/bin"}, Labels: map[string]string{"name": found[1]},
			})
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	references = serveImages(t, l, images, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, password, _ := r.BasicAuth()
			name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
			if want := logins()[name]; name == "" && user == "" || want != "" && want != user+" "+password {
				w.Header().Set("WWW-Authenticate", `Basic realm="images"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	return references, l.Addr().String()
}

// becomes is what the guide says of each example.
func becomes(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/guide/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## What becomes of the examples\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+\\.yaml)` \\| ([^|]+) \\|$").FindAllStringSubmatch(section, -1) {
		rows[row[1]] = row[2]
	}
	return rows
}

// exampleTexts are the examples, whose images are ours and whose accounts of providers are those of two machines.
func exampleTexts(t *testing.T, b, c string) map[string]string {
	t.Helper()
	names, err := filepath.Glob("../../examples/deploy/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(name)] = string(text)
	}
	form := regexp.MustCompile(`registry\.example/([a-z]+)(?::[^@\s]+)?@sha256:[0-9a-f]{64}`)
	references, address := exampleImages(t, texts, form)
	for name, text := range texts {
		text = form.ReplaceAllStringFunc(text, func(found string) string { return references[form.FindStringSubmatch(found)[1]] })
		text = strings.ReplaceAll(text, "registry.example", address)
		text = regexp.MustCompile(`(?mi)^(providers: \[")0x[0-9a-f]+`).ReplaceAllString(text, "${1}"+b)
		texts[name] = regexp.MustCompile(`(?mi)^(exclude: \[")0x[0-9a-f]+`).ReplaceAllString(text, "${1}"+c)
	}
	return texts
}

// offers lends a machine out for the examples.
func offers(t *testing.T, m *node, more ...string) {
	t.Helper()
	dir := lendAt(t, m)
	m.run(append([]string{
		"compute", "host", "--cpu", "2", "--memory", "4Gi", "--disk", "16Gi", "--volumes", "16Gi", "--price-second", "0.000001", "--price-task", "0.01",
		"--collateral", "2", "--dir", dir,
	}, more...)...)
}

// TestDeploymentFiles deploys every example on real machines: what the guide says runs does, and says from inside that it got all that its
// file wants; what waits says for what; what is refused is refused with its place.
func TestDeploymentFiles(t *testing.T) {
	t.Parallel()
	binary(t)
	if os.Geteuid() != 0 {
		t.Skip("containers need root")
	}
	if _, err := exec.LookPath("runc"); err != nil {
		t.Skip("runc is not installed; on Debian: apt install runc")
	}
	list := machines(t, 3)
	a, b, c := list[0], list[1], list[2]
	offers(t, b, "--region", "eu-west", "--class", "ssd")
	offers(t, c, "--region", "eu-north", "--class", "nvme", "--attribute", "tier=community")
	hosts := map[string]string{}
	wait(t, time.Minute, "two machines for rent", func() error {
		for _, h := range read[[]operator.ComputeHost](a, "compute", "hosts") {
			hosts[h.Name] = h.Provider
		}
		if len(hosts) < 2 {
			return errorf("%v\n%s", hosts, b.err)
		}
		return nil
	})
	texts, folder, rows := exampleTexts(t, hosts["machine-1"], hosts["machine-2"]), t.TempDir(), becomes(t)
	if diff := slices.Compare(slices.Sorted(maps.Keys(texts)), slices.Sorted(maps.Keys(rows))); diff != 0 {
		t.Fatalf("examples %q, the guide has %q", slices.Sorted(maps.Keys(texts)), slices.Sorted(maps.Keys(rows)))
	}
	orders := map[string]string{}
	for _, file := range slices.Sorted(maps.Keys(texts)) {
		path := filepath.Join(folder, file)
		if err := os.WriteFile(path, []byte(texts[file]), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := a.command("deploy", path, "--yes", "--json", "--deposit", "0.7")
		cmd.Env = append(os.Environ(), secrets()...)
		out, err := cmd.CombinedOutput()
		if strings.HasPrefix(rows[file], "refused") {
			refusal(t, file, string(out), err)
			continue
		}
		var o operator.ComputeOrder
		if err2 := json.Unmarshal(out, &o); err != nil || err2 != nil {
			t.Fatalf("%s: %v, %v, %s", file, err, err2, out)
		}
		orders[file] = o.ID
	}
	for file, order := range orders {
		follow(t, a, file, order, rows[file])
	}
	for _, order := range orders {
		_, _ = a.try("compute", "close", order) // two have closed
	}
}

// refusal checks that a file was refused, each mistake at its place.
func refusal(t *testing.T, file, out string, err error) {
	t.Helper()
	places := regexp.MustCompile(`(?m)[/ ]`+regexp.QuoteMeta(file)+`:\d+:\d+: `).FindAllString(out, -1)
	if least := map[string]int{"mistakes.yaml": 7, "sdl-refused.yaml": 14}[file]; err == nil || least == 0 || len(places) < least {
		t.Errorf("%s: %v with %d places:\n%s", file, err, len(places), out)
	}
}

// follow sees an order to where the guide says that it goes.
func follow(t *testing.T, a *node, file, order, becomes string) {
	t.Helper()
	switch {
	case strings.HasPrefix(becomes, "waits"):
		out := string(a.run("compute", "explain", order))
		if o := read[operator.ComputeOrder](a, "compute", "order", order); o.State != "open" || !strings.Contains(out, "a100") {
			t.Errorf("%s: %s, %s", file, o.State, out)
		}
	case strings.HasPrefix(becomes, "runs and ends"):
		ends(t, a, file, order)
	case strings.HasPrefix(becomes, "six tasks"):
		batch(t, a, file, order)
	case strings.HasPrefix(becomes, "runs"):
		runs(t, a, file, order, strings.Contains(becomes, "forwarded port"))
	default:
		t.Errorf("the guide says that %s %s", file, becomes)
	}
}

// stands waits until an order is so.
func stands(t *testing.T, a *node, file, order, what string, is func(operator.ComputeOrder) bool) {
	t.Helper()
	wait(t, 2*time.Minute, file+" "+what, func() error {
		if o := read[operator.ComputeOrder](a, "compute", "order", order); !is(o) {
			why, _ := a.try("compute", "explain", order)
			events, _ := a.try("compute", "events", order)
			logs, _ := a.try("compute", "logs", order)
			return errorf("%s %s %+v %+v\n%s\n%s\n%s", o.State, o.Reason, o.Leases, o.Tasks, why, events, logs)
		}
		return nil
	})
}

func ends(t *testing.T, a *node, file, order string) {
	t.Helper()
	stands(t, a, file, order, "ends", func(o operator.ComputeOrder) bool {
		return o.State == "closed" && strings.Contains(o.Reason, "the program ended")
	})
	folder := t.TempDir()
	a.run("compute", "cp", order+":/data/checkpoints", filepath.Join(folder, "checkpoints")) // volumes stay for as long as the notice was
	text, err := os.ReadFile(filepath.Join(folder, "checkpoints", "result.json"))
	if want := `{"options": {"--data": "/data/set", "--checkpoints": "/data/checkpoints"}, "token": 9, "task": null}`; err != nil || string(text) != want {
		t.Errorf("%s left %q, %v", file, text, err)
	}
}

func batch(t *testing.T, a *node, file, order string) {
	t.Helper()
	stands(t, a, file, order, "has six results", func(o operator.ComputeOrder) bool {
		return len(o.Tasks) == 6 && !slices.ContainsFunc(o.Tasks, func(r operator.ComputeTask) bool { return r.State != "delivered" })
	})
	a.run("compute", "approve", order)
	stands(t, a, file, order, "is paid", func(o operator.ComputeOrder) bool {
		return o.State == "closed" && strings.Contains(o.Reason, "done") && credits(t, o.Paid).Equal(credits(t, "0.06"))
	})
}

func runs(t *testing.T, a *node, file, order string, forwards bool) {
	t.Helper()
	stands(t, a, file, order, "runs", func(o operator.ComputeOrder) bool {
		return len(o.Leases) > 0 && o.Leases[len(o.Leases)-1].State == "active"
	})
	all := deployed()[file]
	if len(all) == 0 {
		t.Errorf("%s: nothing is known of it", file)
	}
	for _, want := range all {
		var got given
		wait(t, time.Minute, fmt.Sprintf("%s answers at %s:%d", file, want.host, want.port), func() error {
			args := []string{"compute", "exec", order, "--replica", want.service, "--", python, "-S", "/app/serve.py", "--reach", want.host, fmt.Sprint(want.port)}
			out, err := a.try(args...)
			if err != nil {
				return err
			}
			return json.Unmarshal(out, &got)
		})
		if want.args != nil && !slices.Equal(got.Args, want.args) || !holds(got.Env, want.env) || !holds(got.Mounts, want.mounts) {
			t.Errorf("%s: want %+v, it got %+v", file, want, got)
		}
	}
	if forwards {
		if got := forwarded(t, a, order, all[0].port); !slices.Equal(got.Args, all[0].args) {
			t.Errorf("%s: forwarded %+v", file, got)
		}
	}
}

// holds tells whether all of part is in whole.
func holds(whole, part map[string]string) bool {
	for key, value := range part {
		if got, there := whole[key]; !there || got != value {
			return false
		}
	}
	return true
}

// forwarded is what answers at a forwarded port.
func forwarded(t *testing.T, a *node, order string, port int) (got given) {
	t.Helper()
	cmd := a.command("compute", "forward", order, fmt.Sprint(port))
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()                                 //nolint:errcheck // it is ended
	defer cmd.Process.Signal(syscall.SIGTERM)        //nolint:errcheck // it may have ended
	line, err := bufio.NewReader(out).ReadString(10) // newline
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: time.Minute}
	res, err := client.Get("http://" + strings.TrimSpace(strings.TrimPrefix(line, "listening ")))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return got
}
